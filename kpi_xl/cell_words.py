"""The words that a cell may hold instead of a figure: no value, yes, no, a rating, an amount with its unit.

The one list for exports (whose SQL is made from it), ratings, forms that come back and cell functions: what means yes, or
nothing, in one of them means the same in all. Standard library only: it also runs in Pyodide. Words are as `word` gives them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Literal

from kpi_xl.glossary import INSUFFICIENT, NO_DATA
from kpi_xl.glossary import MISSING as NO_FIGURE

ERRORS = (
    *("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"),
    *("#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!"),
    *("#EXTERNAL!", "#PYTHON!", "#ERROR!"),
)
"""Error values as the texts in which xlwings hands them over (``err_to_str``): no value in an export, passed on by a formula."""

MISSING = (
    *("-", "--", "---", "—", "——", "?", "/", "\\", "n/a", "na", "nan", "null", "none", "nil", "nat"),
    *("0 - unknown", "unknown", "未知", "(空)", "(blank)", "(null)"),
)
"""Words that mean, as a blank does, that there is no value, whatever is asked for."""

MISSING_WORDS = (
    *(
        "无",
        "暂无",
        "没有",
        "未填",
        "未填写",
        "空",
        "未分配",
        "待分配",
        "缺",
        "缺失",
        "未评价",
        "未评分",
        NO_DATA,
        NO_FIGURE,
    ),
)
"""Further words that mean no value where an id, a time or a figure is asked for: in a text they are what somebody wrote, and
``无`` and ``没有`` are answers to a question of yes or no. What may mean something (待定, 部分) is refused instead."""

MISSING_STARTS = (NO_FIGURE, "缺少数据", INSUFFICIENT)
"""How the reasons begin that our own functions show in place of points, now and in workbooks saved before."""

NOT_YET = (
    *("未完成", "未办结", "未结", "未结案", "未关闭", "未解决", "未处理", "未完结", "未归档", "未完工", "未回单", "未竣工"),
    *("未响应", "未回复", "处理中", "进行中", "办理中", "跟进中", "受理中", "待处理", "待办", "待办理", "待回复", "待响应"),
    *("在途", "挂起", "已受理", "已派单", "open", "pending", "in progress", "in-progress", "processing", "ongoing", "on hold"),
    *("unresolved", "not resolved", "not closed", "new", "否", "未", "no", "n", "false"),
)
"""What stands in place of a time of closing, or of answering, while there is none yet."""

YES = ("是", "y", "yes", "true", "t", "1", "√", "✓", "✔", "有", "对", "已", "1.0", "成功", "完成", "已完成", "通过", "合格")
NO = (
    *("否", "n", "no", "false", "f", "0", "×", "✗", "✘", "x", "没有", "无", "错", "未", "0.0", "失败", "未完成", "未通过"),
    *("不合格", "不是"),
)
"""Answers to any question of yes or no."""

RESOLVED = ("已解决", "解决", "resolved", "solved")
UNRESOLVED = ("未解决", "unresolved", "not resolved", "unsolved")
"""Answers to whether something was resolved; to other questions (reopened? urgent?) they are none."""

FIRST_RESOLVED = (*RESOLVED, "首次解决", "一次解决")
NOT_FIRST_RESOLVED = (*UNRESOLVED, "非首次解决", "未一次解决")
"""Answers to whether it was resolved at first contact."""

DURATIONS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("days", ("天", "日", "days", "day", "d"), 86_400),
    ("hours", ("个小时", "小时", "时", "hours", "hour", "hrs", "hr", "h"), 3_600),
    ("minutes", ("分钟", "分", "minutes", "minute", "mins", "min", "m"), 60),
    ("seconds", ("秒钟", "秒", "seconds", "second", "secs", "sec", "s"), 1),
)
"""Units of time: name, the words that may stand behind a number, seconds."""

UNIT_WORDS: Mapping[str, tuple[str, ...]] = {
    **{name: words for name, words, _ in DURATIONS},
    "points": ("分",),
    "rating": ("分", "星"),
}
"""By the unit of an input: what may stand behind its number. A per cent sign belongs to the number."""

OUT_OF = re.compile(r"(\d+(\.\d+)?)\s*/\s*\d+", re.ASCII)
STARS = re.compile(r"★+☆*")
LABELLED = re.compile(
    r"(\d+(\.\d+)?)\s*([-–—:：=（(.．、]\s*[^\d\s%/~～].*|[分星非很十比较满一不好差中极优特未无基完最还].*"
    r"|\s[^\d\s%/~～–—:：=（(-].*)",
    re.ASCII,
)
LABELLED_BEHIND = re.compile(r"[^\d]*[一-鿿A-Za-z][^\dA-Za-z一-鿿]*(\d+(\.\d+)?)\s*[分星]?\s*[)）]?", re.ASCII)
"""How a customer's rating may be written besides a plain number: ``4/5``, ``★★★★☆``, ``5分``, ``3 - Fair``, ``5（非常满意）``;
and, behind its word, ``非常满意(1)``. Two digits (``8-9``) are no rating."""

RANK = r"^\d+\s*-\s*"
"""What may stand before an answer: ``1 - 是``."""

_SUMS = (
    r"合\s*计|总\s*计|小\s*计|共\s*计|汇\s*总|累\s*计|总\s*数|总\s*和|平\s*均\s*[值分数]?|均值|(总\s*)?人\s*数|(总\s*)?计数"
    r"|grand\s+total|sub-?\s?total|total"
)
_MORE_SUMS = r"sum|average|avg|count"
_AMOUNT_OF = r"\d[\d,.]*\s*(人|名|位|条|行|单|件|个|次|张|户|元|分|小时)?"
_BEHIND = rf"\s*[)）】]?\s*[:：=]?\s*[(（]?\s*({_AMOUNT_OF})?\s*[)）]?\s*"
TOTAL = rf"(?i)\s*[(（【]?\s*(({_SUMS}){_BEHIND}|(总|共|合计)\s*有?\s*{_AMOUNT_OF}\s*[)）】]?\s*)"
"""What stands in a row of totals where a person or a number is asked for: ``合计``, ``小计：12``, ``共 12 人``, ``Total``.
Regular expressions for `re.fullmatch` and for DuckDB alike."""
TOTAL_WORD = rf"{TOTAL}|(?i:\s*({_MORE_SUMS}){_BEHIND})"
"""The same, and words that could be somebody's name: for rows that lack what every record has."""
TOTAL_OF = r"(?i).{1,20}(合计|总计|小计|汇总|计数|平均值?|[\s:：_-](sub-?total|total|count|average))\s*"
"""A total of something, as the subtotals of a spreadsheet program are headed: ``一组 小计``, ``张伟 汇总``."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
WIDE, NARROW = "".join(map(chr, _FULL_WIDTH)), "".join(map(chr, _FULL_WIDTH.values()))
"""The full-width Latin letters, digits, signs and spaces, and what they are in one width, in the same order."""


_BLANKS = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u2028\u2029\x85"
_UNSEEN = "".join(
    chr(code)
    for first, last in (
        *((0x80, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F)),
        *((0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB)),
    )
    for code in range(first, last + 1)
)
EDGES = "".join(map(chr, range(1, 0x21))) + "\x7f"
"""Spaces, tabs and control characters of ASCII: no part of a value where they stand at its ends."""
INVISIBLE, SHOWN = f"{_BLANKS}{_UNSEEN}", " " * len(_BLANKS)
"""Blanks beyond ASCII (each a space in `SHOWN`), and characters that nobody sees (nothing in `SHOWN`), wherever they stand."""
_SEEN = dict.fromkeys(map(ord, _UNSEEN)) | dict.fromkeys(map(ord, _BLANKS), " ")

WRAPPINGS = ((r"(?s)^=\s*\"+(.*?)\"*$", r"\1"), (r"(?s)^['‘’`]+(.*?)['‘’`]*$", r"\1"))
"""What spreadsheets and exporters put around a text so that it stays one, and what is left: ``="00123"``, ``'00123``."""
WRAPPED = "='‘’`"
"""How a text begins that may stand in such a wrapping."""


