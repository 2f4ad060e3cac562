"""Microsoft Excel: the cell functions for xlwings, their installation on Windows, and what xlwings Lite needs."""
