"""The template engine: workbooks that somebody drew in Excel or WPS, filled by joining bytes.

``compile_template(file)`` reads and checks a template once, ``Template.render(view)`` fills it. It knows nothing of appraisal.
"""

from kpi_xl.template.compile import compile_template
from kpi_xl.template.once import compile_once
from kpi_xl.template.render import Template
from kpi_xl.template.values import Locked, LockedText

__all__ = ["Locked", "LockedText", "Template", "compile_once", "compile_template"]
