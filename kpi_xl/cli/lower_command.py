"""``kpi-xl template lower``: any workbook without the add-in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpi_xl.cli import console
from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.outputs import require_free, write_output
from kpi_xl.standard import open_scheme

if TYPE_CHECKING:
    from kpi_xl.workbook.lowered import LoweredBook

_MOST_LINES = 40
_KINDS = (".xlsx", ".xlsm", ".xltx", ".xltm")


def lower_command(
    book: Annotated[Path, typer.Argument(help="任何用到 KPI 函数的工作簿（.xlsx、.xlsm）")],
    out: Annotated[Path, typer.Option("--out", help="写到哪个文件（后缀与原文件相同）")],
    scheme: Annotated[
        str | None,
        typer.Option("--scheme", help="没有写方案的函数按哪个方案；不写则用本簿的“评级标准”，没有则用 appliance-agent"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出一份 JSON")] = False,
) -> None:
    """把任何工作簿里的 KPI 函数换成原生公式（另存），没装加载项也能算。Lower the KPI functions of any workbook."""
    from kpi_xl.schemes.load import without_variants
    from kpi_xl.workbook.lowered import lower_workbook

    _same_kind(book, out)
    inputs = (book, scheme, without_variants(scheme) if scheme else None)
    require_free(out, inputs)
    chosen = open_scheme(scheme) if scheme else None
    done = lower_workbook(book, chosen)
    write_output(out, done.data, inputs)
    _warn(done, book.name)
    if as_json:
        console.write_json(_document(done, out))
        return
    console.say(_summary(done, out))


def _same_kind(book: Path, out: Path) -> None:
    """Refuse another suffix: Excel does not open a workbook with macros that is called .xlsx. Raises KpiError."""
    if out.suffix.lower() != book.suffix.lower() or out.suffix.lower() not in _KINDS:
        wanted = book.suffix if book.suffix.lower() in _KINDS else ".xlsx"
        raise KpiError(
            Text(f"不能把 {book.name} 写成 {out.name}", f"{book.name} cannot be written as {out.name}"),
            Text(f"两个文件的后缀要相同，如 {book.stem}-原生{wanted}", f"both need the same suffix, such as {wanted}"),
            where=Place.of(book),
        )


def _warn(done: LoweredBook, file: str) -> None:
    """List on stderr what stays, what shows something else, and what was decided."""
    for remark in done.remarks:
        console.warn(remark)
    kept = [
        Text(
            f"{file} {one.where}：{one.formula} 没有换（{one.reason.zh}），公式原样保留",
            f"{file} {one.where}: {one.formula} was left as it is ({one.reason.en})",
        )
        for one in done.kept
    ]
    different = [
        Text(
            f"{file} {one.where}：{one.formula} 换成原生公式后显示“{one.native}”，函数的结果是“{one.function}”",
            f"{file} {one.where}: {one.formula} shows {one.native!r} as a native formula, the function gives {one.function!r}",
        )
        for one in done.different
    ]
    for lines in (kept, different):
        _warn_some(lines)
    if done.signed:
        console.warn(
            Text(f"{file} 有数字签名；新文件内容已变，不带这个签名", f"the digital signature of {file} is not carried over")
        )


def _warn_some(lines: Sequence[Text]) -> None:
    for line in lines[:_MOST_LINES]:
        console.warn(line)
    if len(lines) > _MOST_LINES:
        more = len(lines) - _MOST_LINES
        console.warn(Text(f"……还有 {more} 处，用 --json 查看全部", f"... and {more} more: --json lists all"))


def _summary(done: LoweredBook, out: Path) -> Text:
    if not done.lowered and not done.kept:
        return Text(f"没有 KPI 函数，原样写出 {out}", f"no KPI functions; {out} is an unchanged copy")
    sheets = f"，加了工作表 {'、'.join(done.sheets)}" if done.sheets else ""
    added = f", added {', '.join(done.sheets)}" if done.sheets else ""
    other = f"，{len(done.different)} 处结果与函数不同" if done.different else ""
    others = f", {len(done.different)} show another result" if done.different else ""
    absent = f"，{done.dropped} 处的值由打开它的程序计算" if done.dropped else ""
    left = f", {done.dropped} values are computed on opening" if done.dropped else ""
    return Text(
        f"已写出 {out}：{done.lowered} 处换成原生公式，{len(done.kept)} 处没有换{other}{absent}{sheets}",
        f"written to {out}: {done.lowered} lowered, {len(done.kept)} left{others}{left}{added}",
    )


def _document(done: LoweredBook, out: Path) -> dict[str, object]:
    lang = console.language()
    return {
        "file": str(out),
        "lowered": done.lowered,
        "left": [{"where": one.where, "formula": one.formula, "reason": one.reason.in_language(lang)} for one in done.kept],
        "different": [
            {"where": one.where, "formula": one.formula, "native": one.native, "function": one.function} for one in done.different
        ],
        "sheets": list(done.sheets),
        "remarks": [remark.in_language(lang) for remark in done.remarks],
        "computed_on_opening": done.dropped,
        "unchecked": done.unsure,
    }
