"""Sheets drawn with openpyxl in the house style: a canvas with a cursor, cell styles, validations of input cells."""
