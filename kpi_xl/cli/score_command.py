"""``kpi-xl score``: typed values in, points with reasons, total and grade out. Light: no data libraries are imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpi_xl.cli import console
from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.glossary import POINTS, PROVISIONAL, WEIGHT

if TYPE_CHECKING:
    from kpi_xl.schemes import Scheme
    from kpi_xl.scoring import Appraisal


def score_command(
    scheme: Annotated[str, typer.Argument(help="方案编号（可带变体，如 appliance-agent:technical）或方案文件")],
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID=VALUE...", help="实际值：fcr=82%、handling_hours.normal=20、选项写名称"),
    ] = None,
    variant: Annotated[list[str] | None, typer.Option("--variant", help="变体，可写多次")] = None,
    waive: Annotated[list[str] | None, typer.Option("--waive", help="豁免的指标组，可写多次")] = None,
    parameter: Annotated[list[str] | None, typer.Option("--set", metavar="PARAM=VALUE", help="公司填写的参数，可写多次")] = None,
    period: Annotated[
        str, typer.Option("--period", help="考核周期（2025-09、2025-Q3、2025），决定按月目标的月数；不写按一个月")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="输出一份 JSON")] = False,
) -> None:
    """按方案给一个人计分，逐项写明算式。Score one person: every point with its calculation."""
    from kpi_xl.periods import Period
    from kpi_xl.scoring import score, with_parameters
    from kpi_xl.standard import open_scheme

    chosen = open_scheme(scheme, variant or ())
    entered = read_pairs(values or [])
    parameters = {item.id for item in chosen.parameters}
    inline = [f"{key}={value}" for key, value in entered.items() if key in parameters]
    filled = read_pairs([*(parameter or []), *inline], "--set ")
    chosen = with_parameters(chosen, filled)
    months = Period.parse(period).month_count if period else 1
    appraisal = score(
        chosen, {key: value for key, value in entered.items() if key not in parameters}, months=months, waive=tuple(waive or ())
    )
    if as_json:
        console.write_json(appraisal_json(chosen, appraisal))
    else:
        _print(chosen, appraisal)


def read_pairs(arguments: Sequence[str], option: str = "") -> dict[str, str]:
    """Read ``ID=VALUE`` arguments. Raises KpiError for those without ``=`` and for ids given twice, all at once."""
    found: dict[str, str] = {}
    problems = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        key = key.strip()
        if not equals or not key:
            message = Text(f"看不懂 {argument!r}", f"cannot read {argument!r}")
            problems.append(
                Problem(f"{option}{argument}", message, Text("写成 ID=数值，如 fcr=82%", "write ID=VALUE, such as fcr=82%"))
            )
        elif key in found:
            message = Text(f"{key} 写了两次", f"{key} is given twice")
            problems.append(Problem(f"{option}{argument}", message, Text("只保留一个", "keep one of them")))
        else:
            found[key] = value
    if problems:
        raise KpiError(
            Text("参数写法有误", "the arguments cannot be read"), Text("按每条提示修改", "follow the hint of each line"), problems
        )
    return found


def appraisal_json(scheme: Scheme, appraisal: Appraisal) -> dict[str, Any]:
    """Return the document of ``kpi-xl score --json``: numbers as strings, the coefficient as the scheme writes it."""
    from kpi_xl.numbers import format_points
    from kpi_xl.scoring.bonus import payout

    document: dict[str, Any] = {
        "scheme": appraisal.scheme,
        "variants": list(appraisal.variants),
        "points": {r.id: format_points(r.points) for r in appraisal.results if r.points is not None},
        "why": {r.id: r.why for r in appraisal.results},
        "total": None if appraisal.total is None else format_points(appraisal.total),
        "so_far": format_points(appraisal.so_far),
        "provisional": None if appraisal.provisional is None else format_points(appraisal.provisional),
        "grade": appraisal.grade,
        "coefficient": None if appraisal.coefficient is None else f"{appraisal.coefficient:f}",
        "actions": list(appraisal.actions),
        "missing": list(appraisal.missing),
        "subtotals": {group: None if points is None else format_points(points) for group, points in appraisal.subtotals},
        "notes": list(appraisal.notes),
    }
    figures = {name: format_points(value) for name, value in appraisal.figures}
    paid = payout(scheme, appraisal)
    if paid is not None:
        figures["payout"] = format_points(paid.amount)
    return document | ({"figures": figures} if figures else {})


def _print(scheme: Scheme, appraisal: Appraisal) -> None:
    variants = [variant.name for variant in scheme.variants if variant.id in appraisal.variants]
    console.say(f"{scheme.name}（{scheme.reference}）{' · '.join(variants)}")
    _print_points(scheme, appraisal)
    _print_total(scheme, appraisal)
    _print_figures(scheme, appraisal)
    for note in appraisal.notes:
        console.say(note)


def _print_points(scheme: Scheme, appraisal: Appraisal) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from kpi_xl.numbers import format_plain, format_points

    english = console.language() == "en"
    heads = ("indicator", "weight", "points", "calculation") if english else ("指标", WEIGHT, POINTS, "说明")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, head in enumerate(heads):
        table.add_column(head, justify="right" if index in (1, 2) else "left", overflow="fold")
    names = {group.id: group.name for group in scheme.groups}
    several = len({result.group for result in appraisal.results}) > 1
    for group, subtotal in appraisal.subtotals:
        rows = [result for result in appraisal.results if result.group == group]
        for result in rows:
            shown = "—" if result.points is None else format_points(result.points)
            table.add_row(escape(f"{result.name} {result.id}"), format_plain(result.weight), shown, escape(result.why))
        if rows and several:
            label = f"{names[group]} {'subtotal' if english else '小计'}"
            table.add_row(escape(label), "", "—" if subtotal is None else format_points(subtotal), "", style="dim")
    Console(highlight=False).print(table)


def _print_total(scheme: Scheme, appraisal: Appraisal) -> None:
    from kpi_xl.numbers import format_plain, format_points

    full, so_far = format_plain(scheme.total), format_points(appraisal.so_far)
    if appraisal.total is None:
        missing = "、".join(appraisal.missing)
        console.say(
            Text(
                f"总分：待评（已得 {so_far} / {full}，缺 {missing}）",
                f"Total: pending (so far {so_far} / {full}, missing {missing})",
            )
        )
    else:
        console.say(Text(f"总分：{so_far} / {full}", f"Total: {so_far} / {full}"))
    if appraisal.provisional is not None:
        shown = format_points(appraisal.provisional)
        console.say(
            Text(f"{PROVISIONAL}：{shown}（按已有指标折算，仅供参考）", f"Provisional (预估): {shown}, scaled from what is there")
        )
    if appraisal.grade is not None:
        coefficient = "无" if appraisal.coefficient is None else f"{appraisal.coefficient:f}"
        zh, en = (f"，绩效系数 {coefficient}", f", coefficient {coefficient}") if _has_coefficients(scheme) else ("", "")
        console.say(Text(f"等级：{appraisal.grade}{zh}", f"Grade: {appraisal.grade}{en}"))
    if appraisal.actions:
        console.say(Text(f"措施：{'；'.join(appraisal.actions)}", f"Actions: {'; '.join(appraisal.actions)}"))


def _has_coefficients(scheme: Scheme) -> bool:
    return any(grade.coefficient is not None for grade in scheme.grades)


def _print_figures(scheme: Scheme, appraisal: Appraisal) -> None:
    from kpi_xl.schemes.describe import UNIT_NAMES, format_amount
    from kpi_xl.scoring import payout

    figures = {figure.id: figure for figure in scheme.figures}
    for name, value in appraisal.figures:
        figure = figures[name]
        console.say(f"{figure.name}：{format_amount(value, figure.unit)}{UNIT_NAMES[figure.unit]}")
    paid = payout(scheme, appraisal)
    if paid is not None:
        console.say(Text(f"奖金：{paid.why}", f"Bonus: {paid.why}"))
