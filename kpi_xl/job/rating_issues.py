"""What can be wrong with a line of a ratings file, in words for people: the reason, and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_xl.errors import Problem, Text
from kpi_xl.exports.model import RawSheet
from kpi_xl.issues import Care, Disposition, Issue

_TITLES: Mapping[str, str] = {
    "unknown_person": "评分表里认不得的人",
    "unknown_indicator": "评分表里认不得的指标",
    "unknown_role": "评分表里认不得的角色",
    "bad_rating": "不能用的评分",
    "error_value": "评分是错误值",
    "wrong_name": "评分表工号姓名不符",
    "self_rating": "本人的评分",
    "repeated_rating": "重复的评分",
    "second_figure": "又一个统计数",
    "unnamed_rater": "没有写评分人",
    "mean_beside_marks": "逐人评分外的平均分",
    "unread_column": "没有读取的评分列",
    "ignored_sheet": "没有读取的工作表",
    "total_row": "合计行",
}
_CARE: Mapping[str, Care] = {"ignored_sheet": "look", "total_row": "look", "self_rating": "look", "mean_beside_marks": "look"}
"""What these ask of people, where it is not that each is mended."""

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
    "total_row": (
        Text("合计、小计、平均等汇总行，不是人", "a row of totals or means: nobody"),
        Text("无需处理", "nothing to do"),
    ),
    "error_value": (
        Text("这一格是错误值，按缺失处理", "the cell holds an error value and counts as missing"),
        Text("改正公式，或填写评分后重新运行", "mend the formula or type the rating, and run again"),
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
    near: str = "",
) -> Issue:
    """Return the issue of a line, a column (`row` None: the whole sheet).

    `problem` says more than the code does; `near` names the appraised people who may be meant.
    """
    reason, remedy = _REASONS[code]
    meant = Text(f"名单里最接近的是 {near}", f"nearest among the appraised: {near}") if near else None
    if problem is not None:
        reason = Text(f"{reason.zh}：{problem.message.zh}", f"{reason.en}: {problem.message.en}")
        remedy = problem.remedy
    place = (sheet.file, sheet.sheet, row, column, value)
    care, title = _CARE.get(code, "each"), _TITLES[code]
    return Issue(code, disposition, *place, reason, remedy, care=care, title=title, near=meant)
