-- Which tickets are complaints; unknown where the kind is blank, and where it is no answer: the same for all rows of an export.
-- table: tickets
-- needs: kind
-- complaint flag 是否投诉
-- among_kinds flag 工单类型不是固定值
-- The first branches decide the usual kinds without searching in text.
SELECT *,
  CASE WHEN kind_fixed THEN NULL ELSE
  CASE kind WHEN '投诉' THEN TRUE WHEN '咨询' THEN FALSE WHEN '安装' THEN FALSE WHEN '维修' THEN FALSE
    ELSE kind LIKE '%投诉%' OR lower(kind) LIKE '%complain%' END END AS complaint,
  NOT coalesce(kind_fixed, FALSE) AS among_kinds
FROM {table}
