-- The complaint before and after a complaint of the same customer. Only complaints enter the window, so it sorts few rows.
-- The order is unique (id, then source and row): without that, rows of the same second would differ from run to run.
-- table: tickets
-- needs: complaint, customer
-- previous_complaint_at time 同一客户上一次投诉时间
-- next_complaint_at time 同一客户下一次投诉时间
SELECT base.*, neighbour.previous_complaint_at, neighbour.next_complaint_at
FROM {table} AS base
LEFT JOIN (
  SELECT
    source AS neighbour_source,
    row AS neighbour_row,
    lag(created_at) OVER (PARTITION BY customer ORDER BY created_at, ticket_id, source, row) AS previous_complaint_at,
    lead(created_at) OVER (PARTITION BY customer ORDER BY created_at, ticket_id, source, row) AS next_complaint_at
  FROM {table}
  WHERE complaint AND customer IS NOT NULL
) AS neighbour ON base.source = neighbour.neighbour_source AND base.row = neighbour.neighbour_row
