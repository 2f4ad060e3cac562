"""The message for a file of which no sheet can be used: what is wanting, what was found instead, which line to write."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from kpi_xl.errors import KpiError, Place, Problem, Text, shown_name
from kpi_xl.exports.columns.header import Candidate, Feed, Header, Match
from kpi_xl.exports.columns.vocabulary import normalise, vocabulary
from kpi_xl.exports.model import RawSheet
from kpi_xl.nearest import did_you_mean
from kpi_xl.tables import TABLES

_SHOWN = 12


def unusable(path: Path, sheets: Sequence[tuple[RawSheet, Header | None, Sequence[Candidate]]], *, is_roster: bool) -> KpiError:
    """Return the error for a file without a usable sheet; the sheet that comes nearest to a table is explained."""
    scored = [
        (merit(candidate), index)
        for index, (_, _, found) in enumerate(sheets)
        for candidate in found
        if not is_roster or candidate.feed.table == "roster"
    ]
    if not scored:
        return _no_header(path, sheets)
    _, index = max(scored, key=lambda item: (item[0], -item[1]))
    sheet, header, found = sheets[index]
    nearest = max((c for c in found if not is_roster or c.feed.table == "roster"), key=merit)
    if header is None or not any(m.how != "weak" for m in nearest.feed.matches.values()):
        return _no_header(path, sheets)
    return _missing_columns(path, sheet, header, nearest)


def merit(candidate: Candidate) -> tuple[int, int, int]:
    """Tell how near a sheet comes to a table: recognised at all, number of columns found, number of columns wanting."""
    strong = sum(1 for m in candidate.feed.matches.values() if m.how != "weak")
    return (int(candidate.marked), strong, -len(candidate.missing))


def _no_header(path: Path, sheets: Sequence[tuple[RawSheet, Header | None, Sequence[Candidate]]]) -> KpiError:
    header = next((h for _, h, _ in sheets if h is not None), None)
    found = _listed([n for n in header.names if n] if header else [])
    return KpiError.at(
        Place.of(path),
        Text(f"前 30 行里没有认得的表头；看到的是：{found}", f"no known header within the first 30 rows; found: {found}"),
        Text(
            f"请运行 kpi-xl map {shown_name(path)} 生成映射文件草稿，写明表头行（header_row）和各列，再用 --mapping 给出",
            f"run `kpi-xl map {shown_name(path)}` for a draft of the mapping file; name header_row and the columns; --mapping",
        ),
    )


def _missing_columns(path: Path, sheet: RawSheet, header: Header, candidate: Candidate) -> KpiError:
    table = TABLES[candidate.feed.table]
    wanting = [table.column(name) for name in candidate.missing]
    if not wanting:  # everything required is there, but nothing that tells what kind of table it is
        wanting = [table.column(m) for m in vocabulary().tables[table.name].marks if m not in candidate.feed.matches][:1]
    used = {p for m in candidate.feed.matches.values() for p in m.positions}
    free = [n for i, n in enumerate(header.names) if n and i not in used]
    near = {c.name: nearest_headers(table.name, c.name, free) for c in wanting}
    lines = "\n".join(f'  {c.name} = "{near[c.name][0] if near[c.name] else "列名"}"    # {c.zh}' for c in wanting)
    if set(table.required) <= set(candidate.missing):  # a section with all of them is complete: what was found goes with it
        lines += "".join(f"\n  {name} = {_headers(header, match)}" for name, match in candidate.feed.matches.items())
    zh = "、".join(f"{c.zh}（{c.name}）" for c in wanting)
    en = ", ".join(c.name for c in wanting)
    found = _listed(free)
    nearest = "；".join(f"{c.name} 最接近的是 {'、'.join(near[c.name])}" for c in wanting if near[c.name])
    snippet = f'[[export]]\nfile = "{shown_name(path)}"\n[export.{table.name}.columns]\n{lines}'
    return KpiError.at(
        Place.of(path, sheet.sheet),
        Text(
            f"像是{table.zh}（{table.name}），但缺少必需的列：{zh}。没有用上的列有：{found}"
            + (f"。{nearest}" if nearest else ""),
            f"looks like {table.name}, but required columns are absent: {en}. Unused headers: {found}",
        ),
        Text(
            "请导出带有该列的明细；若它叫别的名字，请在映射文件中写明："
            f"\n{snippet}\n（kpi-xl map {shown_name(path)} 可生成草稿）",
            "export the records with that column; if it has another name, say so in the mapping file:"
            f"\n{snippet}\n(`kpi-xl map {shown_name(path)}` writes a draft)",
        ),
    )


def _headers(header: Header, match: Match) -> str:
    names = [f'"{header.names[p]}"' for p in match.positions]
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def check_mapped_headers(sheet: RawSheet, header: Header, feeds: Sequence[Feed]) -> None:
    """Raise KpiError when the mapping file names headers that the sheet does not have; all of them at once."""
    problems = []
    names = [n for n in header.names if n]
    for feed in feeds:
        parts = {"columns": feed.mapping.columns, "prefer": feed.mapping.prefer}
        named = [(f"{feed.table}.{part}.{c}", h) for part, said in parts.items() for c, hs in said.items() for h in hs if h]
        named += [(f"{feed.table}.completeness", h) for h in feed.mapping.completeness]
        for where, wanted in named:
            if header.position(wanted) is None:
                message = Text(f"没有叫“{wanted}”的列", f"there is no column {wanted!r}")
                problems.append(Problem(where, message, did_you_mean(wanted, names)))
    if problems:
        first = "、".join(p.message.zh for p in problems[:3])
        raise KpiError.at(
            Place(sheet.file, sheet.sheet),
            Text(f"与映射文件对不上：{first}", f"does not fit the mapping file: {len(problems)} headers are absent"),
            Text("请在映射文件中改成文件里的列名", "write the headers of the file into the mapping file"),
            problems,
        )


def nearest_headers(table: str, column: str, headers: Sequence[str], least: float = 0.5) -> list[str]:
    """Return up to three headers that resemble a word for the column, the nearest first.

    A header that resembles another column more is not offered: the customer's name must not be taken for the agent's.
    """
    words = vocabulary().tables[table]
    known = {c: (*words.strong.get(c, ()), *words.weak.get(c, ())) for c in {*words.strong, *words.weak}}
    scored = []
    for header in headers:
        form = normalise(header)
        alike = {c: max((difflib.SequenceMatcher(None, form, w).ratio() for w in ws), default=0.0) for c, ws in known.items()}
        ratio = alike.get(column, 0.0)
        if ratio >= least and ratio == max(alike.values()):
            scored.append((-ratio, header))
    return [header for _, header in sorted(scored)[:3]]


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "—"
    shown = "、".join(names[:_SHOWN])
    return shown + (f" … 共 {len(names)} 列" if len(names) > _SHOWN else "")
