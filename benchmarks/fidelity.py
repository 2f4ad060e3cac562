"""What a filled workbook still has of its template: our engine, openpyxl (load, set, save) and xltpl side by side.

A workbook with every feature that XlsxWriter draws, and with ``KPI_XL_TEST_DATA`` also the public workbooks that Excel and WPS
made. Counts what each feature leaves in the XML, before and after. ``python benchmarks/fidelity.py docs/templates.md`` renews the
table there.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from template.books import every_feature

START, END = "<!-- fidelity -->", "<!-- /fidelity -->"
FEATURES = {
    "富文本 rich text": r"<(?:x:)?r><(?:x:)?rPr>",
    "公式的缓存值 cached values": r"</f><v>[^<]",
    "动态数组 dynamic arrays": r'<c [^>]*\bcm="',
    "数据条、x14 条件格式 data bars, x14 formats": r"<x14:cfRule ",
    "迷你图 sparklines": r"<x14:sparkline>",
    "切片器、日程表 slicers, timelines": r"<(?:\w+:)?(?:slicer|timeline) (?!r:)",
    "形状与文本框 shapes, text boxes": r"<(?:xdr:)?sp[ >]",
    "表单控件 form controls": r"<(?:x14:)?formControlPr |<control ",
    "图表 charts": r"<(?:c:)?chartSpace",
    "图表样式 chart styles": r"<(?:cs:)?chartStyle",
    "图片 pictures": r"<(?:xdr:)?pic>",
    "批注 comments": r"<comment ",
    "表格 tables": r"<table ",
    "数据透视表 pivot tables": r"<pivotTableDefinition",
    "数据验证 validations": r"<dataValidation ",
    "条件格式 conditional formats": r"<cfRule ",
    "超链接 hyperlinks": r"<hyperlink ",
    "自定义 XML custom XML": r"<(?:ds:)?datastoreItem",
}


def count(data: bytes) -> dict[str, int]:
    """Return how often each feature stands in a workbook file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist() if name.endswith(".xml"))
    return {feature: len(re.findall(pattern, text)) for feature, pattern in FEATURES.items()}


def by_engine(source: bytes) -> bytes:
    """Fill with the compiled template."""
    from kpi_xl.template import compile_template

    return compile_template(source).render({"name": "张三", "total": 0.5, "rows": [{"id": "T1", "n": 1}]})


def by_openpyxl(source: bytes) -> bytes:
    """Load, set a cell, save."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(source))
    book.worksheets[0]["A1"] = "张三"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def by_xltpl(source: bytes) -> bytes:
    """Render with xltpl."""
    import openpyxl
    from xltpl.writerx import BookWriter

    names = openpyxl.load_workbook(io.BytesIO(source), read_only=True).sheetnames
    folder = Path(tempfile.mkdtemp())
    (folder / "template.xlsx").write_bytes(source)
    writer = BookWriter(str(folder / "template.xlsx"))
    view = {"name": "张三", "total": 0.5, "row": {"id": "T1", "n": 1}}
    writer.render_book([{**view, "tpl_name": name, "sheet_name": name} for name in names])
    writer.save(str(folder / "out.xlsx"))
    return (folder / "out.xlsx").read_bytes()


WAYS: dict[str, Callable[[bytes], bytes]] = {"kpi-xl": by_engine, "openpyxl": by_openpyxl, "xltpl": by_xltpl}


def plain(source: bytes) -> bytes:
    """Return the workbook with the loop's markers as plain text: the other programs do not know them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as before, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            data = before.read(name)
            if name == "xl/sharedStrings.xml":
                data = data.replace(b"{{ for row in rows }}", b"-").replace(b"{{ end }}", b"-")
            after.writestr(name, data)
    return stream.getvalue()


def in_a_process(way: str, source: bytes) -> bytes | None:
    """Fill one way in a process of its own; None when it fails or takes more than a minute."""
    command = [sys.executable, "-W", "ignore", __file__, "--only", way]
    try:
        done = subprocess.run(command, input=source, capture_output=True, timeout=60, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return done.stdout[done.stdout.index(b"PK\x03\x04") :]


def table(sources: dict[str, bytes]) -> list[str]:
    """Return the table: per feature how many there were, and how many each way kept."""
    kept: dict[str, dict[str, int]] = {way: dict.fromkeys(FEATURES, 0) for way in WAYS}
    before = dict.fromkeys(FEATURES, 0)
    failed = dict.fromkeys(WAYS, 0)
    for source in sources.values():
        found = count(source)
        for feature in FEATURES:
            before[feature] += found[feature]
        for way in WAYS:
            out = in_a_process(way, source if way == "kpi-xl" else plain(source))
            if out is None:
                failed[way] += 1
                continue
            after = count(out)
            for feature in FEATURES:
                kept[way][feature] += min(found[feature], after[feature])
    lines = ["| | 模板 template | " + " | ".join(WAYS) + " |", "|---|---|" + "---|" * len(WAYS)]
    for feature, number in before.items():
        if number:
            lines.append(f"| {feature} | {number} | " + " | ".join(str(kept[way][feature]) for way in WAYS) + " |")
    lines.append(
        f"| 处理失败的文件 files that fail or take over a minute | {len(sources)} | "
        + " | ".join(str(failed[way]) for way in WAYS)
        + " |"
    )
    return lines


def main() -> None:
    """Print the table, or put it between its marks in a file."""
    if sys.argv[1:2] == ["--only"]:
        sys.stdout.buffer.write(WAYS[sys.argv[2]](sys.stdin.buffer.read()))
        return
    sources = {"every feature": every_feature()}
    folder = os.environ.get("KPI_XL_TEST_DATA")
    for path in sorted(Path(folder).glob("templates/*.xlsx")) if folder else ():
        sources[path.name] = path.read_bytes()
    text = "\n".join(table(sources))
    if len(sys.argv) < 2:
        print(text)
        return
    target = Path(sys.argv[1])
    head, _, rest = target.read_text(encoding="utf-8").partition(START)
    target.write_text(f"{head}{START}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
