"""The kinds of fault that reading and cleaning can find, each with its fate, its reason and what to do about it."""

# ruff: noqa: E501 - a table of texts reads best with a text a line

from __future__ import annotations

from kpi_xl.errors import Text
from kpi_xl.issues import Care, Disposition, Issue, IssueKind

_ASKED: dict[str, tuple[Care, str]] = {
    "malformed": ("each", "列数对不上的行"),
    "blank": ("fold", "空行"),
    "header_row": ("fold", "重复的表头"),
    "total_row": ("look", "合计行"),
    "no_agent": ("each", "没有客服的行"),
    "required_missing": ("each", "缺必填值的行"),
    "required_unparseable": ("each", "必填值看不懂"),
    "absurd_time": ("each", "不可信的日期"),
    "future_time": ("each", "今天之后的日期"),
    "duplicate": ("fold", "完全相同的行"),
    "superseded": ("look", "被更新替代的行"),
    "unknown_agent": ("once", "花名册里没有的人"),
    "ambiguous_agent": ("once", "分不清的同名人"),
    "names_with_digits": ("each", "姓名相近的人"),
    "agent_in_several_teams": ("each", "姓名在几个团队"),
    "id_in_several_teams": ("each", "工号在几个团队"),
    "id_beside_name": ("look", "工号姓名在一格"),
    "name_differs": ("each", "工号与姓名不一致"),
    "team_in_several_regions": ("each", "团队在几个区域"),
    "team_works_in_several_regions": ("look", "导出里团队在几个区域"),
    "roster_incomplete": ("each", "花名册缺工号姓名"),
    "roster_repeated": ("look", "花名册重复的人"),
    "roster_namesakes": ("look", "花名册同名的人"),
    "roster_duplicate": ("each", "花名册工号重复"),
    "unparseable": ("each", "看不懂的值"),
    "closed_before_created": ("each", "办结早于创建"),
    "response_before_created": ("each", "响应早于创建"),
    "arrived_before_created": ("each", "到达早于创建"),
    "absurd_value": ("each", "不可信的值"),
    "outside_period": ("fold", "考核周期以外"),
    "ignored_sheet": ("look", "没有读取的工作表"),
    "unused_mapping": ("look", "没有用到的映射"),
    "repeated_header": ("look", "重复的列名"),
    "scale_guessed": ("each", "推断的满分"),
    "hidden_sheet": ("look", "隐藏的工作表"),
    "ignored_table": ("look", "没有读取的另一张表"),
    "hidden_rows": ("look", "隐藏的行"),
    "hidden_columns": ("look", "隐藏的列"),
    "same_number": ("look", "编号相同的不同记录"),
    "same_file": ("look", "重复给出的文件"),
    "scientific_key": ("each", "编号成了科学计数法"),
    "scientific_id": ("each", "编号科学计数法不采用"),
    "closed_without_time": ("each", "办结没有时间"),
    "answered_without_time": ("each", "响应没有时间"),
    "no_time_column": ("each", "没有采用的时间列"),
    "unknown_word": ("each", "不认得的满意度文字"),
    "no_basis_time": ("fold", "尚未归入月份"),
    "basis_left_out": ("look", "创建办结不在同一周期"),
}
"""What each kind asks of people (`kpi_xl.issues.Care`), and its name in a few words: of the sheet that lists its rows."""


