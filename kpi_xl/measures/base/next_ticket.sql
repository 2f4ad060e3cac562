-- The next ticket of the same customer.
-- table: tickets
-- needs: customer
-- next_ticket_at time 同一客户下一张工单的创建时间
SELECT *,
  CASE WHEN customer IS NOT NULL
    THEN lead(created_at) OVER (PARTITION BY customer ORDER BY created_at, ticket_id, source, row)
  END AS next_ticket_at
FROM {table}
