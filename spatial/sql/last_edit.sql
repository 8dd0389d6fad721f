SELECT edited FROM catalogue.versions WHERE layer = @layer AND number = @version
