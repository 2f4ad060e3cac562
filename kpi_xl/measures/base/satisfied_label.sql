-- Whether the label of a rating is a satisfied one; unknown where its word is not known (kpi_xl/cell_words.py).
-- table: ratings
-- needs: label
-- satisfied_label flag 评价为满意
SELECT *,
  CASE
    WHEN verdict IN ('满意', '一般', '不满意') THEN verdict = '满意'
    WHEN label IS NULL THEN NULL
    WHEN {said_satisfied} THEN TRUE
    WHEN {said_otherwise} THEN FALSE
  END AS satisfied_label
FROM {table}
