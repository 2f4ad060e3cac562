-- When a ticket is overdue: from its due time on, exclusive; where a source gives days only, from the end of the day.
-- table: tickets
-- needs: due_at
-- due_end time 逾期起点（要求完成时间；只有日期的为次日 0:00）
SELECT *,
  CASE WHEN bool_or(due_at <> date_trunc('day', due_at)) OVER (PARTITION BY source) THEN due_at + INTERVAL 1 MICROSECOND
    ELSE due_at + INTERVAL 1 DAY END AS due_end
FROM {table}
