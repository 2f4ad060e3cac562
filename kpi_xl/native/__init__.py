"""Excel's own formulas in place of the cell functions: whoever opens the workbook needs no add-in.

`arithmetic` and `texts`: a scheme's rules as formulas over the sheet 评级标准, which the forms are built from, too; `grades`,
`points`, `judging`, `figures`: the native form of each cell function; `lowering`: the calls of a whole workbook replaced by them.
"""
