"""Runs in LibreOffice's Python, outside pytest: opens or makes a workbook, edits it, saves it, reads results.

Reads one JSON job per line from stdin, answers each with one line of JSON:
``{"open": url|null, "cells": {address: value}, "formulas": {address: text}, "arrays": {range: text}, "edits": [[sheet, address,
value], ...], "save": {filter: url}, "read": [range, ...], "data": [range, ...], "formula_of": [address, ...],
"cases": [{address: value}, ...], "results": [address, ...], "load": {property: value}, "basic": true, "probe": service|null}``.

Addresses without a sheet are of the first one. `edits` are made as a person would after taking the protection off; a text that
begins with ``=`` is a formula, None clears. `cases` are typed in one after the other, each cleared before the next; after each
everything is computed anew, and the cells `results` are read. Errors of cells are read as ``"Err:502"``; `data` and `results`
read large ranges at once, with nothing in place of an error. `load` are properties for opening, such as the filter; `basic` asks
for the macros of the document as well: name of the library, whether it is VBA, and the source of each module. `probe` is the name
of a service (a job of the test's own, inside LibreOffice) whose answer is read while the document is open. `untouched` tells
whether the document is neither modified nor can anything be undone.
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


def value_of(cell):
    if cell.getError():
        return f"Err:{cell.getError()}"
    text_formula = cell.Type.value == "FORMULA" and cell.FormulaResultType2 == 2  # STRING
    return cell.String if text_formula or cell.Type.value in ("TEXT", "EMPTY") else cell.Value


def edit(sheet, address, value):
    sheet.unprotect("")
    put(sheet.getCellRangeByName(address), value)


def put(cell, value):
    if value is None:
        cell.Formula = ""
    elif isinstance(value, str) and value.startswith("="):
        cell.Formula = value
    elif isinstance(value, str):
        cell.String = value
    else:
        cell.Value = value


def results_of(document, sheet, cases, addresses):
    """Type in each case alone, compute everything, read; return a list of values per case."""
    if not cases:
        return []
    sheet.unprotect("")
    cells = {address: sheet.getCellRangeByName(address) for case in cases for address in case}
    places = [sheet.getCellRangeByName(address).CellAddress for address in addresses]
    # one call for all of them: a call a cell takes longer than the calculation
    block = sheet.getCellRangeByPosition(0, 0, max(place.Column for place in places), max(place.Row for place in places))
    found = []
    for case in cases:
        for address, value in case.items():
            put(cells[address], value)
        document.calculateAll()
        data = block.getDataArray()
        found.append([data[place.Row][place.Column] for place in places])
        for address in case:
            put(cells[address], None)
    return found


def macros_of(document):
    libraries = document.BasicLibraries
    library = libraries.getByName(libraries.ProjectName)
    sources = {name: library.getByName(name) for name in library.ElementNames}
    return {"project": libraries.ProjectName, "vba": libraries.VBACompatibilityMode, "modules": sources}


def work(context, job):
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    how = (prop("Hidden", True), *(prop(name, value) for name, value in job.get("load", {}).items()))
    document = desktop.loadComponentFromURL(job.get("open") or "private:factory/scalc", "_blank", 0, how)
    try:
        untouched = not document.isModified() and not document.getUndoManager().isUndoPossible()
        sheet = document.Sheets.getByIndex(0)
        for address, value in job.get("cells", {}).items():
            cell = sheet.getCellRangeByName(address)
            if isinstance(value, str):
                cell.String = value
            elif value is not None:
                cell.Value = value
        for address, rows in job.get("tables", {}).items():
            sheet.getCellRangeByName(address).setDataArray(tuple(tuple(row) for row in rows))
        for address, formula in job.get("formulas", {}).items():
            sheet.getCellRangeByName(address).Formula = formula
        for address, formula in job.get("arrays", {}).items():
            sheet.getCellRangeByName(address).setArrayFormula(formula)
        for name, address, value in job.get("edits", []):
            edit(document.Sheets.getByName(name), address, value)
        if job.get("recalculate"):
            document.calculateAll()
        for name, url in job.get("save", {}).items():
            document.storeToURL(url, (prop("FilterName", name),))
        read = []
        for address in job.get("read", []):
            block = sheet.getCellRangeByName(address)
            area = block.RangeAddress
            read.append(
                [
                    [value_of(block.getCellByPosition(c, r)) for c in range(area.EndColumn - area.StartColumn + 1)]
                    for r in range(area.EndRow - area.StartRow + 1)
                ]
            )
        data = [sheet.getCellRangeByName(address).getDataArray() for address in job.get("data", [])]
        formulas = [sheet.getCellRangeByName(address).Formula for address in job.get("formula_of", [])]
        cases = results_of(document, sheet, job.get("cases", []), job.get("results", []))
        probe = context.ServiceManager.createInstanceWithContext(job["probe"], context).execute(()) if "probe" in job else None
        answer = {
            "data": data,
            "read": read,
            "formula_of": formulas,
            "cases": cases,
            "probe": probe,
            "untouched": untouched,
        }
        return {**answer, "basic": macros_of(document)} if job.get("basic") else answer
    finally:
        document.close(True)


def wizard(context, names):
    """What the function wizard shows: description, category, arguments."""
    found = {}
    functions = context.ServiceManager.createInstanceWithContext("com.sun.star.sheet.FunctionDescriptions", context)
    for place in range(functions.Count):
        entry = {pair.Name: pair.Value for pair in functions.getByIndex(place)}
        if entry["Name"] in names:
            found[entry["Name"]] = [entry["Description"], [[a.Name, a.Description, a.IsOptional] for a in entry["Arguments"]]]
    return found


if __name__ == "__main__":
    context = connect(sys.argv[1])
    for line in sys.stdin:
        job = json.loads(line)
        answer = wizard(context, job["wizard"]) if "wizard" in job else work(context, job)
        print(json.dumps(answer), flush=True)
