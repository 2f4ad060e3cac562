"""A small calculator of formulas, for the values that a workbook shows before any spreadsheet program has opened it.

Excel's order of types, its arrays and its implicit intersection, and the functions that stand around scores in practice. What
it does not know raises `UnknownError`: a value that is not certain is not written.
"""
