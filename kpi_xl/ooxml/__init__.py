"""The format of workbooks (Office Open XML): the package, its parts, addresses, formulas; reading cells; looking for mistakes.

``read_form(file)`` returns what stands behind the defined names of a workbook; ``lint(file)`` looks for mistakes inside one. This
room knows neither templates nor appraisal.
"""

from kpi_xl.ooxml.lint import lint
from kpi_xl.ooxml.read import ErrorValue, NamedCell, read_form, read_named_cells

__all__ = ["ErrorValue", "NamedCell", "lint", "read_form", "read_named_cells"]
