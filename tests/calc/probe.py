"""Runs inside LibreOffice, beside the add-in, during tests only: tells how many tables the add-in keeps for open documents."""

import unohelper
from com.sun.star.task import XJob


class Probe(unohelper.Base, XJob):
    def execute(self, arguments):
        import gc

        from kpi_xl.calc.results import living_tables

        gc.collect()
        return living_tables()


g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - the name that LibreOffice looks for
g_ImplementationHelper.addImplementation(lambda context: Probe(), "org.kpixl.tests.Probe", ("org.kpixl.tests.Probe",))
