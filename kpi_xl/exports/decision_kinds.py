"""The kinds of decision about what an export means: how each is read from the file, when it is asked, what may be answered."""

# ruff: noqa: E501 - a table of texts reads best with a text a line

from __future__ import annotations

from kpi_xl.decisions import DecisionKind, Option
from kpi_xl.errors import Text


def _kind(
    code: str,
    title: tuple[str, str],
    read: tuple[str, str],
    asked: tuple[str, str],
    setting: str,
    options: tuple[tuple[str, str, str], ...] = (),
    *,
    stops: bool = True,
) -> DecisionKind:
    listed = tuple(Option(word, Text(zh, en)) for word, zh, en in options)
    return DecisionKind(code, Text(*title), Text(*read), Text(*asked), setting, listed, stops)


_ALL: tuple[DecisionKind, ...] = (
    _kind(
        "date_order",
        ("日期里日和月的先后", "order of day and month"),
        ("某个日期的日大于 12，同一文件的其他时间列已能判断，或两位数的年份在前（25-9-1）且就是考核年份", "a day above 12, another time column of the file, or a year of two digits in front that is the period's"),
        ("整列日期日、月都不超过 12", "no day of the column is above 12"),
        "export.date_order",
        (("dmy", "日/月/年", "day/month/year"), ("mdy", "月/日/年", "month/day/year"), ("ymd", "年/月/日", "year/month/day")),
    ),
    _kind(
        "time_zone",
        ("时间的时区", "time zone"),
        ("时间后面写着 Z、+08:00、UTC、CST（中国标准时间），或是 1970 年以来的秒数：换算成部门所在时区", "Z, +08:00, UTC or CST (China) behind the time, or seconds since 1970: converted to the department's zone"),
        ("不问：没有写时区的时间按部门所在时区", "never: times without a zone are in the department's"),
        "time_zone",
        stops=False,
    ),
    _kind(
        "column",
        ("用哪一列", "which column"),
        ("只有一列的列名对得上，或一列的列名说得更准，或几列的值相同",
         "one header fits, or one fits better, or the columns that fit hold the same"),
        ("几列的列名同样对得上而值不同", "several headers fit as well as each other, and their values differ"),
        "export.{table}.prefer.{column}",
    ),
    _kind(
        "rows",
        ("同一编号出现在几个人名下时，一行是什么", "what a row is where one number stands on rows of several people"),
        ("有更新时间：同一工单以最后一次更新为准；创建时间不同：是另一张工单",
         "there is an update time: the last update of a ticket wins; another creation time: another ticket"),
        ("没有更新时间而同一编号有几个人，或同一编号的日期不同而看不出是不是同一张工单",
         "no update time, and several people on rows of one number; or different dates that prove nothing about one number"),
        "export.rows",
        (("ticket", "工单的最新状态（算在最后一行的人名下）", "the ticket's latest state (the last row's person)"),
         ("person", "每人一份（每人各计一次）", "each person's share (counts once for each)"),
         ("row", "每行都是另一张工单（编号会重复使用）", "each row is another ticket (numbers are used again)")),
    ),
    _kind(
        "scale",
        ("满意度的满分", "scale of satisfaction"),
        ("有满分列，评分里写着（4/5、★），列名写着（满分10分、1-5），评分旁的文字，或分值的范围（有 4、5 即五分制）",
         "a column with the scale, cells (4/5, ★) or a header (1-5) that name it, the words beside the digits, or the range of the values (5 where there are 4s and 5s)"),
        ("分值的范围可能属于几种评分制（只有 1–3、0/1、1–4），或只有少数分值需要更长的评分制（5、4、99），或五分制里有 0（可能是未评价）",
         "the range fits several scales (only 1 to 3, 0/1, 1 to 4), or only few values need the longer scale (5, 4, 99), or zeros among marks of five (perhaps not rated)"),
        "export.ratings.scale",
    ),
    _kind(
        "best",
        ("满意度哪一头是最好", "which end of the ratings is the best"),
        ("评分旁、列名里或另一列的文字（1-非常满意），或四分以上的评分制", "the words beside the digits, in the header or in a second column (1-very satisfied), or a scale of stars or points"),
        ("按键（1/2/3、0/1）没有文字说明，文字互相矛盾，列名说是按键，或多数人给了最低分", "bare keys (1/2/3, 0/1), words that contradict one another, a header that says keys, or most people gave the lowest"),
        "export.ratings.meaning.rating",
        (("high", "分数越高越满意", "the higher the better"), ("low", "分数越低越满意（1 最好）", "the lower the better (1 is best)")),
    ),
    _kind(
        "word",
        ("满意度文字的意思", "what a word of satisfaction means"),
        ("常见的文字（非常满意、满意、一般、不满意……）", "usual words (very satisfied … dissatisfied)"),
        ("不认得的文字，按缺数据处理", "words that are not known count as missing"),
        "export.ratings.values.label.{detail}",
        (("满意", "满意", "satisfied"), ("一般", "一般", "neutral"), ("不满意", "不满意", "dissatisfied"), ("未评价", "不算评价", "no rating")),
        stops=False,
    ),
    _kind(
        "by_words",
        ("满意度按评分还是按文字", "scores or words of satisfaction"),
        ("有评分的行按评分，没有评分的按文字（满意、不满意……）", "rows with a score by their score, others by their words"),
        ("不问：统计了哪些文字会提示", "never: which words were counted is told"),
        "export.ratings.columns.label",
        stops=False,
    ),
    _kind(
        "sign",
        ("奖惩分值的正负", "sign of the points of events"),
        ("列名（扣分、加分），或类别里的文字与正负号一致", "the header (扣分, 加分), or words of the kind that agree with the signs"),
        ("列名说扣分（或加分）而分值有正有负，或类别是处罚而分值为正", "a column of deductions (or additions) that mixes signs, or penalties with positive points"),
        "export.events.meaning.points",
        (("signed", "正数为加分，负数为扣分", "positive adds, negative takes off"), ("taken_off", "都是扣分", "all taken off"),
         ("given", "都是加分", "all given")),
    ),
    _kind(
        "unit",
        ("时长的单位", "unit of durations"),
        ("列名或值里写着单位，或按时钟格式书写", "a unit in the header or beside the values, or written as a clock"),
        ("没有写单位而数值的大小不像秒", "no unit, and the numbers are no seconds"),
        "export.{table}.meaning.{column}",
        (("seconds", "秒", "seconds"), ("minutes", "分钟", "minutes"), ("hours", "小时", "hours"), ("days", "天", "days")),
    ),
    _kind(
        "percent",
        ("得分是分还是百分比", "points or per cent"),
        ("分值在 0–100 且不是百分比格式", "values from 0 to 100 that are not formatted as per cent"),
        ("写着百分号（按 90% 即 90 分计，待确认），都在 0–1 之间（按缺数据处理），只有一部分在 0–1 之间，或没有一个超过 10",
         "a per-cent sign (taken as 90 points for 90%, to be confirmed), nothing above 1 (missing), only some between 0 and 1, or nothing above 10"),
        "export.{table}.meaning.{column}",
        (("points", "就是分（0.9 即 0.9 分）", "points (0.9 is 0.9)"), ("share", "百分比（90% 即 90 分）", "a share (90% is 90 points)")),
    ),
    _kind(
        "call_status",
        ("哪一列说明回访是否接通", "which column tells whether a call-back was answered"),
        ("列名（接通状态、外呼结果……）；没有这一列时每个评价都算", "its header (接通状态, 外呼结果 …); without such a column every rating counts"),
        ("列名不认得而写满接通状态的列，或不认得的状态", "a column of unknown header full of call statuses, or a status that is not known"),
        "export.ratings.columns.call_status",
    ),
    _kind(
        "basis",
        ("工单按哪个时间归入月份", "which time puts a ticket into a month"),
        ("方案或映射文件写明", "the scheme or the mapping file says so"),
        ("不问：没有写明时按创建时间，按办结时间会不同的行数会提示", "never: by creation; how many rows another basis would move is told"),
        "basis",
        (("created", "创建时间", "created"), ("closed", "办结时间", "closed"), ("archived", "归档时间", "archived")),
        stops=False,
    ),
    _kind(
        "month_starts",
        ("考核月从几号开始", "on which day a month begins"),
        ("方案或映射文件写明", "the scheme or the mapping file says so"),
        ("不问：没有写明时按自然月", "never: calendar months unless said otherwise"),
        "month_starts",
        stops=False,
    ),
)  # fmt: skip

DECISION_KINDS: dict[str, DecisionKind] = {kind.code: kind for kind in _ALL}
"""Every kind by its code."""
