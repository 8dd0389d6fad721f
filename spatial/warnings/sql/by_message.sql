SELECT warning FROM warnings.revisions WHERE cap_sender = @sender AND cap_identifier = @identifier
