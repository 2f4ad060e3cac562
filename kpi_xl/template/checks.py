"""What a template must not have, found before anything is filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpi_xl.errors import Problem, Text
from kpi_xl.ooxml.book import Book, Sheet
from kpi_xl.ooxml.formula_cells import Address
from kpi_xl.ooxml.formulas import Formula, Ref, parse_formula
from kpi_xl.ooxml.refs import Area, cell_name, parse_area
from kpi_xl.ooxml.xml import Node
from kpi_xl.template.layout import Body, Section
from kpi_xl.template.parts import charts
from kpi_xl.template.placeholders import suspicious
from kpi_xl.template.rows import SheetPlan
from kpi_xl.template.sections import sections_of

_MOVE_TO_CELL = Text("占位符只能写在单元格里", "placeholders belong into cells")
_BY_FORMULA = Text(
    "让它引用一个单元格（如 =考核表!B2），占位符写在那个单元格里", "let it refer to a cell, and write the placeholder there"
)


def check_elsewhere(book: Book) -> list[Problem]:
    """Find placeholders where nothing can be filled: shapes, charts, headers, comments, validations, names of sheets."""
    problems = [
        Problem(node.get("name"), Text("工作表名称里有占位符", "a placeholder in the name of a sheet"), _MOVE_TO_CELL)
        for node in book.sheet_nodes
        if suspicious(node.get("name"))
    ]
    owners = {part: number for number, part in book.sheet_parts.items()}
    for sheet in book.sheets.values():
        problems += _in_sheet(sheet)
        for kind, message in _ELSEWHERE.items():
            for part in book.package.related(sheet.part, kind):
                problems += _in_part(book, part, owners, sheet.name, message)
                for chart in book.package.related(part, "chart", "chartEx"):
                    problems += _in_part(book, chart, owners, sheet.name, _CHART)
        for part in book.package.related(sheet.part, "table"):
            problems += _in_table(book, part, sheet)
    return problems


_CHART = Text("图表的文字里有占位符", "a placeholder in the text of a chart")
_ELSEWHERE = {
    "drawing": Text("形状或文本框里有占位符", "a placeholder in a shape or text box"),
    "comments": Text("批注里有占位符", "a placeholder in a comment"),
    "threadedComment": Text("批注里有占位符", "a placeholder in a comment"),
    "vmlDrawing": Text("批注或控件里有占位符", "a placeholder in a note or control"),
}
_SHEET_TEXTS = {
    "oddHeader": Text("页眉里有占位符", "a placeholder in a page header"),
    "oddFooter": Text("页脚里有占位符", "a placeholder in a page footer"),
}
_SHEET_TEXTS |= {other: _SHEET_TEXTS[f"odd{other[-6:]}"] for other in ("evenHeader", "firstHeader", "evenFooter", "firstFooter")}


def _in_sheet(sheet: Sheet) -> Iterator[Problem]:
    for node in sheet.tree.all():
        if node.name in _SHEET_TEXTS and suspicious(node.text):
            yield Problem(sheet.name, _SHEET_TEXTS[node.name], _MOVE_TO_CELL)
        elif node.name == "dataValidation":
            texts = [node.get(name) for name in ("prompt", "promptTitle", "error", "errorTitle")] + [
                inner.text for inner in node.all()
            ]
            if any(suspicious(text) for text in texts):
                yield Problem(
                    sheet.where(node.get("sqref").partition(" ")[0]),
                    Text("数据验证里有占位符", "a placeholder in a data validation"),
                    _BY_FORMULA,
                )
        elif node.name == "cfRule" and any(suspicious(inner.text) for inner in node.all("formula")):
            yield Problem(sheet.name, Text("条件格式里有占位符", "a placeholder in a conditional format"), _BY_FORMULA)
        elif node.name == "hyperlink" and any(suspicious(node.get(name)) for name in ("location", "display", "tooltip")):
            yield Problem(sheet.where(node.get("ref")), Text("超链接里有占位符", "a placeholder in a hyperlink"), _MOVE_TO_CELL)
        elif node.name == "f" and suspicious(node.text):
            at = node.parent.get("r") if node.parent else ""
            yield Problem(sheet.where(at), Text("公式里有占位符", "a placeholder in a formula"), _BY_FORMULA)


def _in_part(book: Book, part: str, owners: Mapping[str, int], sheet: str, message: Text) -> Iterator[Problem]:
    """Look at the paragraphs of a drawing, chart or comment (a placeholder may be cut into runs)."""
    if b"{{" not in book.package.xml(part) and "｛｛".encode() not in book.package.xml(part):
        holders = [node for node in book.package.tree(part).all("p", "text") if suspicious(node.full_text())]
    else:
        holders = [node for node in book.package.tree(part).all("p", "text", "div") if suspicious(node.full_text())]
    for node in holders:
        yield Problem(_anchor(node, sheet), message, _MOVE_TO_CELL if message is not _CHART else _BY_FORMULA)


def _anchor(node: Node, sheet: str) -> str:
    """Return the cell that a shape or comment is fixed to."""
    present: Node | None = node
    while present is not None:
        if present.name == "comment":
            return f"{sheet}!{present.get('ref')}"
        start = present.child("from")
        if start is not None:
            row, column = start.child("row"), start.child("col")
            if row is not None and column is not None:
                return f"{sheet}!{cell_name(int(row.text) + 1, int(column.text) + 1)}"
        present = present.parent
    return sheet


def _in_table(book: Book, part: str, sheet: Sheet) -> Iterator[Problem]:
    tree = book.package.tree(part)
    if any(suspicious(node.get("name")) for node in tree.all("tableColumn")):
        yield Problem(
            sheet.where(tree.get("ref").partition(":")[0]),
            Text("表格的标题行里有占位符", "a placeholder in the header row of a table"),
            Text("表格标题要固定，或把表格转换为区域", "give the table fixed headers, or convert it to a range"),
        )


def check_names(plans: Mapping[int, SheetPlan], bodies: Mapping[int, Body]) -> list[Problem]:
    """Refuse named cells in repeated rows: a name means one cell."""
    problems = []
    for number, plan in plans.items():
        for (row, column), key in (*plan.inputs.items(), *plan.outputs.items()):
            if any(section.first <= row <= section.last for section, _ in sections_of(bodies[number])):
                problems.append(
                    Problem(
                        plan.sheet.where(cell_name(row, column)),
                        Text(
                            f"命名单元格 {key} 在会重复或消失的行里", f"the named cell {key} stands in rows that repeat or vanish"
                        ),
                        Text("把它移到标记之外", "move it outside the markers"),
                    )
                )
    return problems


def check_formulas(
    book: Book,
    plans: Mapping[int, SheetPlan],
    bodies: Mapping[int, Body],
    formulas: Mapping[int, Mapping[Address, Formula]],
    tables: Mapping[str, tuple[int, Area, str]],
) -> list[Problem]:
    """Find references to rows that vanish, and formulas that cannot be read; sections that something needs keep a blank copy."""
    growing = {number for number, plan in plans.items() if plan.grows}
    problems: list[Problem] = []
    if not growing:
        return problems
    for number, of_sheet in formulas.items():
        for (row, column), formula in of_sheet.items():
            where = plans[number].sheet.where(cell_name(row, column))
            if formula.opaque:
                problems.append(
                    Problem(
                        where, Text("看不懂的公式", "a formula that cannot be read"), Text("改写这个公式", "write it differently")
                    )
                )
            for ref in formula.refs:
                problems += _vanishing(ref, where, bodies, growing, number, row)
    for text, sheet, row, where in _other_formulas(book):
        for ref in parse_formula(text, sheet, book.numbers).refs:
            problems += _vanishing(ref, where, bodies, growing, -1 if sheet is None else sheet, row)
    for number, area, _ in tables.values():
        for section in bodies[number].sections if number in growing else ():
            # a table must keep a row for data
            section.keep_blank |= section.kind == "for" and area.top < section.first and section.last == area.bottom
    return problems


def _other_formulas(book: Book) -> Iterator[tuple[str, int | None, int, str]]:
    """Walk over (formula, sheet, row, place for messages) of names, validations, conditional formats, charts."""
    for name in book.names:
        yield name.text, name.local, 0, name.name
    for sheet in book.sheets.values():
        for holder in sheet.tree.all("dataValidation", "conditionalFormatting"):
            place = holder.child("sqref")
            first = (place.text if place is not None else holder.get("sqref")).partition(" ")[0]
            area = parse_area(first)
            for node in holder.all("formula", "formula1", "formula2", "f"):
                if node.text.strip():
                    yield node.text, sheet.number, area.top if area else 0, sheet.where(first)
    for chart in charts(book):
        for node, _ in chart.formulas:
            yield node.text, None, 0, chart.part


def _cut(ref: Ref, where: str, section: Section) -> Iterator[Problem]:
    """A range of some of the rows that repeat together would have to leave gaps; it would mean those of the first copy alone."""
    (top, bottom), body = ref.rows, section.body
    inside = section.first <= top <= body.last and body.first <= bottom <= body.last + 1
    whole = top <= body.first and body.last <= bottom
    if section.kind != "for" or not inside or whole or (ref.last is None and not ref.area):
        return
    yield Problem(
        where,
        Text(f"只引用了一组重复行中的一部分（{ref}），其余各组会被漏掉", f"it refers to a part of the repeated rows ({ref})"),
        Text(
            f"引用整组（第 {section.first}~{body.last + 1} 行，可含标记行），或用 SUMIF 等按条件汇总",
            f"refer to all of them (rows {section.first} to {body.last + 1}, markers may be included), or use SUMIF and the like",
        ),
    )


def _vanishing(ref: Ref, where: str, bodies: Mapping[int, Body], growing: set[int], sheet: int, row: int) -> Iterator[Problem]:
    """Look at a reference from a formula in `row` of `sheet`: which sections does it lie in entirely, seen from outside?"""
    if ref.sheet is None or ref.sheet not in growing or not ref.first.row:
        return
    top, bottom = ref.rows
    for section, _ in sections_of(bodies[ref.sheet]):
        if ref.sheet != sheet or not section.first <= row <= section.last:
            yield from _cut(ref, where, section)
        if not (section.first <= top and bottom <= section.last):
            continue
        part = next(
            (body for body in (section.body, section.otherwise) if body and body.first <= top and bottom <= body.last), None
        )
        if part is not None and ref.sheet == sheet and part.first <= row <= part.last:
            continue
        markers = {section.first, section.last, section.body.last + 1}
        if bottom - top < len(markers) and set(range(top, bottom + 1)) <= markers:
            yield Problem(
                where,
                Text(f"引用了标记行（{ref}）", f"it refers to a marker row ({ref})"),
                Text("引用要重复的行，或标记上下的行", "refer to the repeated rows, or to those around the markers"),
            )
        elif section.kind == "if" or (part is not None and part is section.otherwise):
            yield Problem(
                where,
                Text(f"引用了可能消失的行（{ref}）", f"it refers to rows that may vanish ({ref})"),
                Text("引用一个也包含上下行的区域", "refer to a range with the rows around it"),
            )
        else:
            section.keep_blank = section.otherwise is None
