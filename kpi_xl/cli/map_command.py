"""``kpi-xl map``: a first mapping file for exports whose columns have other names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpi_xl.cli import console
from kpi_xl.errors import KpiError, Place, Text


def map_command(
    exports: Annotated[list[Path], typer.Argument(help="导出的文件（CSV、TSV、XLSX、XLS），可给多个")],
    out: Annotated[Path | None, typer.Option("--out", help="写到文件；不写则显示在屏幕上")] = None,
) -> None:
    """起草列映射文件：猜到了什么、为什么。Draft a mapping file: what was guessed, and why."""
    from kpi_xl.exports.columns.draft import draft_mapping

    draft = draft_mapping(exports)
    if out is None:
        console.say(draft)
        return
    if out.exists():
        raise KpiError(
            Text(f"{out} 已经存在，没有覆盖", f"{out} exists and was not overwritten"),
            Text("换一个文件名，或先移走它", "choose another name, or move it away"),
            where=Place.of(out),
        )
    out.write_text(draft, encoding="utf-8")
    console.say(
        Text(
            f"草稿已写到 {out}，核对后用 --mapping {out} 给出",
            f"the draft is in {out}; check it, then give it with --mapping {out}",
        )
    )