def _kind(code: str, disposition: Disposition, reason: tuple[str, str], remedy: tuple[str, str]) -> IssueKind:
    return IssueKind(code, disposition, Text(*reason), Text(*remedy), *_ASKED.get(code, ("each", "")))


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
        ("合计、小计、平均、“共 N 人”等汇总行，不是明细，也不是人", "a row of totals or means: no record, and nobody"),
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
        ("姓名后带数字、括注或工号，按不同的人处理，没有合并", "names that differ by a digit, a remark or an id are kept as different people"),
        ("若确为同一人，请在导出中统一写法，或提供花名册", "if they are one person, write the name in one way, or give a roster"),
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
        "id_beside_name", "kept",
        ("姓名和工号写在一格里，与花名册的同一个人一致，按此人计", "id and name stand in one cell and are of one person of the roster: counted as that person"),
        ("无需处理", "nothing to do"),
    ),
    _kind(
        "name_differs", "kept",
        ("工号在花名册里是另一个姓名，按工号计", "the roster has another name for this id; it counts by the id"),
        ("请核对工号是否换过人；若不是同一人，请更正导出或花名册", "see whether the id has changed hands; if so, correct the export or the roster"),
    ),
    _kind(
        "team_in_several_regions", "kept",
        ("同一个团队名称出现在几个区域，按一个团队汇总，区域取人数最多的", "one team's name occurs in several regions: summed up as one team, in the most frequent region"),
        ("若是几个团队，请在花名册中写成不同的团队名称；若是一个团队，请统一区域", "if they are several teams, give them different names in the roster; if one, one region"),
    ),
    _kind(
        "team_works_in_several_regions", "kept",
        ("导出里同一个团队的人在几个区域有记录，按一个团队汇总，区域取最多的", "the people of one team have records in several regions: summed up as one team, in the most frequent region"),
        ("若区域是客户所在地，无需处理；若是几个团队，请提供花名册并写成不同的团队名称", "nothing to do where the region is the customer's; if they are several teams, give a roster with different names"),
    ),
    _kind(
        "roster_incomplete", "set_aside",
        ("花名册这一行没有工号或姓名，此人没有列入", "this row of the roster has no id or no name: the person is not listed"),
        ("请在花名册中补上工号和姓名", "fill in the id and the name"),
    ),
    _kind(
        "roster_repeated", "set_aside",
        ("花名册里同一个人写了两遍，内容相同，只算一次", "the roster has the same person twice, in equal rows: counted once"),
        ("无需处理", "nothing to do"),
    ),
    _kind(
        "roster_namesakes", "kept",
        ("花名册里有同名的人，工号不同，按不同的人处理", "people of the roster with one name and different ids are different people"),
        ("若是同一人换过工号，请只留一行；若不是，导出中请用工号", "if it is one person with a new id, keep one row; if not, use ids in the exports"),
    ),
    _kind(
        "roster_duplicate", "set_aside",
        ("花名册里工号重复，内容不同，只用第一行", "the roster has this id twice, with different content; the first row is used"),
        ("请更正花名册", "correct the roster"),
    ),
    # -- ids that a spreadsheet has changed
    _kind(
        "scientific_key", "set_aside",
        ("Excel 把编号改成了科学计数法（或去掉了 15 位以后的数字），认不出是谁、是哪一台", "a spreadsheet turned the id into scientific notation (or dropped its digits beyond 15): nobody can tell whose it is"),
        ("请从系统重新导出，按文本重新导出（导入 Excel 时把这一列设为文本）", "export it again as text (when importing into Excel, set this column to text)"),
    ),
    _kind(
        "scientific_id", "kept",
        ("Excel 把编号改成了科学计数法（或去掉了 15 位以后的数字）：编号按未知处理，不用来合并和关联", "a spreadsheet turned the id into scientific notation (or dropped its digits beyond 15): it counts as unknown, nothing is merged or joined by it"),
        ("请按文本重新导出（从系统导出，导入 Excel 时把这一列设为文本）", "export it again as text (when importing into Excel, set this column to text)"),
    ),
    # -- optional values: the row stays, the value is not used
    _kind(
        "unparseable", "kept",
        ("值看不懂，按缺失处理", "the value cannot be read and counts as missing"),
        ("请改成常见写法，或在映射文件的 values、missing 中说明", "write it in a usual form, or explain it under values or missing in the mapping file"),
    ),
    _kind(
        "closed_without_time", "kept",
        ("办结时间一栏写的不是时间（如“已完成”）：算已办结，时长不采用", "the time of closing is no time (as “done”): counts as closed, its duration is unknown"),
        ("请导出办结时间；若是未结，请留空或写“未结”", "export the time of closing; if it is open, leave it blank or write 未结"),
    ),
    _kind(
        "answered_without_time", "kept",
        ("首次响应时间一栏写的不是时间：算已响应，时长不采用", "the time of the first response is no time: counts as answered, its delay is unknown"),
        ("请导出首次响应时间；若还没有响应，请留空", "export the time of the first response; if there is none, leave it blank"),
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
        "arrived_before_created", "kept",
        ("到达时间早于创建时间：到达时长不采用", "arrived before it was created: how long that took is unknown"),
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
    _kind(
        "no_basis_time", "set_aside",
        ("没有归入月份所用的时间（如按办结时间考核而仍未结），不在任何一个月内", "the time that puts a ticket into a month is not there (not yet closed): it is in no month"),
        ("无需处理；办结（归档）后计入当月，未结类指标仍按创建时间统计", "nothing to do: it counts when it is closed; measures of open tickets go by creation"),
    ),
    _kind(
        "basis_left_out", "kept",
        ("创建和办结（归档）不在同一周期，按选定的归入时间不算本周期的工单", "created and closed (archived) in different periods: the chosen basis leaves them out of this one"),
        ("若应计入，请在导入检查.xlsx 的“口径确认”里另选归入时间，或在映射文件写 basis = \"closed\"（按办结）、\"archived\"（按归档）或 \"created\"（按创建）", "if they should count, choose another time in 导入检查.xlsx, or say basis = \"closed\", \"archived\" or \"created\" in the mapping file"),
    ),
    # -- whole sheets and columns, for information
    _kind(
        "ignored_sheet", "kept",
        ("这个工作表里没有可用的明细表，没有读取", "this sheet holds no table that can be used, and was not read"),
        ("若需要，请在映射文件中写明表头行和各列", "if it is needed, name its header row and columns in the mapping file"),
    ),
    _kind(
        "hidden_sheet", "kept",
        ("隐藏的工作表里有内容，没有读取", "a hidden sheet holds rows; it was not read"),
        ("若要计入，请取消隐藏后保存；否则无需处理", "unhide it and save if it should count, else nothing to do"),
    ),
    _kind(
        "ignored_table", "kept",
        ("同一工作表上的另一张表，没有可用的明细，没有读取", "a further table on the sheet that cannot be used, and was not read"),
        ("若需要，请移到单独的工作表，或在映射文件中写明表头行和各列", "if it is needed, move it to a sheet of its own, or name its header row and columns in the mapping file"),
    ),
    _kind(
        "hidden_rows", "kept",
        ("有隐藏或被筛选掉的行，照常读取并计入", "hidden or filtered rows; they are read and count"),
        ("若不应计入，请删去这些行后重新给出", "delete these rows if they should not count"),
    ),
    _kind(
        "hidden_columns", "kept",
        ("有隐藏的列，照常读取", "hidden columns; they are read like the others"),
        ("若不应使用，请删去这些列或在映射文件中写明所用的列", "delete them, or say in the mapping file which columns to use"),
    ),
    _kind(
        "unused_mapping", "kept",
        ("映射文件的这一段没有对上任何给出的文件或工作表，没有起作用", "this entry of the mapping file is about no given file or sheet and had no effect"),
        ("若它本应起作用，请按给出的名称改正 file、sheet；若是为别的导出写的，无需处理", "if it should have, correct its file or sheet; if it is meant for other exports, nothing to do"),
    ),
    _kind(
        "no_time_column", "kept",
        ("列名像时间，但没有一个值是时间，没有采用", "the header is one of a time, but no value is one; the column was not taken"),
        ("若它确是时间，请在映射文件中写明这一列；若另有一列是时间，请写明那一列", "if it is a time, name the column in the mapping file; if another one is, name that"),
    ),
    _kind(
        "repeated_header", "kept",
        ("列名重复，后面的改称“名称_2”", "the header repeats; the later ones are called name_2"),
        ("若用错了列，请在映射文件中写明", "if the wrong column was taken, say which in the mapping file"),
    ),
    _kind(
        "unknown_word", "kept",
        ("不认得的满意度文字，按缺数据处理", "a word of satisfaction that is not known counts as missing"),
        ("请在映射文件 [export.ratings] 的 values.label 里写明它的意思：满意、一般、不满意、未评价", "say under values.label of [export.ratings] in the mapping file what it means: 满意, 一般, 不满意 or 未评价"),
    ),
)  # fmt: skip

