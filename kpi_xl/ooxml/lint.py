"""Mistakes in a workbook file that a spreadsheet program would repair, refuse or show wrong; for our output and for others'."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kpi_xl.errors import Problem, Text
from kpi_xl.ooxml.book import Book, CellNode, Sheet, open_book
from kpi_xl.ooxml.formulas import parse_formula
from kpi_xl.ooxml.package import Package, read_package
from kpi_xl.ooxml.refs import MAX_COLUMN, MAX_ROW, MAX_TEXT, Area, cell_name, parse_area, parse_cell
from kpi_xl.ooxml.xml import Node

_ORDER = """sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges scenarios
autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks
printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing
legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst""".split()  # noqa: SIM905
"""The children of ``worksheet`` in their order (ECMA-376, 18.3.1.99)."""
_TYPES = {"b", "n", "e", "s", "str", "inlineStr", "d"}
_REMEDY = Text(
    "用 Excel 或 WPS 打开并另存，或报告给维护者", "open it in Excel or WPS and save it, or report it to the maintainers"
)


def lint(source: bytes | Path) -> list[Problem]:
    """Return what is wrong inside a workbook file. Raises KpiError for files that cannot be read at all."""
    package = read_package(source)
    book = open_book(package)
    problems = [*_package(package), *_names(book)]
    for sheet in book.sheets.values():
        problems += _rows(book, sheet)
        problems += _around(book, sheet)
    problems += _tables(book)
    return problems


def _problem(where: str, zh: str, en: str) -> Problem:
    return Problem(where, Text(zh, en), _REMEDY)


def _package(package: Package) -> Iterator[Problem]:
    """Parts that are named but absent, or present but without a content type."""
    types = package.find("[Content_Types].xml")
    if types is None:
        yield _problem("[Content_Types].xml", "缺少内容类型表", "the list of content types is missing")
        return
    defaults = {node.get("Extension").lower() for node in package.tree(types).children if node.name == "Default"}
    overrides = {node.get("PartName").lstrip("/").lower() for node in package.tree(types).children if node.name == "Override"}
    for name in overrides:
        if package.find(name) is None:
            yield _problem(name, "内容类型表里的部件不存在", "a part in the list of content types does not exist")
    for name in package.entries:
        lower = name.lower()
        if name == types or name.endswith("/") or lower.startswith("[trash]"):
            continue
        if lower not in overrides and lower.rpartition(".")[2] not in defaults:
            yield _problem(name, "部件没有内容类型", "a part without a content type")
        if lower.endswith((".xml", ".rels", ".vml")):
            package.tree(name)
        if lower.endswith(".rels"):
            yield from _targets(package, name)


def _targets(package: Package, rels: str) -> Iterator[Problem]:
    folder, _, base = rels.replace("\\", "/").rpartition("_rels/")
    present = package.relations(folder + base[: -len(".rels")])
    seen: set[str] = set()
    for node in package.tree(rels).children:
        link = node.get("Id")
        if link in seen:
            yield _problem(rels, f"关系编号 {link} 重复", f"relation id {link} occurs twice")
        seen.add(link)
        # a hyperlink may point into the workbook (#Sheet!A1), which is no part
        inside = node.get("TargetMode").lower() != "external" and not node.get("Target").startswith("#")
        if inside and link not in present and node.get("Target") not in ("", "NULL"):
            yield _problem(rels, f"关系 {link} 指向不存在的部件", f"relation {link} names a part that does not exist")


def _names(book: Book) -> Iterator[Problem]:
    seen: set[tuple[str, int | None]] = set()
    for name in book.names:
        key = (name.name.casefold(), name.local)
        if key in seen:
            yield _problem(name.name, "名称重复定义", "a name is defined twice")
        seen.add(key)
        if name.local is not None and name.local >= len(book.sheet_nodes):
            yield _problem(name.name, "名称属于不存在的工作表", "a name belongs to a sheet that does not exist")
    titles = [node.get("name") for node in book.sheet_nodes]
    for title in titles:
        if not 1 <= len(title) <= 31 or set(title) & set("[]:*?/\\") or title[:1] == "'" or title[-1:] == "'":
            yield _problem(title, "工作表名称不合规则", "the name of a sheet breaks the rules")
    if len({title.casefold() for title in titles}) < len(titles):
        yield _problem("workbook", "工作表名称重复", "two sheets have the same name")


def _rows(book: Book, sheet: Sheet) -> Iterator[Problem]:
    """Rows and cells: order, addresses, doubles, styles, types, values, lengths."""
    styles = _count(book, "cellXfs")
    last = 0
    for node in sheet.grid.children if sheet.grid else ():
        row = int(node.get("r") or last + 1)
        if row <= last or row > MAX_ROW:
            yield _problem(sheet.where(str(row)), "行的顺序或行号不对", "rows out of order, or a row number out of range")
        last = row
        column = 0
        for inner in node.children:
            place = parse_cell(inner.get("r")) if inner.get("r") else (row, column + 1)
            if place is None or place[0] != row or place[1] <= column or place[1] > MAX_COLUMN:
                yield _problem(
                    sheet.where(inner.get("r")),
                    "单元格重复、乱序或地址不对",
                    "a cell twice, out of order, or with a wrong address",
                )
            column = place[1] if place else column + 1
    for found in sheet.rows.values():
        for cell in found.cells.values():
            yield from _cell(book, sheet, cell, styles)


def _cell(book: Book, sheet: Sheet, cell: CellNode, styles: int) -> Iterator[Problem]:
    where = sheet.where(cell.name)
    if cell.style and not (cell.style.isdecimal() and int(cell.style) < max(styles, 1)):
        yield _problem(where, f"样式 {cell.style} 不存在", f"style {cell.style} does not exist")
    if cell.kind not in _TYPES:
        yield _problem(where, f"类型 {cell.kind} 不存在", f"there is no type {cell.kind}")
    text = cell.value.text.strip() if cell.value is not None else ""
    if cell.kind == "s" and (not text.isdecimal() or int(text) >= len(book.strings)):
        yield _problem(where, "共享字符串不存在", "a shared string that does not exist")
    elif cell.kind == "n" and text and not _is_number(text):
        yield _problem(where, f"不是数字：{text}", f"not a number: {text}")
    string = book.text(cell)
    if string is not None and len(string.text.encode("utf-16-le", "surrogatepass")) // 2 > MAX_TEXT:
        yield _problem(where, "文字超过 32,767 个字符", "more than 32,767 characters")
    if cell.formula is not None and cell.formula.get("ref") and parse_area(cell.formula.get("ref")) is None:
        yield _problem(where, "数组公式的区域不对", "the area of an array formula is wrong")


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < float("inf") and "_" not in text
    except ValueError:
        return False


def _around(book: Book, sheet: Sheet) -> Iterator[Problem]:
    """What stands around the cells: order of the elements, areas, overlaps, differential styles, links, parts."""
    known = [_ORDER.index(node.name) for node in sheet.tree.children if node.name in _ORDER]
    if known != sorted(known):
        yield _problem(sheet.name, "元素的顺序不对", "the elements are out of order")
    formats = _count(book, "dxfs")
    relations = book.package.relations(sheet.part)
    for node in sheet.tree.all():
        for name in ("ref", "sqref"):
            if node.namespace == sheet.tree.namespace and name in node.attributes and node.name != "f":
                yield from _areas(sheet, node, name)
        if node.name == "cfRule" and node.get("dxfId") and int(node.get("dxfId")) >= formats:
            yield _problem(sheet.name, f"条件格式的样式 {node.get('dxfId')} 不存在", "a conditional format without its style")
        if node.name in ("drawing", "legacyDrawing", "tablePart", "picture") and node.relation() not in relations:
            yield _problem(sheet.name, f"{node.name} 指向不存在的部件", f"{node.name} names a part that does not exist")
        if node.name in ("mergeCells", "dataValidations", "tableParts") and node.get("count", "") not in (
            "",
            str(len(node.children)),
        ):
            yield _problem(sheet.name, f"{node.name} 的个数不对", f"the count of {node.name} is wrong")
    yield from _overlaps(sheet, sheet.merges, "合并单元格重叠", "merged cells overlap")


def _areas(sheet: Sheet, node: Node, name: str) -> Iterator[Problem]:
    """Every area of an attribute must be one: cells, or whole columns or rows."""
    for text in node.get(name).split() or [""]:
        formula = parse_formula(text, sheet.number, {})
        if parse_area(text) is None and [str(ref) for ref in formula.refs] != [text]:
            yield _problem(sheet.name, f"{node.name} 的区域 {text} 不对", f"{node.name} has the wrong area {text!r}")


def _overlaps(sheet: Sheet, areas: list[Area], zh: str, en: str) -> Iterator[Problem]:
    """Find overlapping areas row by row (a sweep over their tops)."""
    active: list[Area] = []
    for area in sorted(areas, key=lambda one: (one.top, one.left)):
        active = [other for other in active if other.bottom >= area.top]
        if any(area.overlaps(other) for other in active):
            yield _problem(sheet.where(str(area)), zh, en)
        active.append(area)


def _count(book: Book, holder: str) -> int:
    part = book.related("styles")
    node = book.package.tree(part).child(holder) if part else None
    return len(node.children) if node else 0


def _tables(book: Book) -> Iterator[Problem]:
    """Tables: unique names and ids, areas that fit their columns, headers that say what the cells say, no overlaps."""
    names: set[str] = set()
    ids: set[str] = set()
    for sheet in book.sheets.values():
        areas: list[Area] = []
        for part in book.package.related(sheet.part, "table"):
            tree = book.package.tree(part)
            name, area = tree.get("displayName"), parse_area(tree.get("ref"))
            columns = [node.get("name") for holder in tree.all("tableColumns") for node in holder.children]
            if name.casefold() in names or tree.get("id") in ids:
                yield _problem(part, "表格名称或编号重复", "a table name or id occurs twice")
            names.add(name.casefold())
            ids.add(tree.get("id"))
            if area is None or area.right - area.left + 1 != len(columns):
                yield _problem(part, "表格的区域与列数不符", "the area of a table does not fit its columns")
                continue
            areas.append(area)
            header = tree.get("headerRowCount", "1") != "0"
            if area.bottom - area.top < header + int(tree.get("totalsRowCount", "0") or 0):
                yield _problem(sheet.where(str(area)), "表格没有数据行", "a table without a row for data")
            if header:
                yield from _headers(book, sheet, area, columns)
        yield from _overlaps(sheet, areas, "表格重叠", "tables overlap")
        yield from _merged_tables(sheet, areas)


def _headers(book: Book, sheet: Sheet, area: Area, columns: list[str]) -> Iterator[Problem]:
    row = sheet.rows.get(area.top)
    for column, name in enumerate(columns, area.left):
        cell = row.cells.get(column) if row else None
        string = book.text(cell) if cell else None
        # the header of a column escapes line breaks: _x000a_
        if string is None or string.text.replace("\r", "") != name.replace("_x000a_", "\n").replace("_x000d_", ""):
            yield _problem(
                sheet.where(cell_name(area.top, column)), "表格标题与单元格不一致", "a table header and its cell differ"
            )


def _merged_tables(sheet: Sheet, areas: list[Area]) -> Iterator[Problem]:
    for area in areas:
        if any(area.overlaps(merge) for merge in sheet.merges):
            yield _problem(sheet.where(str(area)), "表格里有合并单元格", "merged cells in a table")
