"""``kpi-xl schemes`` and ``kpi-xl scheme show|check|export``."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpi_xl.cli import console
from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.glossary import ORIGIN, TARGET, WEIGHT
from kpi_xl.outputs import require_page, write_output, write_page
from kpi_xl.standard import open_scheme, read_scheme

if TYPE_CHECKING:
    from kpi_xl.schemes import Scheme

scheme_app = typer.Typer(no_args_is_help=True, help="查看、检查、导出考核方案。Show, check and export schemes.")

_CYCLES = {"month": "月", "quarter": "季", "year": "年"}
SchemeArgument = Annotated[str, typer.Argument(help="方案编号（可带变体）或方案文件（.toml、.xlsx）")]
VariantOption = Annotated[list[str] | None, typer.Option("--variant", help="变体，可写多次")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出一份 JSON")]


def schemes_command(
    as_json: JsonOption = False,
    docs: Annotated[bool, typer.Option("--docs", help="为每个方案写一页说明（Markdown）")] = False,
    out: Annotated[Path, typer.Option("--out", help="说明写到哪个文件夹")] = Path("docs/schemes"),
) -> None:
    """列出内置的考核方案，或写出说明。List the built-in schemes, or write their documentation."""
    from kpi_xl.schemes import list_schemes

    schemes = list_schemes()
    if docs:
        _write_pages(schemes, out)
        return
    if as_json:
        console.write_json(
            [
                {
                    "id": s.id,
                    "name": s.name,
                    "subject": s.subject,
                    "cycle": list(s.cycles),
                    "source": s.source,
                    "variants": [variant.id for variant in s.variants],
                }
                for s in schemes
            ]
        )
        return
    for s in schemes:
        cycles = "/".join(_CYCLES[cycle] for cycle in s.cycles)
        variants = f"  变体 {'、'.join(v.id for v in s.variants)}" if s.variants else ""
        console.say(f"{s.id:<24}{s.name}  [{cycles}]{variants}")


@scheme_app.command("show")
def show_command(
    scheme: SchemeArgument,
    variant: VariantOption = None,
    as_json: JsonOption = False,
) -> None:
    """显示方案：指标、权重、目标、计分规则、出处、等级。Show a scheme."""
    chosen = _open_for_reading(scheme, variant or ())
    if as_json:
        from kpi_xl.schemes.codec import scheme_table

        console.write_json(_plain(scheme_table(chosen)))
    else:
        _print(chosen)


@scheme_app.command("check")
def check_command(scheme: SchemeArgument) -> None:
    """检查方案文件，一次列出全部错误。Check a scheme; every mistake is listed at once."""
    chosen = _open_for_reading(scheme, ())
    console.say(
        Text(
            f"{chosen.id}：没有错误（{len(chosen.indicators)} 项指标，{len(chosen.variants)} 个变体）",
            f"{chosen.id}: no mistakes ({len(chosen.indicators)} indicators, {len(chosen.variants)} variants)",
        )
    )


@scheme_app.command("export")
def export_command(
    scheme: SchemeArgument,
    out: Annotated[Path, typer.Option("--out", help="写到 my.toml 或 my.xlsx")],
    variant: VariantOption = None,
) -> None:
    """导出方案，改后可用 --scheme 交回。Export a scheme to edit and give back."""
    from kpi_xl.schemes import write_scheme
    from kpi_xl.schemes.load import without_variants

    chosen = _open_for_reading(scheme, variant or ())
    if out.suffix.lower() == ".xlsx":
        from kpi_xl.workbook import write_scheme_workbook  # heavy: only for workbooks

        data = write_scheme_workbook(chosen)
    elif out.suffix.lower() == ".toml":
        data = write_scheme(chosen).encode("utf-8")
    else:
        raise KpiError(
            Text(f"不知道怎样写 {out.name}", f"cannot write {out.name}"),
            Text("文件名以 .toml 或 .xlsx 结尾", "end the name in .toml or .xlsx"),
            where=Place.of(out),
        )
    write_output(out, data, (scheme, without_variants(scheme)))
    console.say(Text(f"已导出到 {out}", f"written to {out}"))


def _write_pages(schemes: Sequence[Scheme], folder: Path) -> None:
    from kpi_xl.schemes.pages import scheme_pages

    pages = scheme_pages(schemes)
    for name in pages:
        require_page(folder / name)
    for name, text in pages.items():
        write_page(folder / name, text)
    console.say(Text(f"已写出 {len(pages)} 页，在 {folder}", f"wrote {len(pages)} pages to {folder}"))


def _open_for_reading(reference: str, variants: Sequence[str]) -> Scheme:
    """Open a scheme to look at: one that needs a variant is shown without."""
    from kpi_xl.schemes import read_base_scheme

    if variants:
        return open_scheme(reference, variants)
    if reference.lower().endswith((".xlsx", ".xlsm")):
        return read_scheme(Path(reference))
    return read_base_scheme(reference)


def _plain(value: Any) -> Any:  # noqa: ANN401 - the plain values of scheme_table
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _print(scheme: Scheme) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from kpi_xl.numbers import format_plain
    from kpi_xl.periods import BASIS_LABELS, Reckoning
    from kpi_xl.schemes.describe import rule_text
    from kpi_xl.schemes.targets import UNFILLED, target_text

    screen = Console(highlight=False)
    screen.print(f"{scheme.name}（{scheme.reference}）", markup=False)
    screen.print(
        f"{ORIGIN}：{scheme.source}　周期：{'/'.join(_CYCLES[c] for c in scheme.cycles)}　满分：{scheme.total:f}", markup=False
    )
    if scheme.reckoning != Reckoning():
        starts = [f"考核月从 {scheme.month_starts} 日开始"] if scheme.month_starts else []
        screen.print("；".join([*starts, *([f"工单{BASIS_LABELS[scheme.basis]}归入月份"] if scheme.basis else [])]), markup=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("指标", WEIGHT, TARGET, "计分规则"):
        table.add_column(head, overflow="fold")
    for indicator in scheme.indicators:
        table.add_row(
            f"{indicator.name} {indicator.id}",
            format_plain(indicator.weight),
            target_text(scheme, indicator),
            rule_text(scheme, indicator),
        )
    screen.print(table)
    for grade in scheme.grades:
        coefficient = "" if grade.coefficient is None else f"　绩效系数 {grade.coefficient:f}"
        actions = f"　{'；'.join(grade.actions)}" if grade.actions else ""
        screen.print(f"≥{grade.lower:f}　{grade.name}{coefficient}{actions}", markup=False)
    for variant in scheme.variants:
        screen.print(f"变体 {variant.id}：{variant.name}", markup=False)
    for parameter in scheme.parameters:
        value = UNFILLED if parameter.value is None else f"{parameter.value:f}"
        screen.print(f"参数 {parameter.id}：{parameter.name} = {value}", markup=False)
