DELETE FROM catalogue.archives WHERE layer = @layer AND version = @version AND grid = @grid AND fingerprint = @fingerprint