def bare(text: str) -> str:
    """Return a text without what is no part of it: outer blanks, characters that nobody sees, ``="..."``, an apostrophe in front.

    >>> bare("\\u200b 00123\\t"), bare('="00123"'), bare("'00123"), bare("张\\xa0伟")
    ('00123', '00123', '00123', '张 伟')
    """
    if not text.isascii():
        text = text.translate(_SEEN)
    text = text.strip(EDGES)
    if text[:1] not in WRAPPED or not text:
        return text
    for pattern, kept in WRAPPINGS:
        text = re.sub(pattern, kept, text).strip(EDGES)
    return text


def plain(text: str) -> str:
    """Return the text with full-width letters and digits made plain (NFKC), and `bare`."""
    return bare(text if text.isascii() else unicodedata.normalize("NFKC", text))


def word(text: str) -> str:
    """Return a text as it is compared with the words of this module: plain, without case.

    >>> word(" Ｎ／Ａ　")
    'n/a'
    """
    return plain(text).casefold()


def fold_width(text: str) -> str:
    """Return the text with full-width Latin letters, digits, signs and spaces (U+FF01 to U+FF5E, U+3000) made narrow.

    >>> fold_width("Ａ０１　")
    'A01 '
    """
    return text.translate(_FULL_WIDTH)


