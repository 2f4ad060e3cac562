"""A first mapping file for an export: what was guessed, by which word, with examples; directly usable with ``--mapping``."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kpi_xl.exports.header import (
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
from kpi_xl.exports.load import open_file
from kpi_xl.exports.model import RawSheet
from kpi_xl.exports.refusal import merit, nearest_headers
from kpi_xl.exports.stage import order_of_sample
from kpi_xl.exports.vocabulary import vocabulary
from kpi_xl.tables import TABLES

_HOW = {
    "synonym": "按词“{word}”",
    "weak": "按一般的词“{word}”猜的，请核对",
    "together": "按词“{word}”合成",
    "mapping": "",
    "fallback": "",
}
_EXAMPLES = 3
_HELPERS = {"agent_name": "客服姓名", "updated_at": "最后更新时间"}
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
            drafts = [_draft_sheet(path.name, sheet) for sheet in sheets]
        usable = [text for text, complete in drafts if complete]
        parts += usable or [text for text, _ in drafts[:1]]
    return "\n".join(parts)


def _draft_sheet(file: str, sheet: RawSheet) -> tuple[str, bool]:
    """Return the entry of one sheet and whether it is complete."""
    header = find_header(sheet.head, None) or guess_header(sheet.head)
    if header is None:
        return f"# {file}：没有内容\n", False
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
    lines.append(f"header_row = {header.index + 1}    # 表头所在行，从 1 数起")
    lines.append(f"tables = {_list([f.table for f in feeds])}    # 供给哪些表：{'、'.join(TABLES[f.table].zh for f in feeds)}")
    lines += _date_order(header, sample, feeds)
    for index, feed in enumerate(feeds):
        lines += ["", *_draft_feed(feed, feeds[:index], header, sample)]
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


def _draft_feed(feed: Feed, before: Sequence[Feed], header: Header, sample: Sequence[Sequence[str]]) -> list[str]:
    table = TABLES[feed.table]
    lines = [f"[export.{feed.table}.columns]    # {table.zh}"]
    unused = [n for i, n in enumerate(header.names) if n and i not in {p for m in feed.matches.values() for p in m.positions}]
    order = [c.name for c in table.columns]
    for name in sorted(feed.matches, key=lambda n: order.index(n) if n in order else len(order)):
        lines.append(_setting(name, feed.matches[name], feed.table, header, sample))
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
    examples = list(dict.fromkeys(column_values(match.positions[0], sample)))[:_EXAMPLES]
    shown = "、".join(" ".join(e.split())[:30] for e in examples) or "（前面的行都是空的）"
    zh = next((c.zh for c in TABLES[table].columns if c.name == name), None) or _HELPERS[name]
    return f"{name} = {value}    # {zh}；{_HOW[match.how].format(word=_spelled(match.word))}；例：{shown}"


def _spelled(word: str) -> str:
    return " + ".join(vocabulary().spelling.get(w, w) for w in word.split(" + "))


def _text(value: str) -> str:
    """Return a TOML string; JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Sequence[str]) -> str:
    return "[" + ", ".join(_text(v) for v in values) + "]"
