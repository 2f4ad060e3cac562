"""A first mapping file for an export: what was guessed, by which word, with examples; directly usable with ``--mapping``.

A draft is passed on, to a colleague or the vendor, so it holds no personal data: times, numbers, yes/no and the words of short
lists are quoted as they are, everything else (ids, names, customers, free text) only by its shape.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from kpi_xl.cell_words import NO, YES
from kpi_xl.errors import shown_name
from kpi_xl.exports.columns.header import (
    Feed,
    Header,
    Match,
    candidates,
    choose_feeds,
    column_type,
    column_values,
    find_header,
    guess_header,
)
from kpi_xl.exports.columns.refusal import merit, nearest_headers
from kpi_xl.exports.columns.vocabulary import vocabulary
from kpi_xl.exports.columns.which import as_good_as
from kpi_xl.exports.files.blocks import divide
from kpi_xl.exports.files.opening import open_file
from kpi_xl.exports.model import RawSheet
from kpi_xl.exports.rows.date_order import order_of_sample
from kpi_xl.tables import TABLES, ColumnType

_HOW = {
    "synonym": "按词“{word}”",
    "values": "按值判断",
    "weak": "按一般的词“{word}”猜的，请核对",
    "together": "按词“{word}”合成",
    "mapping": "",
    "fallback": "",
    "stand-in": "没有别的办结时间，取“{word}”",
}
_EXAMPLES = 3
_SIGNS = r"[\d\s:：./,，%+\-~★☆年月日号时時分秒点天小钟个上下午早中晚凌晨]*"
IMPERSONAL = re.compile(
    rf"(?!.*\d{{9}}){_SIGNS}((jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{{0,6}})?{_SIGNS}([ap]\.?m\.?)?(T{_SIGNS}Z?)?",
    re.IGNORECASE,
)
"""Times, durations and numbers that are too short for a telephone."""
_LISTS = frozenset(
    {"team", "region", "channel", "kind", "label", "call_status", "question", "item", "rater_role", "indicator", "position",
     "status", "scheme", "variant"}
)  # fmt: skip
"""Columns that hold the words of a short list; where they do not, or were only guessed, they are masked, too."""
_LIST_SIZE, _CHINESE_WORD, _LATIN_WORD, _SHAPE = 20, 8, 20, 20
TELLING = re.compile(r"\d{5}|@")
"""A telephone, an id card, an order: nothing that a list of words or a header holds."""
HELPERS = {"agent_name": "客服姓名", "updated_at": "最后更新时间", "record_id": "记录编号", "rating_text": "评分旁的文字"}
"""What HR calls the columns of `mapping.EXTRA_COLUMNS`."""


def draft_mapping(paths: Sequence[Path]) -> str:
    """Return the text of a mapping file (TOML) for the exports, one ``[[export]]`` per usable sheet. Raises KpiError.

    What is certain is written as a setting, what is only possible as a comment; so the draft means the same as no mapping at all
    until it is edited. A file of which no sheet is usable still gets a draft, with the wanting lines to fill in.
    """
    parts = ["# kpi-xl 列映射草稿：核对后用 --mapping 给出；# 后面是说明，可以删去\n"]
    for path in paths:
        with tempfile.TemporaryDirectory(prefix="kpi-xl-") as folder:
            sheets, _ = open_file(path, None, Path(folder))
            tables = [table for sheet in sheets for table in divide(sheet, None, Path(folder)).tables]
            drafts = [_draft_sheet(shown_name(path), table) for table in tables]
        usable = [text for text, complete in drafts if complete]
        parts += usable or [text for text, _ in drafts[:1]]
    return "\n".join(parts)


def _draft_sheet(file: str, sheet: RawSheet) -> tuple[str, bool]:
    """Return the entry of one sheet and whether it is complete."""
    known = find_header(sheet.head, None, sheet.facts.merges)
    header = known or guess_header(sheet.head, sheet.facts.merges)
    if header is None:
        return f"# {file}：没有内容\n", False
    names = [name for name in header.names if name]
    if known is None and any(TELLING.search(name) for name in names):  # a record, not a header
        masked = "、".join(map(shape, names))
        return f"# {file}：看不到表头，前面最满的一行形如：{masked}；请在文件第一行补上列名\n", False
    sample = sheet.head[header.index + 1 :]
    found = candidates(header, sample, None)
    feeds = choose_feeds(found)
    complete = bool(feeds)
    if not feeds:
        feeds = [max(found, key=merit).feed]
    lines = ["[[export]]", f"file = {_text(file)}"]
    if sheet.sheet is not None:
        lines.append(f"sheet = {_text(sheet.sheet)}")
    else:
        lines.append(f"encoding = {_text(sheet.encoding)}    # 检测所得")
    lines.append(f"header_row = {sheet.row(header.index)}    # 表头所在行，从 1 数起")
    lines.append(f"tables = {_list([f.table for f in feeds])}    # 供给哪些表：{'、'.join(TABLES[f.table].zh for f in feeds)}")
    lines += _date_order(header, sample, feeds)
    for index, feed in enumerate(feeds):
        doubtful = {name: as_good_as(sheet, header, feeds, feed, name) for name in feed.matches}
        lines += ["", *_draft_feed(feed, feeds[:index], header, sample, doubtful)]
    used = {p for f in feeds for m in f.matches.values() for p in m.positions}
    unused = [n for i, n in enumerate(header.names) if n and i not in used]
    if unused:
        lines += ["", "# 没有用上的列：" + "、".join(unused)]
    if unused and feeds[0].table == "tickets":
        lines.append(f"# 若某些列必须填写完整（工单信息完整性），加一段 [export.tickets]，写：completeness = {_list(unused[:3])}")
    return "\n".join(lines) + "\n", complete


def _date_order(header: Header, sample: Sequence[Sequence[str]], feeds: Sequence[Feed]) -> list[str]:
    orders = set()
    for feed in feeds:
        for name, match in feed.matches.items():
            if column_type(feed.table, name) == "time":
                orders.add(order_of_sample(column_values(match.positions[0], sample)))
    orders.discard("")
    if not orders:
        return []
    if orders == {None}:
        return ['date_order = "dmy"    # 从前面的行分不清日、月的先后，请核对：日/月/年 dmy，月/日/年 mdy']
    known = sorted(o for o in orders if o)
    return [f"date_order = {_text(known[0])}    # 由日期的数值判断"] if len(known) == 1 else []


def _draft_feed(
    feed: Feed,
    before: Sequence[Feed],
    header: Header,
    sample: Sequence[Sequence[str]],
    doubtful: Mapping[str, Sequence[str]],
) -> list[str]:
    table = TABLES[feed.table]
    lines = [f"[export.{feed.table}.columns]    # {table.zh}"]
    unused = [n for i, n in enumerate(header.names) if n and i not in {p for m in feed.matches.values() for p in m.positions}]
    order = [c.name for c in table.columns]
    named = [name for name in feed.matches if name != "rating_text"]  # it is read where the rating is
    for name in sorted(named, key=lambda n: order.index(n) if n in order else len(order)):
        lines.append(_setting(name, feed.matches[name], feed.table, header, sample))
        lines += [f"# {name} = {_text(other)}    # 也对得上，值不同，请核对用哪一列" for other in doubtful[name]]
    for name, source in feed.shared.items():
        from_table, _, other = source.partition(".")
        match = next(f.matches[other] for f in before if f.table == from_table)
        lines.append(f"# {_setting(name, match, feed.table, header, sample)}；没有自己的列，借用这一列")
    for column in table.columns:
        if column.name in feed.matches or column.name in feed.shared or column.name in feed.constants:
            continue
        near = nearest_headers(feed.table, column.name, unused, 0.5 if column.required else 0.8)
        if column.required:
            lines.append(
                f"# {column.name} = {_text(near[0] if near else '列名')}    # {column.zh}：必需，没有找到，请写上并去掉行首的 #"
            )
        elif near:
            lines.append(f"# {column.name} = {_text(near[0])}    # {column.zh}：没有找到，最接近的是这一列")
    if feed.constants:
        lines += [
            f"[export.{feed.table}.constants]    # 整个文件都相同的值",
            *(f"{n} = {_text(v)}" for n, v in feed.constants.items()),
        ]
    return lines


def _setting(name: str, match: Match, table: str, header: Header, sample: Sequence[Sequence[str]]) -> str:
    names = [header.names[p] or "" for p in match.positions]
    value = _text(names[0]) if len(names) == 1 else _list(names)
    zh = next((c.zh for c in TABLES[table].columns if c.name == name), None) or HELPERS[name]
    shown = examples(name, match.how == "weak", column_type(table, name), column_values(match.positions[0], sample))
    return f"{name} = {value}    # {zh}；{_HOW[match.how].format(word=spelled(match.word))}；{shown}"


def examples(name: str, guessed: bool, kind: ColumnType, values: Sequence[str]) -> str:
    """Quote some values, or, where they may tell of a person, their shapes."""
    different = list(dict.fromkeys(" ".join(v.split()) for v in values))
    if kind not in ("id", "text"):
        words = (*YES, *NO) if kind == "flag" else ()
        different = [v if v.casefold() in words or IMPERSONAL.fullmatch(v) else shape(v) for v in different[:_EXAMPLES]]
        personal = False
    else:
        short = len(different) <= _LIST_SIZE and all(
            len(v) <= (_LATIN_WORD if v.isascii() else _CHINESE_WORD) and not TELLING.search(v) for v in different
        )
        personal = name not in _LISTS or guessed or not short
    if not different:
        return "（前面的行都是空的）"
    if personal:
        return "形如：" + "、".join(list(dict.fromkeys(map(shape, different)))[:_EXAMPLES])
    return "例：" + "、".join(v[:30] for v in different[:_EXAMPLES])


def shape(text: str) -> str:
    """Return what a value looks like without what it says: digits 0, Latin letters A or a, all other letters 某.

    >>> shape("K0012-b"), shape("张伟（138 0000）"), shape("x" * 40)
    ('A0000-a', '某某（000 0000）', 'aaaaaaaaaaaaaaaaaaaa…')
    """
    masked = re.sub(r"\d", "0", text)
    masked = re.sub(r"[A-ZＡ-Ｚ]", "A", re.sub(r"[a-zａ-ｚ]", "a", masked))
    masked = re.sub(r"[^\W\d_]", lambda m: m[0] if m[0] in "Aa" else "某", masked)
    return masked if len(masked) <= _SHAPE else masked[:_SHAPE] + "…"


def spelled(word: str) -> str:
    """Return a word of the vocabulary as its file spells it; words that were joined, each."""
    return " + ".join(vocabulary().spelling.get(w, w) for w in word.split(" + "))


def _text(value: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Sequence[str]) -> str:
    return "[" + ", ".join(_text(v) for v in values) + "]"
