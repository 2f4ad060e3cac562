-- Whether the label of a rating is a satisfied one.
-- table: ratings
-- needs: label
-- satisfied_label flag 评价为满意
SELECT *,
  lower(trim(label)) IN (
    '非常满意', '很满意', '十分满意', '比较满意', '较满意', '满意', 'very satisfied', 'satisfied', 'fairly satisfied', 'very good', 'good'
  ) AS satisfied_label
FROM {table}
