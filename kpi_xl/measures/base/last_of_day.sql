-- Whether a valid rating is the last one of its customer on that day. Unknown customers are nobody's earlier rating.
-- table: ratings
-- needs: reached, customer, rating
-- last_of_day flag 同一客户当天最后一次有效评价
SELECT *,
  customer IS NULL OR row_number() OVER (
    PARTITION BY customer, CAST(rated_at AS DATE), reached AND rating IS NOT NULL AND rating >= 0 AND rating <= full_marks
    ORDER BY rated_at DESC, source DESC, row DESC
  ) = 1 AS last_of_day
FROM {table}
