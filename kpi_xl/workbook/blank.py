"""A form without a person: blank, or with values that somebody typed on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from kpi_xl.native.lowering import Kept, Mode, lower_template
from kpi_xl.schemes.inputs import inputs_of_scheme
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import score, with_parameters
from kpi_xl.scoring.values import read_values
from kpi_xl.template import compile_template
from kpi_xl.workbook.forms import form_template
from kpi_xl.workbook.outputs import cached_outputs, form_inputs


class FilledForm(NamedTuple):
    """The workbook, and the calls in it that have no native form."""

    data: bytes
    kept: tuple[Kept, ...]


class _Nothing(Mapping[str, None]):
    """A view that knows every name and has nothing to say: every placeholder becomes a blank cell, every loop empty."""

    def __getitem__(self, key: str) -> None:
        return None

    def __contains__(self, key: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def fill_form(scheme: Scheme, values: Mapping[str, str], *, months: int = 1, formulas: Mode = "native") -> FilledForm:
    """Return the form of a scheme with the given values and nothing else. Raises KpiError for values that it refuses.

    `formulas`: what becomes of ``KPI_*`` calls (see `kpi_xl.native.lowering`).
    """
    appraisal = score(_scorable(scheme) if not values else scheme, values, months=months)
    read = read_values(scheme, values, {}, [])
    known = {entry.key for entry in inputs_of_scheme(scheme)}
    inputs = form_inputs(scheme, {k: v for k, v in read.items() if k in known}, appraisal, months=months)
    with TemporaryDirectory(prefix="kpi-xl-") as folder:
        lowered = lower_template(form_template(scheme, Path(folder)), scheme, formulas)
    cached = cached_outputs(scheme, read, appraisal, months=months)
    return FilledForm(compile_template(lowered.data).render(_Nothing(), cached=cached, inputs=inputs), lowered.kept)


def _scorable(scheme: Scheme) -> Scheme:
    """Return the scheme with stand-ins for parameters that the company has not filled in: a blank form needs no limit yet."""
    return with_parameters(scheme, {p.id: 1 for p in scheme.parameters if p.value is None})
