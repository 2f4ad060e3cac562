"""``kpi-xl check``: what the exports hold and what they are taken to mean, as a workbook that HR corrects and gives back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpi_xl.arguments import local_now
from kpi_xl.cli import console
from kpi_xl.errors import KpiError, Place, Text

if TYPE_CHECKING:
    from kpi_xl.check.model import Check, FileRow


def check_command(
    exports: Annotated[list[Path], typer.Argument(help="导出的文件（CSV、TSV、XLSX、XLS）或放导出文件的文件夹，可给多个")],
    out: Annotated[Path, typer.Option("--out", help="写成的工作簿，如 导入检查.xlsx；改好后用 --mapping 给出")],
    roster: Annotated[Path | None, typer.Option("--roster", help="花名册")] = None,
    ratings: Annotated[Path | None, typer.Option("--ratings", help="人工评分表（xlsx 或 csv）")] = None,
    scheme: Annotated[str | None, typer.Option("--scheme", help="考核方案：只有它用到的口径才要确认")] = None,
    variant: Annotated[list[str] | None, typer.Option("--variant", help="方案变体，可重复")] = None,
    period: Annotated[str | None, typer.Option("--period", help="考核周期：2025-09、2025-Q3 或 2025")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="映射文件：TOML，或先前填好的导入检查.xlsx")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="另外输出一份 JSON")] = False,
) -> None:
    """生成考核表之前检查导出文件：读到了什么、当作什么，由人力资源确认。  What the exports mean, for HR to confirm."""
    from kpi_xl.check.book import check_book
    from kpi_xl.check.build import build_check
    from kpi_xl.check.model import Request
    from kpi_xl.check.reading import files_of
    from kpi_xl.outputs import require_free, write_output
    from kpi_xl.periods import Period

    if out.suffix.lower() != ".xlsx":
        raise KpiError(
            Text(f"不能写成“{out.suffix}”文件", f"cannot write a {out.suffix!r} file"),
            Text("请写成 .xlsx，如 导入检查.xlsx", "use .xlsx, for instance 导入检查.xlsx"),
            where=Place.of(out),
        )
    read = (*exports, roster, ratings, mapping, scheme)
    require_free(out, read)
    files = files_of(exports, (roster, ratings, mapping))
    request = Request(
        exports=files,
        now=local_now(),
        roster=roster,
        ratings=ratings,
        scheme=scheme,
        variants=tuple(variant or ()),
        period=None if period is None else Period.parse(period),
        mapping=mapping,
    )
    check = build_check(request)
    write_output(out, check_book(check), (*read, *files))
    if as_json:
        console.write_json(_document(check, out))
    else:
        _tell(check, out)
    if check.unusable:
        raise typer.Exit(1)


def _tell(check: Check, out: Path) -> None:
    for file in check.unusable:
        if file.error is not None:
            console.fail(file.error)
    waiting = check.waiting
    read = sum(row.rows_read or 0 for row in check.files)
    used = sum(row.rows_used or 0 for row in check.files)
    console.say(
        Text(
            f"读取 {read} 行，采用 {used} 行；待确认 {len(waiting)} 处，人员要看 {len(check.people)} 处",
            f"{read} rows read, {used} used; {len(waiting)} meanings to confirm, {len(check.people)} remarks on people",
        )
    )
    for row in waiting:
        one = row.decision
        place = Place(one.file or "*", one.sheet, one.header).text
        console.say(
            Text(
                f"  待确认：{one.kind.title.zh} —— {place.zh}：{one.evidence.zh}",
                f"  to confirm: {one.kind.title.en} - {place.en}: {one.evidence.en}",
            )
        )
    console.say(
        Text(
            f"已写入 {out}：选好后保存，用 --mapping {out} 给出",
            f"written to {out}: choose, save, and give it with --mapping {out}",
        )
    )


def _document(check: Check, out: Path) -> dict[str, Any]:
    language = console.language()
    return {
        "out": str(out),
        "period": None if check.request.period is None else str(check.request.period),
        "to_confirm": len(check.waiting),
        "files": [_file(row) for row in check.files],
        "decisions": [
            {
                "kind": row.decision.kind.code,
                "title": row.decision.kind.title.in_language(language),
                "ground": row.decision.ground,
                "file": row.decision.file,
                "sheet": row.decision.sheet,
                "column": row.decision.header or row.decision.column,
                "table": row.decision.table,
                "answer": row.decision.answer,
                "evidence": row.decision.evidence.in_language(language),
                "count": row.decision.count,
                "stops": row.decision.stops,
                "used": row.used,
                "line": row.line,
            }
            for row in check.decisions
        ],
        "columns": [
            {"file": row.file, "sheet": row.sheet, "table": row.table, "header": row.header, "meaning": row.meaning}
            for row in check.columns
        ],
        "people": [
            {"state": row.state, "who": row.who, "file": row.file, "rows": row.rows, "note": row.note, "near": list(row.near)}
            for row in check.people
        ],
        "months": [
            {
                "file": row.file,
                "sheet": row.sheet,
                "table": row.table,
                "month": row.month,
                "counts": dict(zip(check.month_heads, row.counts, strict=False)),
                "in_period": row.in_period,
            }
            for row in check.months
        ],
        "repeated": [{"file": row.file, "sheet": row.sheet, "reason": row.reason, "count": row.count} for row in check.repeats],
    }


def _file(row: FileRow) -> dict[str, Any]:
    return {
        "role": row.role,
        "file": row.file,
        "sheet": row.sheet,
        "usable": row.usable,
        "tables": row.tables,
        "header_row": row.header_row,
        "encoding": row.encoding,
        "rows_read": row.rows_read,
        "rows_used": row.rows_used,
        "rows_set_aside": row.rows_set_aside,
        "why": row.why,
        "facts": row.facts,
    }
