"""Finds out why a function does not work in Excel: each check says what it found and what to do.

It reads the registry and files and runs Python; Excel is not started. The places in the registry are those that Microsoft
documents for Office 2010 to 365. None of it was ever run on a real Windows: the tests make the computers up.
"""

from __future__ import annotations

from kpi_xl.excel.doctor.add_ins import check_add_ins, check_routes, find_routes
from kpi_xl.excel.doctor.checkup import Checkup, Run, run_program
from kpi_xl.excel.doctor.office import check_excel, find_office
from kpi_xl.excel.doctor.places import check_configuration, check_places
from kpi_xl.excel.doctor.python import check_python, check_start
from kpi_xl.excel.doctor.trust import check_trust
from kpi_xl.excel.windows import Windows

__all__ = ["Checkup", "Run", "examine", "run_program"]


def examine(windows: Windows, run: Run = run_program) -> list[Checkup]:
    """Check the computer and return what was found, in the order in which to mend it.

    Excel and WPS; which route is there; what forbids add-ins and macros; the add-ins' files; xlwings.conf; Python and the DLL;
    what forbids Excel to start Python; folders of OneDrive.
    """
    office = find_office(windows)
    routes = find_routes(windows)
    return [
        *check_excel(office),
        *check_routes(windows, office, routes),
        *check_trust(windows, office, routes),
        *check_add_ins(windows, office, routes),
        *check_configuration(windows, routes),
        *check_python(windows, office, routes, run),
        *check_start(windows, routes),
        *check_places(windows, office, routes),
    ]
