-- Whether a customer was satisfied: the words beside the digits say so, else the score, else the words of a row without a score.
-- Words that are not known say nothing.
-- table: ratings
-- needs: full_marks
-- satisfied flag 满意
-- dissatisfied flag 不满意
SELECT *,
  CASE
    WHEN verdict IN ('满意', '一般', '不满意') THEN verdict = '满意'
    WHEN rating IS NOT NULL THEN CASE WHEN rating >= 0 AND rating <= full_marks THEN rating * 5 >= 4 * full_marks END
    WHEN label IS NULL THEN NULL
    WHEN {said_satisfied} THEN TRUE
    WHEN {said_otherwise} THEN FALSE
  END AS satisfied,
  CASE
    WHEN verdict IN ('满意', '一般', '不满意') THEN verdict = '不满意'
    WHEN rating IS NOT NULL THEN CASE WHEN rating >= 0 AND rating <= full_marks THEN rating * 5 <= 2 * full_marks END
    WHEN label IS NULL THEN NULL
    WHEN {said_dissatisfied} THEN TRUE
    WHEN {said_no_complaint} THEN FALSE
  END AS dissatisfied
FROM {table}
