UPDATE jobs.imports
SET stage = @stage, rows = @rows, total = @total, bytes = @bytes,
    stages = CASE WHEN stage = @stage THEN stages
                  ELSE stages || jsonb_build_object('stage', @stage::text, 'at', to_jsonb(clock_timestamp())) END
WHERE id = @id AND state = 'running' AND river_job = @job
