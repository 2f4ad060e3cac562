"""The glossary: every term that HR reads, declared once, with the second words that no page, form, list or message may use.

Python takes a term that stands alone (a label, a header, a state) from its constant, Jinja from the global ``term``
(``{{ term.team }}``). In running sentences the word may be written out; tests/test_glossary.py reads all texts and refuses
the second words. What people type in is another matter: headers such as 班组 or 评价人 stay understood.
``python -m kpi_xl.glossary docs/glossary.md`` writes the page for people.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TEAM: Final = "团队"
REGION: Final = "区域"
POSITION: Final = "岗位"
EMPLOYEE_ID: Final = "工号"
AGENT: Final = "客服"
SUPERVISOR: Final = "直接主管"
HR: Final = "人力资源部"
RATER: Final = "评分人"
AUTHOR: Final = "编制人员"
REVIEWER: Final = "审核人员"
APPROVER: Final = "批准人员"
NOT_APPRAISED: Final = "不参加考核"

PERIOD: Final = "考核周期"
PERIOD_SPAN: Final = "考核期间"
GENERATED_AT: Final = "生成时间"
WINDOW: Final = "观察期"
DEADLINE: Final = "完成期限"

WEIGHT: Final = "权重"
TARGET: Final = "目标值"
ACTUAL: Final = "实际值"
POINTS: Final = "得分"
TOTAL: Final = "总分"
PROVISIONAL: Final = "预估总分"
GRADE: Final = "等级"
RANGE: Final = "分数区间"
COEFFICIENT: Final = "绩效系数"
COUNT: Final = "数量"
ORIGIN: Final = "出处"
DECIDED: Final = "我方决定"
DEFAULT: Final = "默认"

AWAITING: Final = "待评"
MISSING: Final = "缺数据"
NO_DATA: Final = "无数据"
INSUFFICIENT: Final = "样本不足"
WAIVED: Final = "豁免"
TO_SUPPLY: Final = "待补数据"
SUPPLIED_BY: Final = "由谁补齐"

TICKET_NUMBER: Final = "工单编号"
RECORD_NUMBER: Final = "单号"
OPEN: Final = "未结"
OPEN_TIME: Final = "未结时长"
ROWS: Final = "行数"
SET_ASIDE: Final = "搁置"

FORM: Final = "考核表"
NOT_MADE: Final = "未生成"
ISSUED: Final = "发放"
CONFIDENTIAL: Final = "保密"
SIGNATURE: Final = "签名"
COMMENT: Final = "主管评语"


@dataclass(frozen=True)
class Term:
    """A word that HR reads, what it means and where it stands, and the second words for it.

    `refused` must not occur in any text, `refused_alone` must not be a whole text (a label, a header, a cell);
    `compounds` are longer words that hold a refused one and name something else.
    """

    word: str
    meaning: str
    where: str
    refused: tuple[str, ...] = ()
    refused_alone: tuple[str, ...] = ()
    compounds: tuple[str, ...] = ()


TERMS: Final[tuple[Term, ...]] = (
    Term(TEAM, "the group a person works in; also what a team scheme appraises", "everywhere",
         ("班组", "小组"), (), ("考核小组",)),
    Term(REGION, "the region of a team", "forms, pages, lists", ("大区", "地区")),
    Term(POSITION, "a person's post", "forms, pages, lists", ("职位", "职务")),
    Term(EMPLOYEE_ID, "the number of a person, by which everything is matched", "everywhere", ("员工编号", "人员编号")),
    Term(AGENT, "a customer-service agent", "messages, measures, cell functions", ("坐席", "座席")),
    Term(SUPERVISOR, "the person's superior, who signs and hears an appeal first; 主管 for short in sentences",
         "forms, pages, messages", ("直接上级", "直属上级")),
    Term(HR, "the department that signs last and reviews appeals; 人力资源 for short in sentences",
         "signature blocks", ("人事部",), ("人力资源",)),
    Term(RATER, "who gives a rating", "forms, rating sheets, messages", ("评价人", "打分人", "考评人")),
    Term(AUTHOR, "who drew up a report or plan, in a signature block", "signature blocks", (), ("编制人",)),
    Term(REVIEWER, "who checked it", "signature blocks", (), ("审核人",)),
    Term(APPROVER, "who approved it", "signature blocks", (), ("批准人",)),
    Term(NOT_APPRAISED, "left out of this period's appraisal, with a reason", "summary, pages, command line",
         ("未参加", "不考核的人员", "不考核：")),
    Term(PERIOD, "the month, quarter or year that is appraised; also how often a scheme appraises", "everywhere",
         ("考核期",), (), ("考核期间",)),
    Term(PERIOD_SPAN, "the first and the last day of the period", "forms, pages", ("考核区间", "统计期间")),
    Term(GENERATED_AT, "when a file was made", "summary, pages", ("出具时间", "制表时间", "打印时间")),
    Term(WINDOW, "the days in which a repeated complaint or repair counts", "measures, evidence, cell functions",
         ("窗口天数", "窗口还没", "前后窗口")),
    Term(DEADLINE, "the day by which an action is to be done", "tables to be filled in", (), ("期限",)),
    Term(WEIGHT, "the full mark of an indicator, out of the scheme's total", "everywhere",
         ("权数", "权重（分值）", "时效的分值")),
    Term(TARGET, "the value that earns the full mark", "columns of forms, pages and lists", (), ("目标",)),
    Term(ACTUAL, "the value of the period", "columns of forms, pages and lists", ("完成值", "实绩")),
    Term(POINTS, "what an indicator earned", "columns of forms, pages and lists"),
    Term(TOTAL, "the sum of the points; 成绩 only where a document speaks of 月度成绩, 季度成绩 or 年度成绩",
         "everywhere", ("总得分", "本期成绩", "最终成绩", "上一次成绩")),
    Term(PROVISIONAL, "the total estimated from what is there; never a result", "forms, pages, command line",
         (), ("预估",)),
    Term(GRADE, "the outcome of a person by the bands of the scheme", "everywhere", ("评级",), ("评定等级",), ("评级标准",)),
    Term(RANGE, "the totals that lead to a grade", "tables of grades", (), ("标准",)),
    Term(COEFFICIENT, "the factor of a grade on pay", "columns of forms, pages and lists", (), ("系数",)),
    Term(COUNT, "the unit of a number of things", "units", (), ("个数",)),
    Term(ORIGIN, "the document or the decision that a rule rests on (来源 is where data come from)",
         "notes on forms, 评级标准, documentation", ("来源：",), (), ("数据来源",)),
    Term(DECIDED, "set by this product, because the document does not say", "notes on forms, 评级标准, documentation",
         ("我们的决定",)),
    Term(DEFAULT, "what holds when nothing else is given", "messages, documentation", ("缺省",)),
    Term(AWAITING, "no total yet, because something is missing", "everywhere", ("待评定",)),
    Term(MISSING, "an indicator that cannot be scored for want of data; never 0", "forms, pages, reasons",
         ("缺少数据",), (), ("缺少数据库",)),
    Term(NO_DATA, "a figure behind which nothing was counted (0 ÷ 0)", "measures, cell functions"),
    Term(INSUFFICIENT, "fewer records than the scheme asks for; not scored", "forms, pages, measures",
         ("样本量不足", "样本太少")),
    Term(WAIVED, "left out with the consent of HR; the other weights are scaled up", "forms, pages", ("免考", "免评")),
    Term(TO_SUPPLY, "the list of what is missing before people can get a total", "forms, summary, pages, collected results",
         ("待补项", "尚缺的评分与数据")),
    Term(SUPPLIED_BY, "who has to supply it", "summary, pages", ("由谁补充",)),
    Term(TICKET_NUMBER, "the number of a ticket", "lists of tickets", ("工单号",)),
    Term(RECORD_NUMBER, "the number of any record behind a figure: ticket, repair, call", "evidence", ("记录号",)),
    Term(OPEN, "a ticket without a closing time (未解决 is about the customer's problem)", "alerts, evidence, cell functions",
         ("未办结", "小时未解决")),
    Term(OPEN_TIME, "how long it has been open", "alerts", ("已历时",)),
    Term(ROWS, "rows of an export", "lists of data issues", (), ("条数",)),
    Term(SET_ASIDE, "a row that was read and not used, with its reason", "lists of data issues, command line"),
    Term(FORM, "the workbook of a person or team that is filled in and signed", "everywhere", ("考核单", "考核表单")),
    Term(NOT_MADE, "a form that could not be made, with its reason", "summary, pages", ("未能生成", "没有生成")),
    Term(ISSUED, "made and entered in the ledger, to come back filled in", "collecting, ledger", ("发出的考核表",)),
    Term(CONFIDENTIAL, "only for those named", "footers and heads of all papers", ("机密", "内部资料")),
    Term(SIGNATURE, "the field to sign in, and signing", "forms, pages", ("签字",)),
    Term(COMMENT, "the superior's comment on a form", "forms", ("考核评语",)),
)  # fmt: skip

WORDS: Final[dict[str, str]] = {
    name.lower(): value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str)
}
"""The words by the names of their constants in lower case: what ``term`` is in a Jinja template."""

_INTRODUCTION = """# Glossary · 术语表

Generated from `kpi_xl/glossary.py` by `python -m kpi_xl.glossary docs/glossary.md`; a test keeps it current, and another one
refuses the words of the last column in everything that HR reads. Headers that people type in, such as 班组, stay understood.

| 用语 · Term | Meaning | Where | 不用 · Not used |
|---|---|---|---|
"""


def glossary_page() -> str:
    """Return docs/glossary.md: a row per term."""
    return _INTRODUCTION + "".join(_row(term) for term in TERMS)


def _row(term: Term) -> str:
    refused = [*term.refused, *(f"{word} (alone)" for word in term.refused_alone)]
    return f"| {term.word} | {term.meaning} | {term.where} | {', '.join(refused) or '—'} |\n"


if __name__ == "__main__":
    from kpi_xl.outputs import write_page

    write_page(Path(sys.argv[1]), glossary_page())
