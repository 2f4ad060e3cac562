-- Working seconds from creation to the first response; what is not yet answered runs on to the end of the data.
-- table: tickets
-- needs: first_response_at
-- working_response_seconds seconds 从创建到首次响应的工作秒数
SELECT base.*,
  (answering.days_before - asking.days_before) * ({end_hour} - {start_hour}) * 3600
    + CASE WHEN answering.working
        THEN greatest(0, least(date_diff('second', CAST(answering.day AS TIMESTAMP), coalesce(base.first_response_at, {data_end})),
          {end_hour} * 3600) - {start_hour} * 3600)
        ELSE 0 END
    - CASE WHEN asking.working
        THEN greatest(0, least(date_diff('second', CAST(asking.day AS TIMESTAMP), base.created_at), {end_hour} * 3600) - {start_hour} * 3600)
        ELSE 0 END AS working_response_seconds
FROM {table} AS base
LEFT JOIN working_days AS asking ON asking.day = CAST(base.created_at AS DATE)
LEFT JOIN working_days AS answering ON answering.day = CAST(coalesce(base.first_response_at, {data_end}) AS DATE)
