-- Whether a call-back succeeded, and the full marks of its scale (5 unless given).
-- A blank status with a rating counts as reached: nobody rates a call that was not answered.
-- table: ratings
-- needs:
-- reached flag 回访成功
-- full_marks number 满分（未注明按 5）
SELECT *,
  CASE
    -- the usual answers first: searching in every text is what costs; and short lists: of five words and more DuckDB makes a join,
    -- which every row goes through
    WHEN call_status IS NULL OR call_status IN ('成功接通', '成功', '接通') OR call_status IN ('已接通', '') THEN TRUE
    WHEN call_status IN ('未接通', '无人接听', '失败') THEN FALSE
    WHEN trim(call_status) = '' THEN TRUE
    ELSE (
      call_status LIKE '%成功%' OR call_status LIKE '%接通%' OR call_status LIKE '%完成%' OR call_status LIKE '%已回访%'
      OR call_status LIKE '%有效%' OR call_status LIKE '%接听%' OR call_status LIKE '%应答%' OR call_status LIKE '%已评价%'
      OR lower(trim(call_status)) IN ('success', 'successful', 'answered', 'connected')
      OR lower(trim(call_status)) IN ('reached', 'completed', 'ok')
      OR trim(call_status) = '是' OR lower(trim(call_status)) IN ('y', 'yes', '1', 'true')
    ) AND NOT (
      call_status LIKE '%未%' OR call_status LIKE '%不%' OR call_status LIKE '%无%' OR call_status LIKE '%失败%'
      OR call_status LIKE '%没%' OR call_status LIKE '%拒%' OR call_status LIKE '%空号%' OR call_status LIKE '%关机%' OR call_status LIKE '%挂%'
    )
  END AS reached,
  coalesce(scale, 5) AS full_marks
FROM {table}
