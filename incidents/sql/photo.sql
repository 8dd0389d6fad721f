SELECT CASE WHEN @thumbnail THEN thumbnail ELSE jpeg END AS jpeg FROM incidents.photos WHERE id = @photo AND incident = @incident
