"""The template engine: workbooks that somebody drew in Excel or WPS, filled by joining bytes and read back by names.

``compile_template(file)`` reads and checks a template once, ``Template.render(view)`` fills it; ``read_form(file)`` returns
what stands behind the defined names of a filled form; ``lint(file)`` looks for mistakes inside a workbook file.
"""

from kpi_xl.template.compile import compile_template
from kpi_xl.template.lint import lint
from kpi_xl.template.read import CellError, NamedCell, read_form, read_named_cells
from kpi_xl.template.render import Template
from kpi_xl.template.values import Locked

__all__ = ["CellError", "Locked", "NamedCell", "Template", "compile_template", "lint", "read_form", "read_named_cells"]
