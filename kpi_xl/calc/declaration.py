"""What LibreOffice reads before it runs any code: names, Chinese documentation, the parts of the package."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from kpi_xl.functions import Argument, Function
from kpi_xl.functions.calc_notes import EMPTY_CELL, empty_is_zero

IDENTIFIER = "org.kpixl.functions"
"""The extension's identifier, by which `unopkg` removes it."""
SERVICE = "org.kpixl.Functions"
SERVICE_XLL = "_xll"
"""The second name of the same component: a formula that Excel saved as ``_xll.KPI_GRADE(B1)`` finds it when a file is loaded."""
RESOLVE_JOB = "org.kpixl.ResolveNames"
"""The job that resolves short names after a file was loaded (`component.ResolveNames`)."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_COMPONENT = "kpi_functions.py"
_TYPES = "kpixl.rdb"


def write_add_ins(functions: Iterable[Function]) -> str:
    """Return ``CalcAddIns.xcu``: what the function wizard shows, in Chinese whatever the language of the office."""
    listed = list(functions)
    return (
        f'{_HEAD}<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        'oor:name="CalcAddIns" oor:package="org.openoffice.Office">\n<node oor:name="AddInInfo">\n'
        + _service(SERVICE, listed, "")
        + _service(SERVICE_XLL, listed, "_xll.")
        + "</node>\n</oor:component-data>\n"
    )


def _service(service: str, functions: Iterable[Function], prefix: str) -> str:
    nodes = "".join(_function(function, prefix) for function in functions)
    return f'<node oor:name={quoteattr(service)} oor:op="replace">\n<node oor:name="AddInFunctions">\n{nodes}</node>\n</node>\n'


def _function(function: Function, prefix: str) -> str:
    parameters = "".join(
        f'<node oor:name={quoteattr(argument.name)} oor:op="replace">'
        f"{_texts('DisplayName', argument.name)}{_texts('Description', argument_text(argument))}</node>\n"
        for argument in function.arguments
    )
    return (
        f'<node oor:name={quoteattr(function.name)} oor:op="replace">\n'
        f"{_texts('DisplayName', prefix + function.name)}{_texts('Description', function.doc)}"
        '<prop oor:name="Category"><value>Add-In</value></prop>'
        f"{_texts('CompatibilityName', prefix + function.name)}\n"
        f'<node oor:name="Parameters">\n{parameters}</node>\n</node>\n'
    )


def argument_text(argument: Argument) -> str:
    """Return what the function wizard says of an argument: its explanation, and what Calc makes of an empty cell there."""
    return f"{argument.doc}{EMPTY_CELL}" if empty_is_zero(argument) else argument.doc


def _texts(name: str, text: str) -> str:
    return f'<prop oor:name="{name}"><value xml:lang="en-US">{escape(text)}</value></prop>'


def write_jobs() -> str:
    """Return ``Jobs.xcu``: after a document was loaded, the component enters its ``KPI_...`` formulas again."""
    return (
        f'{_HEAD}<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        'oor:name="Jobs" oor:package="org.openoffice.Office">\n'
        f'<node oor:name="Jobs"><node oor:name="{RESOLVE_JOB}" oor:op="replace">'
        f'<prop oor:name="Service"><value>{RESOLVE_JOB}</value></prop></node></node>\n'
        '<node oor:name="Events"><node oor:name="OnLoadFinished" oor:op="fuse"><node oor:name="JobList">'
        f'<node oor:name="{RESOLVE_JOB}" oor:op="replace"/></node></node></node>\n</oor:component-data>\n'
    )


def write_manifest() -> str:
    """Return ``META-INF/manifest.xml``."""
    entries = (
        (_TYPES, "application/vnd.sun.star.uno-typelibrary;type=RDB"),
        (_COMPONENT, "application/vnd.sun.star.uno-component;type=Python"),
        ("Jobs.xcu", "application/vnd.sun.star.configuration-data"),
        ("CalcAddIns.xcu", "application/vnd.sun.star.configuration-data"),
    )
    lines = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>\n' for path, kind in entries
    )
    return f'{_HEAD}<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">\n{lines}</manifest:manifest>\n'


def write_description(version: str) -> str:
    """Return ``description.xml``."""
    return (
        f'{_HEAD}<description xmlns="http://openoffice.org/extensions/description/2006" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">\n'
        f'<identifier value="{IDENTIFIER}"/>\n<version value="{version}"/>\n'
        '<display-name><name lang="en">KPI 考核函数 (kpi-xl)</name></display-name>\n'
        '<dependencies><OpenOffice.org-minimal-version value="4.1"/></dependencies>\n'
        "</description>\n"
    )
