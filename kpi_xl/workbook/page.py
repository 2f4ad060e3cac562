"""What every workbook has: paper, margins, footers, protection; and a package with the same bytes every time."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

from openpyxl.packaging.core import DocumentProperties
from openpyxl.workbook import Workbook
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.header_footer import HeaderFooter, HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from kpi_xl.drawing.canvas import Canvas
from kpi_xl.glossary import CONFIDENTIAL
from kpi_xl.workbook.layout import SheetLayout

_EPOCH = dt.datetime(2025, 1, 1)  # noqa: DTZ001 - a fixed stamp, so that the bytes do not depend on the day of the build


def set_up_page(sheet: Worksheet, layout: SheetLayout, canvas: Canvas) -> None:
    """A4, fitted to the width (and to one page where the layout says so), page numbers, 保密, protection as a courtesy."""
    sheet.page_setup.paperSize = "9"  # A4
    sheet.page_setup.orientation = layout.orientation
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, layout.pages
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    margins = sheet.page_margins
    margins.left = margins.right = 0.45
    margins.top, margins.bottom, margins.header, margins.footer = 0.45, 0.55, 0.25, 0.25
    sheet.print_options.horizontalCentered = True
    footer = HeaderFooterItem(
        left=_HeaderFooterPart(f"{CONFIDENTIAL} · 仅限考核相关人员查阅", size=8),
        right=_HeaderFooterPart("第 &P 页 / 共 &N 页", size=8),
    )
    sheet.HeaderFooter = HeaderFooter(oddFooter=footer)
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.protection.autoFilter = sheet.protection.sort = False
    if layout.pages == 1:
        last = canvas.row - 1
        sheet.print_area = f"A1:{sheet.cell(last, canvas.columns).coordinate}"


def package(book: Workbook, title: str, keywords: str | None = None) -> bytes:
    """Save reproducibly: no clock in the properties, fixed zip time stamps, full recalculation on load."""
    book.properties = DocumentProperties(creator="kpi-xl", title=title, keywords=keywords, created=_EPOCH, modified=_EPOCH)
    book.calculation = CalcProperties(fullCalcOnLoad=True)
    raw = io.BytesIO()
    book.save(raw)
    return stamped(raw.getvalue())


def is_as_packaged(data: bytes) -> bool:
    """Tell whether a workbook is one that `package` saved and no program since: each puts the time of saving into it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            core = archive.read("docProps/core.xml")
        return b">kpi-xl</" in core and _fixed_modification(core) == core
    except (zipfile.BadZipFile, KeyError, ValueError):
        return False


_FONT = re.compile(rb"<font>(.*?)</font>", re.DOTALL)
_CHILD = re.compile(rb"(<(\w+)[^>]*/>)")
_FONT_ORDER = (
    *(b"b", b"i", b"strike", b"condense", b"extend", b"outline", b"shadow", b"u", b"vertAlign", b"sz", b"color", b"name"),
    *(b"family", b"charset", b"scheme"),
)


def stamped(data: bytes) -> bytes:
    """Write the zip again with one fixed time stamp; openpyxl's modification time is replaced, its fonts put in order."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "docProps/core.xml":
                body = _fixed_modification(body)
            elif name == "xl/styles.xml":
                body = _FONT.sub(_in_order, body)
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            target.writestr(info, body)
    return out.getvalue()


def _in_order(font: re.Match[bytes]) -> bytes:
    """Put the properties of a font into the order of the schema; openpyxl has one of its own."""
    children = sorted(_CHILD.findall(font[1]), key=lambda child: _FONT_ORDER.index(child[1]))
    return b"<font>" + b"".join(child[0] for child in children) + b"</font>"


def _fixed_modification(core: bytes) -> bytes:
    """Put the fixed stamp where openpyxl wrote the time of saving."""
    start, end = core.index(b"<dcterms:modified"), core.index(b"</dcterms:modified>")
    opening = core.index(b">", start) + 1
    return core[:opening] + _EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode() + core[end:]
