"""``kpi-xl map``: a first mapping file for exports whose columns have other names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpi_xl.cli import console
from kpi_xl.errors import Text
from kpi_xl.outputs import require_free, write_output


def map_command(
    exports: Annotated[list[Path], typer.Argument(help="导出的文件（CSV、TSV、XLSX、XLS），可给多个")],
    out: Annotated[Path | None, typer.Option("--out", help="写到文件；不写则显示在屏幕上")] = None,
) -> None:
    """起草列映射文件：猜到了什么、为什么。Draft a mapping file: what was guessed, and why."""
    from kpi_xl.exports.columns.draft import draft_mapping

    if out is not None:
        require_free(out, exports)
    draft = draft_mapping(exports)
    if out is None:
        console.say(draft)
        return
    write_output(out, draft, exports)
    console.say(
        Text(
            f"草稿已写到 {out}，核对后用 --mapping {out} 给出",
            f"the draft is in {out}; check it, then give it with --mapping {out}",
        )
    )
