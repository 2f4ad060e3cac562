"""From a workbook file to a `Template`: everything is looked up, cut and compressed once, so that filling only joins bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.ooxml.book import Book, CellNode, Sheet, open_book
from kpi_xl.ooxml.formula_cells import Address, read_formulas
from kpi_xl.ooxml.formulas import Formula, parse_formula
from kpi_xl.ooxml.package import Archive, Packed, pack, read_package
from kpi_xl.ooxml.refs import cell_name
from kpi_xl.ooxml.stale import CellPlace, References
from kpi_xl.ooxml.xml import Edit, apply_edits, parse, set_attribute
from kpi_xl.template import parts
from kpi_xl.template.checks import check_elsewhere, check_formulas, check_names
from kpi_xl.template.dropped import drop_edits, dropped_parts, signature_parts
from kpi_xl.template.layout import Arrangement, Body
from kpi_xl.template.pictures import Gallery, find_pictures, missing_types
from kpi_xl.template.placeholders import (
    SYNTAX_REMEDY,
    BadSyntaxError,
    Content,
    Marker,
    parse_text,
    paths_of,
    show_path,
    suspicious,
)
from kpi_xl.template.placeholders import Path as NamePath
from kpi_xl.template.ranges import Patch, RangePatches
from kpi_xl.template.render import LaidPart, SheetPart, Template
from kpi_xl.template.rows import RowCompiler, SheetPlan, bind
from kpi_xl.template.sections import cut_sheet, runs_of, sections_of
from kpi_xl.template.shape import Use
from kpi_xl.template.styles import add_variants
from kpi_xl.template.values import StyleVariants

_STATIC = Arrangement({})


def compile_template(source: bytes | Path, label: str | None = None) -> Template:
    """Compile a workbook that somebody drew in Excel or WPS into a template.

    `source` is the content of an .xlsx, .xlsm or .xltx file, or its path; `label` names it in messages. Raises KpiError with
    every problem of the template at once, each with sheet and cell.
    """
    return _Compiler(open_book(read_package(source, label))).compile()


@dataclass(eq=False)
class _Compiler:
    """One compilation; the steps are in the order of `compile`."""

    book: Book
    problems: list[Problem] = field(default_factory=list)
    plans: dict[int, SheetPlan] = field(default_factory=dict)
    bodies: dict[int, Body] = field(default_factory=dict)
    changed: dict[str, list[Edit]] = field(default_factory=dict)
    patches: dict[str, list[Patch]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    galleries: list[Gallery] = field(default_factory=list)

    def compile(self) -> Template:
        """Read, check, then compile; raises KpiError before anything is compiled when there are problems."""
        tables = parts.tables(self.book)
        for sheet in self.book.sheets.values():
            contents = self._contents(sheet)
            self.plans[sheet.number] = SheetPlan(sheet, contents)
            areas = [area for number, area, _ in tables.values() if number == sheet.number]
            self.bodies[sheet.number] = cut_sheet(sheet, contents, areas, self.problems)
            for section, around in sections_of(self.bodies[sheet.number]):
                section.source = bind(section.path, around)
            markers = [row for (row, _), content in contents.items() if isinstance(content, Marker)]
            self.plans[sheet.number].first_marker = min(markers, default=0)
        growing = {number: plan.first_marker for number, plan in self.plans.items() if plan.grows}
        self._named_cells()
        self._pictures()
        self.problems += check_elsewhere(self.book)
        formulas = {number: read_formulas(self.book, sheet)[0] for number, sheet in self.book.sheets.items()}
        self.problems += check_names(self.plans, self.bodies)
        self.problems += check_formulas(self.book, self.plans, self.bodies, formulas, tables)
        if self.problems:
            raise KpiError(
                Text(
                    f"模板 {self.book.package.label} 有 {len(self.problems)} 处问题",
                    f"template {self.book.package.label} has {len(self.problems)} problems",
                ),
                Text("在 Excel 或 WPS 中按下面的提示修改模板", "correct the template in Excel or WPS as the lines say"),
                self.problems,
                where=Place(self.book.package.label, key=self.problems[0].where),
            )
        filled = self._filled()
        references = References(self.book, formulas, {name: (sheet, area) for name, (sheet, area, _) in tables.items()})
        stale = references.stale(filled)
        for number, row, column in stale:
            if (row, column) in formulas[number]:
                self.plans[number].stale.add((row, column))
        self._other_parts(frozenset(growing), references, stale)
        return self._assemble(growing)

    def _contents(self, sheet: Sheet) -> dict[Address, Content | Marker]:
        """Return what the cells with placeholders hold."""
        found: dict[Address, Content | Marker] = {}
        marked = {index for index, string in enumerate(self.book.strings) if suspicious(string.text)}
        for row in sheet.rows.values():
            for cell in row.cells.values():
                if cell.kind == "s" and (
                    cell.value is None or not cell.value.text.strip().isdecimal() or int(cell.value.text) not in marked
                ):
                    continue
                content = self._content(sheet, cell) if cell.kind in ("s", "inlineStr", "str") else None
                if content is not None:
                    found[cell.row, cell.column] = content
        return found

    def _content(self, sheet: Sheet, cell: CellNode) -> Content | Marker | None:
        string = self.book.text(cell)
        if string is None or not suspicious(string.text):
            return None
        where = sheet.where(cell.name)
        try:
            content = parse_text(string.text)
        except BadSyntaxError as error:
            self.problems.append(
                Problem(where, Text(f"看不懂的占位符：{error}", f"cannot read the placeholder: {error}"), SYNTAX_REMEDY)
            )
            return None
        if string.rich:
            self.problems.append(
                Problem(
                    where,
                    Text("占位符所在的单元格里有多种字体格式", "the placeholder stands in a cell with several fonts"),
                    Text(
                        "清除单元格内文字的格式，整格用一种字体后重新输入",
                        "clear the formats inside the cell and type the placeholder again",
                    ),
                )
            )
        elif cell.formula is not None:
            self.problems.append(
                Problem(
                    where,
                    Text("占位符是公式的结果", "the placeholder is the result of a formula"),
                    Text("直接在单元格里输入占位符，不要用公式", "type it into the cell"),
                )
            )
        else:
            return content
        return None

    def _named_cells(self) -> None:
        """Find the cells behind the names ``in_*`` and ``out_*``."""
        for name in self.book.names:
            lower = name.name.lower()
            target = self.book.target(name.text) if lower.startswith(("in_", "out_")) else None
            if target is None or target[0] not in self.plans:
                continue
            plan, area = self.plans[target[0]], target[1]
            if (area.top, area.left) != (area.bottom, area.right) and area not in plan.sheet.merges:
                continue
            key = name.name.partition("_")[2].replace("__", ".")
            row = plan.sheet.rows.get(area.top)
            cell = row.cells.get(area.left) if row else None
            if lower.startswith("in_"):
                plan.inputs[area.top, area.left] = key
            elif cell is not None:
                plan.outputs[area.top, area.left] = key

    def _pictures(self) -> None:
        """Find the pictures that the view brings."""
        for sheet in self.book.sheets.values():
            count = sum(len(gallery.pictures) for gallery in self.galleries)
            for found in find_pictures(self.book, sheet, count + 1, self.problems):
                self.galleries.append(found.gallery)
                self.dropped.add(found.gallery.rels)
                self._edit(found.drawing, *found.edits)
        types = self.book.package.find("[Content_Types].xml")
        if self.galleries and types:
            data, tree = self.book.package.xml(types), self.book.package.tree(types)
            prefix = data[tree.start + 1 : tree.inner].partition(b"Types")[0].decode()
            self._edit(types, (tree.inner, tree.inner, missing_types(tree, prefix)))

    def _filled(self) -> Iterator[CellPlace]:
        """Walk over the cells that filling may change: slots, inputs, and everything that is repeated."""
        for number, plan in self.plans.items():
            for row, column in (*plan.contents, *plan.inputs):
                yield number, row, column
            for section, _ in sections_of(self.bodies[number]):
                for found in plan.sheet.rows.values():
                    if section.first <= found.number <= section.last:
                        yield from ((number, found.number, column) for column in found.cells)

    def _other_parts(self, growing: frozenset[int], references: References, stale: set[CellPlace]) -> None:
        """Collect what changes in the workbook part, drawings, charts, tables, comments, pivots, strings and content types."""
        by_sheet: dict[int, set[Address]] = {}
        for sheet, row, column in stale:
            by_sheet.setdefault(sheet, set()).add((row, column))

        def concerned(formula: Formula) -> bool:
            areas, blind = references.reach(formula)
            return (blind and bool(stale)) or any(area.contains(*at) for sheet, area in areas for at in by_sheet.get(sheet, ()))

        self._patch(self.book.part, parts.name_patches(self.book, growing))
        for chart in parts.charts(self.book):
            self._patch(chart.part, parts.chart_patches(chart, growing, concerned))
        for sheet, _, part in parts.tables(self.book).values():
            if sheet in growing:
                self._patch(part, parts.table_patches(self.book, part, sheet))
        for sheet in growing:
            self._patch_drawings(sheet)
        for name in self.book.package.entries:
            if "pivotcachedefinition" in name.lower() and name.lower().endswith(".xml"):
                self._patch(name, parts.pivot_patches(self.book, name, growing))
                self._refresh(name, concerned)
        self._calculation(any(plan.stale for plan in self.plans.values()))
        self._drop()
        self._workbook_type()
        self._blank_strings()

    def _refresh(self, part: str, concerned: Callable[[Formula], bool]) -> None:
        """Have a pivot table read its source anew when the file is opened, where the source is filled."""
        tree = self.book.package.tree(part)
        for node in tree.all("worksheetSource"):
            sheet = node.get("sheet").replace("'", "''")
            text = f"'{sheet}'!{node.get('ref')}" if node.get("ref") else node.get("name")
            if text and concerned(parse_formula(text, None, self.book.numbers)):
                self._edit(part, set_attribute(self.book.package.xml(part), tree, "refreshOnLoad", "1"))

    def _patch_drawings(self, sheet: int) -> None:
        part, package = self.book.sheet_parts[sheet], self.book.package
        for drawing in parts.drawing_parts(self.book, sheet):
            self._patch(drawing, parts.drawing_patches(self.book, drawing, sheet))
        for comments in package.related(part, "comments", "threadedComment"):
            self._patch(comments, parts.comment_patches(self.book, comments, sheet))
        for drawing in package.related(part, "vmlDrawing"):
            self._patch(drawing, parts.vml_patches(self.book, drawing, sheet))

    def _patch(self, part: str, patches: Iterator[Patch]) -> None:
        found = list(patches)
        if found:
            self.patches.setdefault(part, []).extend(found)

    def _edit(self, part: str, *edits: Edit) -> None:
        self.changed.setdefault(part, []).extend(edits)

    def _calculation(self, stale: bool) -> None:
        """Ask for a full calculation when the file is opened, where a cached value had to go."""
        tree = self.book.tree
        settings = tree.child("calcPr")
        if not stale:
            return
        if settings is not None:
            self._edit(self.book.part, set_attribute(self.book.package.xml(self.book.part), settings, "fullCalcOnLoad", "1"))
            return
        before = [node for node in tree.children if node.name in _BEFORE_CALCULATION]
        prefix = self.book.package.xml(self.book.part)[tree.start + 1 : tree.inner].partition(b"workbook")[0]
        self._edit(self.book.part, (before[-1].end, before[-1].end, b"<" + prefix + b'calcPr fullCalcOnLoad="1"/>'))

    def _drop(self) -> None:
        """Leave out what speaks of the content as it was before filling."""
        found = dropped_parts(self.book)
        self.dropped |= found
        for part, edit in drop_edits(self.book.package, found):
            self._edit(part, edit)

    def _workbook_type(self) -> None:
        """Turn the type of a template file (.xltx, .xltm) into that of a workbook."""
        types = self.book.package.find("[Content_Types].xml")
        if types is None:
            return
        data = self.book.package.xml(types)
        for node in self.book.package.tree(types).children:
            kind = node.get("ContentType")
            if "spreadsheetml.template.main" in kind or "excel.template.macroEnabled" in kind:
                plain = kind.replace("spreadsheetml.template.main", "spreadsheetml.sheet.main")
                plain = plain.replace("excel.template.macroEnabled", "excel.sheet.macroEnabled")
                self._edit(types, set_attribute(data, node, "ContentType", plain))

    def _blank_strings(self) -> None:
        """Empty the shared strings that hold placeholders: no cell uses them any more."""
        part = self.book.related("sharedStrings")
        for string in self.book.strings if part else ():
            if part and suspicious(string.text):
                prefix = self.book.package.xml(part)[string.node.start + 1 : string.node.inner].partition(b"si")[0]
                self._edit(
                    part, (string.node.start, string.node.end, b"<" + prefix + b"si><" + prefix + b"t/></" + prefix + b"si>")
                )

    def _assemble(self, growing: dict[int, int]) -> Template:
        """Compile the sheets and the changed parts, and lay out everything that never changes."""
        package = self.book.package
        variants = StyleVariants()
        styles = self.book.related("styles")
        style_ids = {self._style(plan, at) for plan in self.plans.values() for at in (*plan.contents, *plan.inputs)}
        extended = add_variants(package, styles, style_ids, variants) if styles and style_ids else None
        moving: list[SheetPart | LaidPart] = []
        dynamic: set[str] = set()
        for number, plan in self.plans.items():
            ranges = list(RangePatches(self.book, plan.sheet, frozenset(growing)).patches()) if growing else []
            part = self._sheet_part(plan, self.bodies[number], ranges, variants, growing)
            if part is not None:
                moving.append(part)
                dynamic.add(plan.sheet.part)
        for name, patches in self.patches.items():
            if growing:
                moving.append(LaidPart(name, pieces(package.xml(name), _both(self.changed.pop(name, []), patches))))
                dynamic.add(name)
            else:
                self.changed.setdefault(name, []).extend((start, end, make(_STATIC)) for start, end, make in patches)
        static: list[Packed] = []
        for name, entry in package.entries.items():
            if name in dynamic or name in self.dropped or (extended is not None and name == styles):
                continue
            static.append(
                pack(name, apply_edits(package.xml(name), self.changed[name]), once=True) if name in self.changed else entry
            )
        style_parts = (package.entries[styles], pack(styles, extended, once=True)) if styles and extended is not None else None
        uses = self._uses()
        return Template(
            label=package.label,
            archive=Archive().extended(static),
            styles=style_parts,
            variants=variants,
            parts=tuple(moving),
            galleries=tuple(self.galleries),
            bodies={number: self.bodies[number] for number in growing},
            names=tuple(dict.fromkeys(show_path(use.path) for use in uses)),
            uses=uses,
            signed=bool(signature_parts(package)),
            inputs=tuple(key for plan in self.plans.values() for key in plan.inputs.values()),
            outputs=tuple(key for plan in self.plans.values() for key in plan.outputs.values()),
        )

    def _uses(self) -> tuple[Use, ...]:
        """Return the paths of all placeholders, in the order of the sheets, with the loops around each."""
        found: list[Use] = []
        for number, plan in self.plans.items():
            loops: dict[int, tuple[tuple[str, NamePath], ...]] = {}
            for run, around in runs_of(self.bodies[number]):
                inside = tuple((section.name, section.path) for section in around if section.kind == "for")
                loops |= {row: inside for row, _ in plan.contents if run.first <= row <= run.last}
            for section, around in sections_of(self.bodies[number]):
                loops[section.first] = tuple((outer.name, outer.path) for outer in around if outer.kind == "for")
            for (row, column), content in plan.contents.items():
                where = plan.sheet.where(cell_name(row, column))
                found += [Use(where, path, loops.get(row, ())) for path in paths_of(content)]
        found += [Use(picture.where, picture.path) for gallery in self.galleries for picture in gallery.pictures]
        return tuple(found)

    def _opened(self, plan: SheetPlan, body: Body, variants: StyleVariants, growing: dict[int, int]) -> SheetPart | None:
        """Compile a sheet without rows, its empty element opened."""
        sheet, grid = plan.sheet, plan.sheet.grid
        if grid is None:
            return None
        tag = f"{sheet.prefix}sheetData".encode()
        data = sheet.data[: grid.start] + b"<" + tag + b"></" + tag + b">" + sheet.data[grid.end :]
        opened = Sheet(sheet.number, sheet.name, sheet.part, data, parse(data))
        plan = SheetPlan(opened, plan.contents, plan.inputs, plan.outputs, plan.stale, plan.first_marker)
        ranges = list(RangePatches(self.book, opened, frozenset(growing)).patches()) if growing else []
        return self._sheet_part(plan, body, ranges, variants, growing)

    def _style(self, plan: SheetPlan, at: Address) -> str:
        row = plan.sheet.rows.get(at[0])
        cell = row.cells.get(at[1]) if row else None
        return cell.style if cell else ""

    def _sheet_part(
        self, plan: SheetPlan, body: Body, ranges: list[Patch], variants: StyleVariants, growing: dict[int, int]
    ) -> SheetPart | None:
        """Compile a sheet, None when nothing in it changes."""
        compiler = RowCompiler(self.book, plan, variants, growing)
        filled = plan.grows or plan.contents or plan.inputs or plan.outputs
        if not filled and not plan.stale and not ranges and not any(compiler.moves_at(at) for at in compiler.formulas):
            return None
        grid = plan.sheet.grid
        for run, around in runs_of(body):
            run.program = compiler.compile(run, around)
            if around or plan.grows:
                run.blank = compiler.compile(run, around, blank=True) if around else None
        if grid is None:
            return None
        data = plan.sheet.data
        if grid.inner == grid.end:  # <sheetData/>, but a named cell asks for a row
            return self._opened(plan, body, variants, growing)
        head = pieces(data[: grid.inner], _within(ranges, 0, grid.inner))
        tail = pieces(
            data[grid.close :],
            [(start - grid.close, end - grid.close, make) for start, end, make in _within(ranges, grid.close, len(data))],
        )
        filled_now = any(run.program.slots for run, _ in runs_of(body))
        return SheetPart(plan.sheet.part, plan.sheet.number, head, body, tail, filled_now, max(plan.sheet.rows, default=1))


_BEFORE_CALCULATION = {
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
    "definedNames",
}


def _within(patches: list[Patch], start: int, end: int) -> list[Patch]:
    return [patch for patch in patches if start <= patch[0] and patch[1] <= end]


def _both(edits: list[Edit], patches: list[Patch]) -> list[Patch]:
    """Turn edits into patches that do not look at the layout, and join both."""
    return [(start, end, partial(_same, text)) for start, end, text in edits] + patches


def _same(text: bytes, _layout: Arrangement) -> bytes:
    return text


def pieces(data: bytes, patches: list[Patch]) -> tuple[bytes | Callable[[Arrangement], bytes], ...]:
    """Cut a part at its patches: static bytes and functions of the layout in turn."""
    found: list[bytes | Callable[[Arrangement], bytes]] = []
    position = 0
    for start, end, make in sorted(patches, key=lambda patch: patch[:2]):
        found += (data[position:start], make)
        position = end
    found.append(data[position:])
    return tuple(found)