Satisfaction = Literal["满意", "一般", "不满意", "未评价"]
"""What a customer's word says of the service; 未评价: nothing."""

SATISFACTION: Mapping[Satisfaction, tuple[str, ...]] = {
    "满意": (
        *("非常满意", "满意", "很满意", "比较满意", "十分满意", "较满意", "较为满意", "特别满意", "极其满意", "相当满意"),
        *("完全满意", "超级满意", "最满意", "好评", "五星", "五星好评", "四星", "非常好", "很好", "好", "比较好", "较好", "最好"),
        *("优", "优秀", "良", "良好", "非常棒", "很棒", "赞", "是"),
        *("very satisfied", "satisfied", "highly satisfied", "extremely satisfied", "completely satisfied", "fairly satisfied"),
        *("somewhat satisfied", "mostly satisfied", "very good", "good", "excellent", "great", "positive", "yes"),
    ),
    "一般": (
        *("一般", "一般般", "一般满意", "中评", "中", "中等", "普通", "基本满意", "三星", "无所谓", "neutral", "average", "fair"),
        *("neither satisfied nor dissatisfied", "neither"),
    ),
    "不满意": (
        *("不满意", "非常不满意", "很不满意", "不太满意", "比较不满意", "较不满意", "十分不满意", "极不满意", "极其不满意"),
        *(
            "特别不满意",
            "完全不满意",
            "最不满意",
            "不满",
            "差评",
            "差",
            "很差",
            "非常差",
            "较差",
            "比较差",
            "极差",
            "最差",
            "不好",
        ),
        *("很不好", "非常不好", "二星", "两星", "一星", "投诉", "否"),
        *("dissatisfied", "very dissatisfied", "highly dissatisfied", "extremely dissatisfied", "somewhat dissatisfied"),
        *("unsatisfied", "very unsatisfied", "highly unsatisfied", "not satisfied", "poor", "very poor", "bad", "very bad"),
        *("terrible", "negative", "no"),
    ),
    "未评价": (
        *(
            "未评价",
            "未评",
            "未评分",
            "未打分",
            "未回复",
            "未答复",
            "未回答",
            "未作答",
            "未参评",
            "未参与",
            "未参与评价",
            "未选择",
        ),
        *(
            "未按键",
            "无按键",
            "未回访",
            "未接通",
            "超时未评价",
            "超时",
            "待评价",
            "暂未评价",
            "尚未评价",
            "不评价",
            "放弃",
            "放弃评价",
        ),
        *("拒评", "拒绝评价", "拒绝", "无", "无评价", "没有", "没有评价", "暂无", "暂无评价", "空", "未知", "挂机", "直接挂机"),
        *("not rated", "unrated", "no rating", "no response", "no answer", "not answered", "unknown", "none", "n/a", "skipped"),
    ),
}
"""The usual words of satisfaction. Others (还行, 凑合) are somebody's own: they are asked about, and count as missing."""

