SELECT state FROM catalogue.versions WHERE layer = @layer AND number = @number
