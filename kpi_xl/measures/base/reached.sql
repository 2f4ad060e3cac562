-- Whether a call-back succeeded, the full marks of its scale (5 unless given), and whether its label is a satisfied one.
-- A blank status with a rating counts as reached: nobody rates a call that was not answered.
-- table: ratings
-- needs:
-- reached flag 回访成功
-- full_marks number 满分（未注明按 5）
-- satisfied_label flag 评价为满意
SELECT *,
  CASE
    -- the usual answers first: searching in every text is what costs
    WHEN call_status IS NULL OR call_status IN ('成功接通', '成功', '接通', '已接通', '') THEN TRUE
    WHEN call_status IN ('未接通', '无人接听', '失败') THEN FALSE
    WHEN trim(call_status) = '' THEN TRUE
    ELSE (
      call_status LIKE '%成功%' OR call_status LIKE '%接通%' OR call_status LIKE '%完成%' OR call_status LIKE '%已回访%'
      OR call_status LIKE '%有效%'
      OR lower(trim(call_status)) IN ('success', 'successful', 'answered', 'connected', 'reached', 'completed', 'ok')
    ) AND NOT (
      call_status LIKE '%未%' OR call_status LIKE '%不%' OR call_status LIKE '%无%' OR call_status LIKE '%失败%'
      OR call_status LIKE '%没%' OR call_status LIKE '%拒%'
    )
  END AS reached,
  coalesce(scale, 5) AS full_marks,
  lower(trim(label)) IN (
    '非常满意', '很满意', '十分满意', '比较满意', '较满意', '满意', 'very satisfied', 'satisfied', 'fairly satisfied', 'very good', 'good'
  ) AS satisfied_label
FROM {table}