NOT_RATED = tuple(dict.fromkeys((*MISSING_WORDS, *SATISFACTION["未评价"])))
"""Words that, beside `MISSING`, stand in place of a customer's rating and mean that there is none."""

_STRONG = re.compile(r"^(非常|很|十分|特别|极|完全|超级|最|五星|一星|优|very|highly|extremely|completely|excellent|terrible)")
_SAID = {one: said for said, listed in SATISFACTION.items() for one in listed}
_AROUND = " \t\"'.,;:!?。，、；：！？·~～-–—_=()（）[]【】<>《》"


@lru_cache(maxsize=1024)
def satisfaction(text: str) -> Satisfaction | None:
    """Return what a word of satisfaction says; None for a word that is not known.

    >>> satisfaction("非常满意"), satisfaction(" Satisfied "), satisfaction("差评"), satisfaction("未评价"), satisfaction("还行")
    ('满意', '满意', '不满意', '未评价', None)
    """
    said = re.sub(r"\s+", " ", word(text).strip(_AROUND))
    return _SAID.get(said)


def satisfaction_rank(text: str) -> int | None:
    """Return where a word of satisfaction stands from -2 (非常不满意) to 2 (非常满意); None where it says nothing.

    >>> satisfaction_rank("非常满意"), satisfaction_rank("满意"), satisfaction_rank("一般"), satisfaction_rank("很差")
    (2, 1, 0, -2)
    """
    side = {"满意": 1, "一般": 0, "不满意": -1}.get(satisfaction(text) or "")
    return None if side is None else side * (2 if _STRONG.match(word(text).strip(_AROUND)) else 1)


_NOTHING = frozenset(("", *MISSING, *MISSING_WORDS))
_ANSWERS = dict.fromkeys((*NO, *NOT_FIRST_RESOLVED), False) | dict.fromkeys((*YES, *FIRST_RESOLVED), True)


def is_missing(text: str, extra: Collection[str] = ()) -> bool:
    """Tell whether a text, where an id, a time or a figure is asked for, says that there is none; `extra`: words that do so too.

    >>> is_missing("暂无"), is_missing("缺少数据：满意度"), is_missing("0")
    (True, True, False)
    """
    said = word(text)
    return said in _NOTHING or said.startswith(MISSING_STARTS) or any(said == word(one) for one in extra)


@lru_cache(maxsize=1024)  # a column says the same few words again and again
def resolved_at_first(text: str) -> bool | None:
    """Read the answer to whether it was resolved at first contact; None for a text that is no answer, or a missing one.

    >>> resolved_at_first("完成"), resolved_at_first("2 - 否"), resolved_at_first("部分")
    (True, False, None)
    """
    said = word(text)
    return _ANSWERS.get(said, _ANSWERS.get(re.sub(RANK, "", said, flags=re.ASCII)))


def is_total(text: str) -> bool:
    """Tell whether a text stands for a row of totals where a person is asked for.

    >>> is_total("合 计"), is_total("共 12 人"), is_total("一组小计"), is_total("张合"), is_total("")
    (True, True, True, False, False)
    """
    return re.fullmatch(TOTAL, text) is not None or re.fullmatch(TOTAL_OF, text) is not None
