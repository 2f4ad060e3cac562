-- Working seconds from creation to close.
-- working_days holds each calendar day, whether it is worked (holidays and 调休), and how many working days lie before it.
-- table: tickets
-- needs: closed_at
-- working_seconds seconds 从创建到办结的工作秒数
SELECT base.*,
  (closing.days_before - opening.days_before) * ({end_hour} - {start_hour}) * 3600
    + CASE WHEN closing.working
        THEN greatest(0, least(date_diff('second', CAST(closing.day AS TIMESTAMP), base.closed_at), {end_hour} * 3600) - {start_hour} * 3600)
        ELSE 0 END
    - CASE WHEN opening.working
        THEN greatest(0, least(date_diff('second', CAST(opening.day AS TIMESTAMP), base.created_at), {end_hour} * 3600) - {start_hour} * 3600)
        ELSE 0 END AS working_seconds
FROM {table} AS base
LEFT JOIN working_days AS opening ON opening.day = CAST(base.created_at AS DATE)
LEFT JOIN working_days AS closing ON closing.day = CAST(base.closed_at AS DATE)
