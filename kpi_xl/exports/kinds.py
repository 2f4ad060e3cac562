"""The kinds of fault that reading and cleaning can find, each with its fate, its reason and what to do about it."""

# ruff: noqa: E501 - a table of texts reads best with a text a line

from __future__ import annotations

from kpi_xl.errors import Text
from kpi_xl.issues import Disposition, Issue, IssueKind


def _kind(code: str, disposition: Disposition, reason: tuple[str, str], remedy: tuple[str, str]) -> IssueKind:
    return IssueKind(code, disposition, Text(*reason), Text(*remedy))


_ALL: tuple[IssueKind, ...] = (
    # -- the row as a whole
    _kind(
        "malformed", "set_aside",
        ("这一行的列数与表头对不上，或引号没有配对", "the row does not split into the header's columns, or a quote is not closed"),
        ("请重新导出，或在原文件中修正这一行", "export again, or correct this row in the file"),
    ),
    _kind(
        "blank", "set_aside",
        ("空行，或用到的列全部为空", "a blank row, or every column that is used is empty"),
        ("无需处理", "nothing to do"),
    ),
    _kind(
        "header_row", "set_aside",
        ("表头在数据中间又出现了一次（多半是几页拼在一起），不是明细", "the header once more among the data, as when pages are pasted together"),
        ("无需处理", "nothing to do"),
    ),
    _kind(
        "total_row", "set_aside",
        ("合计、小计行，不是明细", "a row of totals, not a record"),
        ("无需处理", "nothing to do"),
    ),
    # -- required values
    _kind(
        "no_agent", "set_aside",
        ("没有客服，无法算到任何人头上", "no agent, so the row counts for nobody"),
        ("请在系统中补上经办人后重新导出", "fill in the agent in the source system and export again"),
    ),
    _kind(
        "required_missing", "set_aside",
        ("必填的值为空", "a required value is empty"),
        ("请补上后重新导出", "fill it in and export again"),
    ),
    _kind(
        "required_unparseable", "set_aside",
        ("必填的值看不懂", "a required value cannot be read"),
        ("请改成常见写法，或在映射文件中说明（date_order、values）", "write it in a usual form, or explain it in the mapping file (date_order, values)"),
    ),
    _kind(
        "absurd_time", "set_aside",
        ("日期早于 1990 年或晚于 2100 年，不可信", "the date is before 1990 or after 2100, not credible"),
        ("请更正日期", "correct the date"),
    ),
    _kind(
        "future_time", "set_aside",
        ("日期在今天之后", "the date is later than today"),
        ("请核对日期；若日、月顺序相反，请在映射文件中写 date_order", "check the date; if day and month are swapped, set date_order in the mapping file"),
    ),
    # -- duplicates
    _kind(
        "duplicate", "set_aside",
        ("与另一行完全相同", "an exact copy of another row"),
        ("无需处理，只计一次", "nothing to do, it counts once"),
    ),
    _kind(
        "superseded", "set_aside",
        ("同一编号有更新的一行，以最后一次更新为准", "a later row has the same id; the last update wins"),
        ("无需处理；若是编号重复，请在源系统中更正", "nothing to do; if the id was given twice, correct it in the source system"),
    ),
    _kind(
        "same_number", "kept",
        ("同一编号而创建时间、人员或设备不同，是不同的记录，各计一次", "one number, but created at another time, or of another person or appliance: different records, each counts"),
        ("无需处理；若其实是同一张，请在源系统中更正", "nothing to do; if they are one, correct it in the source system"),
    ),
    _kind(
        "same_file", "kept",
        ("与另一个文件内容完全相同，只读了一次", "the same content as another file; it was read once"),
        ("无需处理；若本应是另一个月的导出，请换成正确的文件", "nothing to do; if it should be another export, give the right file"),
    ),
    # -- people
    _kind(
        "unknown_agent", "set_aside",
        ("花名册里没有这个人", "the roster does not have this person"),
        ("请把此人加入花名册，或更正导出中的姓名或工号", "add the person to the roster, or correct the name or id in the export"),
    ),
    _kind(
        "ambiguous_agent", "set_aside",
        ("花名册里有同名的人，只凭姓名分不清是哪一位", "several people of the roster have this name"),
        ("请在导出中加上工号或团队", "add the staff id or the team to the export"),
    ),
    _kind(
        "names_with_digits", "kept",
        ("姓名后带数字，按不同的人处理，没有合并", "names that differ only by a trailing digit are kept as different people"),
        ("若确为同一人，请在花名册或映射文件中统一", "if they are one person, unify them in the export or the mapping file"),
    ),
    _kind(
        "agent_in_several_teams", "kept",
        ("同一个姓名出现在几个团队，可能是同名的人；归入出现最多的团队", "one name occurs in several teams, perhaps several people; counted in the most frequent team"),
        ("请提供花名册，或在导出中使用工号", "give a roster, or use staff ids in the export"),
    ),
    _kind(
        "id_in_several_teams", "kept",
        ("同一个工号出现在几个团队，多半是调过团队；归入出现最多的团队", "one staff id occurs in several teams, as after a move; counted in the most frequent team"),
        ("若应归入别的团队，请在花名册中写明团队", "if another team should count, name it in a roster"),
    ),
    _kind(
        "roster_duplicate", "set_aside",
        ("花名册里工号重复，只用第一行", "the roster has this id twice; the first row is used"),
        ("请更正花名册", "correct the roster"),
    ),
    # -- optional values: the row stays, the value is not used
    _kind(
        "unparseable", "kept",
        ("值看不懂，按缺失处理", "the value cannot be read and counts as missing"),
        ("请改成常见写法，或在映射文件的 values、missing 中说明", "write it in a usual form, or explain it under values or missing in the mapping file"),
    ),
    _kind(
        "closed_before_created", "kept",
        ("办结时间早于创建时间：算已办结，时长不采用", "closed before it was created: counts as closed, its duration is unknown"),
        ("请更正时间", "correct the times"),
    ),
    _kind(
        "response_before_created", "kept",
        ("首次响应早于创建时间：算已响应，时长不采用", "answered before it was created: counts as answered, its delay is unknown"),
        ("请更正时间", "correct the times"),
    ),
    _kind(
        "absurd_value", "kept",
        ("时间不可信或数值超出范围，按缺失处理", "a time that is not credible or a number out of range counts as missing"),
        ("请更正该值", "correct the value"),
    ),
    # -- the period
    _kind(
        "outside_period", "set_aside",
        ("不在考核周期内，只作为历史（重复投诉、返修的观察期）", "outside the period; kept as history for the windows only"),
        ("无需处理；若全部不在周期内，请核对 --period", "nothing to do; if it concerns every row, check --period"),
    ),
    # -- whole sheets and columns, for information
    _kind(
        "ignored_sheet", "kept",
        ("这个工作表里没有可用的明细表，没有读取", "this sheet holds no table that can be used, and was not read"),
        ("若需要，请在映射文件中写明表头行和各列", "if it is needed, name its header row and columns in the mapping file"),
    ),
    _kind(
        "unused_mapping", "kept",
        ("映射文件的这一段没有对上任何给出的文件或工作表，没有起作用", "this entry of the mapping file is about no given file or sheet and had no effect"),
        ("若它本应起作用，请按给出的名称改正 file、sheet；若是为别的导出写的，无需处理", "if it should have, correct its file or sheet; if it is meant for other exports, nothing to do"),
    ),
    _kind(
        "repeated_header", "kept",
        ("列名重复，后面的改称“名称_2”", "the header repeats; the later ones are called name_2"),
        ("若用错了列，请在映射文件中写明", "if the wrong column was taken, say which in the mapping file"),
    ),
    _kind(
        "scale_guessed", "kept",
        ("满分没有写明，按数值推断", "the scale of the ratings is not given; it was told from the values"),
        ("若不对，请在映射文件中写 scale", "if it is wrong, set scale in the mapping file"),
    ),
)  # fmt: skip

KINDS: dict[str, IssueKind] = {kind.code: kind for kind in _ALL}
"""Every kind by its code."""

FATES: dict[str, int] = {kind.code: number for number, kind in enumerate(_ALL, start=1)}
"""The number that stands for a kind in the ``fate`` columns of the stage tables; 0 is `NOT_APPLICABLE`."""

NOT_APPLICABLE = 0
"""The fate of a row that simply has nothing to say to a table (an unanswered call has no rating); not an issue."""


def issue_of(
    code: str,
    file: str,
    sheet: str | None = None,
    *,
    row: int | None = None,
    column: str | None = None,
    value: str | None = None,
    count: int = 1,
) -> Issue:
    """Return an issue of a kind: fate, reason and remedy are the kind's."""
    kind = KINDS[code]
    return Issue(code, kind.disposition, file, sheet, row, column, value, kind.reason, kind.remedy, count)
