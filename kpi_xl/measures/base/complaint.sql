-- Which tickets are complaints; unknown where the kind is blank.
-- table: tickets
-- needs: kind
-- complaint flag 是否投诉
-- The first branches decide the usual kinds without searching in text.
SELECT *,
  CASE kind WHEN '投诉' THEN TRUE WHEN '咨询' THEN FALSE WHEN '安装' THEN FALSE WHEN '维修' THEN FALSE
    ELSE kind LIKE '%投诉%' OR lower(kind) LIKE '%complain%' END AS complaint
FROM {table}
