-- The next repair of the same appliance, whoever did it.
-- table: repairs
-- needs: asset
-- next_repair_at time 同一机身号下一次维修时间
SELECT *,
  CASE WHEN asset IS NOT NULL
    THEN lead(done_at) OVER (PARTITION BY asset ORDER BY done_at, repair_id, source, row)
  END AS next_repair_at
FROM {table}
