"""The native form of each cell function: what a ``KPI_*`` call becomes in a workbook that is opened without any add-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kpi_xl.native import figures, grades, groups, judging, points
from kpi_xl.native.forms import Form, NoNativeFormError, Operand, Standard

FORMS: Mapping[str, Form] = {**grades.FORMS, **points.FORMS, **judging.FORMS, **figures.FORMS, **groups.FORMS}
"""The native form of every function that has one, by name."""


def native_form(name: str, terms: Sequence[Operand], standard: Standard) -> str:
    """Return the native form of a call (`terms`: its arguments without the scheme). Raises NoNativeFormError."""
    form = FORMS.get(name)
    if form is None:
        raise NoNativeFormError(f"{name} 没有对应的原生公式", f"{name} has no native form")
    return form(standard, terms)
