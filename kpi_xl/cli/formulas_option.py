"""The option ``--formulas`` of the commands that write forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kpi_xl.errors import KpiError, Text

if TYPE_CHECKING:
    from kpi_xl.native.lowering import Mode

FormulasOption = Annotated[
    str, typer.Option("--formulas", help="考核表中的 KPI 函数：native 换成原生公式，functions 保留函数，values 只留数值")
]


def formulas_mode(given: str) -> Mode:
    """Return the mode that the option names. Raises KpiError."""
    from kpi_xl.native.lowering import MODES

    for mode in MODES:
        if given == mode:
            return mode
    raise KpiError(
        Text(f"--formulas 不能是“{given}”", f"--formulas cannot be {given!r}"),
        Text(f"写 {'、'.join(MODES)} 之一", f"write one of {', '.join(MODES)}"),
    )