KINDS: dict[str, IssueKind] = {kind.code: kind for kind in _ALL}
"""Every kind by its code."""

FATES: dict[str, int] = {kind.code: number for number, kind in enumerate(_ALL, start=1)}
"""The number that stands for a kind in the ``fate`` columns of the stage tables; 0 is `NOT_APPLICABLE`."""

NOT_APPLICABLE = 0
"""The fate of a row that simply has nothing to say to a table (an unanswered call has no rating); not an issue."""


_NEAR: dict[str, Text] = {
    "unknown_agent": Text("花名册里最接近的是 {near}", "nearest on the roster: {near}"),
    "ambiguous_agent": Text("可能是 {near}", "perhaps {near}"),
}


def issue_of(
    code: str,
    file: str,
    sheet: str | None = None,
    *,
    row: int | None = None,
    column: str | None = None,
    value: str | None = None,
    count: int = 1,
    elsewhere: int = 0,
    near: str = "",
) -> Issue:
    """Return an issue of a kind: fate, reason and remedy are the kind's. `near` names the people who may be meant."""
    kind = KINDS[code]
    hint = _NEAR.get(code) if near else None
    meant = hint and Text(hint.zh.format(near=near), hint.en.format(near=near))
    place = (file, sheet, row, column, value)
    return Issue(code, kind.disposition, *place, kind.reason, kind.remedy, count, kind.care, elsewhere, kind.title, meant)
