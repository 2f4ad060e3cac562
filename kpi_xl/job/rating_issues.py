"""What can be wrong with a line of a ratings file, in words for people: the reason, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_xl.errors import Problem, Text
from kpi_xl.exports.model import RawSheet
from kpi_xl.issues import Disposition, Issue

_REASONS: Mapping[str, tuple[Text, Text]] = {
    "unknown_person": (
        Text("评分表里的人不在本次考核名单中", "the rated person is not among the appraised"),
        Text("核对工号；同名的人请写工号", "check the id; write the id where names repeat"),
    ),
    "unknown_indicator": (
        Text("考核方案里没有这个指标", "the scheme has no such indicator"),
        Text("写指标名称或编号，见 kpi-xl scheme show", "write the indicator's name or id, see kpi-xl scheme show"),
    ),
    "unknown_role": (
        Text("考核方案里没有这种评分人", "the scheme has no raters of this role"),
        Text("写方案里的评分人角色，见 kpi-xl scheme show", "write a role of the scheme, see kpi-xl scheme show"),
    ),
    "bad_rating": (Text("评分无法采用", "the rating cannot be used"), Text("改正后重新运行", "mend it and run again")),
    "wrong_name": (
        Text("工号和姓名不是同一个人，没有采用", "id and name are not of the same person: not used"),
        Text("核对这一行的工号和姓名", "check the id and the name of this line"),
    ),
    "self_rating": (
        Text("本人给自己的评分不计分，没有采用", "people's marks for themselves do not count: not used"),
        Text("自评写在考核表上；评分表只写他人的评分", "a self-assessment stands on the form; keep only marks of others here"),
    ),
    "repeated_rating": (
        Text(
            "同一评分人（或“全部”行）对同一项又给了一次，只采用前一次",
            "the same rater (or line for 全部) again: the first counts",
        ),
        Text("核对哪一次有效，删去另一行后重新运行", "find out which one is valid, remove the other line and run again"),
    ),
    "second_figure": (
        Text(
            "这一项是统计数，不能取多人平均；与前一行不同，只采用前一行", "a count or amount has no mean: the first line counts"
        ),
        Text("核对哪一行正确，删去另一行后重新运行", "find out which line is right, remove the other one and run again"),
    ),
    "unnamed_rater": (
        Text("同一人又有一行，没有写评分人，按另一位评分人计入平均", "another line without a rater counts as another rater"),
        Text("如是重复录入，请删去多余的行；如是多人评分，请加“评分人”一列", "remove a line typed twice, or add a column 评分人"),
    ),
    "mean_beside_marks": (
        Text("已有逐人评分，这里填的平均分没有采用", "single ratings are given: the mean typed here is not used"),
        Text("逐人评分和平均分只填一种", "give either single ratings or their mean"),
    ),
    "unread_column": (
        Text("这一列不是本次考核方案的指标，没有读取", "this column is no indicator of the schemes in use and was not read"),
        Text("如是评分，表头请写指标名称，见 kpi-xl scheme show", "if it holds ratings, head it with the indicator's name"),
    ),
    "ignored_sheet": (
        Text("这张工作表不是评分表，没有读取", "this sheet holds no ratings and was not read"),
        Text("如果是评分表，请检查表头", "if it should, check its header"),
    ),
}


def rating_issue(
    code: str,
    sheet: RawSheet,
    row: int | None = None,
    column: str | None = None,
    value: str = "",
    disposition: Disposition = "set_aside",
    problem: Problem | None = None,
) -> Issue:
    """Return the issue of a line, a column (`row` None: the whole sheet); `problem` says more than the code does."""
    reason, remedy = _REASONS[code]
    if problem is not None:
        reason = Text(f"{reason.zh}：{problem.message.zh}", f"{reason.en}: {problem.message.en}")
        remedy = problem.remedy
    return Issue(code, disposition, sheet.file, sheet.sheet, row, column, value, reason, remedy)
