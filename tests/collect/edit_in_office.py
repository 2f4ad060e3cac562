"""Runs in LibreOffice's Python, outside pytest: edits cells of workbooks as a person would after taking the protection off.

Reads a JSON job per line: ``{"open": url, "save": url, "edits": [[sheet, cell, value], ...]}``. A text that begins with ``=`` is
a formula, None clears.
"""

import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(240):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:
            time.sleep(0.25)
    raise SystemExit("LibreOffice did not answer")


def prop(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


if __name__ == "__main__":
    context = connect(sys.argv[1])
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    for line in sys.stdin:
        job = json.loads(line)
        document = desktop.loadComponentFromURL(job["open"], "_blank", 0, (prop("Hidden", True),))
        for name, address, value in job["edits"]:
            sheet = document.Sheets.getByName(name)
            sheet.unprotect("")
            cell = sheet.getCellRangeByName(address)
            if value is None:
                cell.Formula = ""
            elif isinstance(value, str) and value.startswith("="):
                cell.Formula = value
            elif isinstance(value, str):
                cell.String = value
            else:
                cell.Value = value
        document.storeToURL(job["save"], (prop("FilterName", "Calc MS Excel 2007 XML"),))
        document.close(True)
        print("done", flush=True)
