"""The words that a cell may hold instead of a figure: no value, yes, no, a rating, an amount with its unit.

The one list for exports (whose SQL is made from it), ratings, forms that come back and cell functions: what means yes, or
nothing, in one of them means the same in all. Standard library only: it also runs in Pyodide. Words are as `word` gives them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache

from kpi_xl.glossary import INSUFFICIENT, NO_DATA
from kpi_xl.glossary import MISSING as NO_FIGURE

ERRORS = (
    *("#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"),
    *("#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!"),
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
LABELLED = re.compile(r"(\d+(\.\d+)?)\s*([-–—:：=（(分星].*|\s\D.*)", re.ASCII)
"""How a customer's rating may be written besides a plain number: ``4/5``, ``★★★★☆``, ``5分``, ``3 - Fair``, ``5（非常满意）``."""

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


def plain(text: str) -> str:
    """Return the text with full-width letters and digits made plain (NFKC), without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip()


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
