"""xlwings Lite (Excel on a Mac, on the web, on Windows; no macros, no local Python): a wheel, and the ``main.py`` to paste.

The wheel holds the cell functions and the core that they need: pure Python, no dependencies. ``main.py`` carries the same files
inside itself, because an add-in in a browser cannot read a wheel from the user's disk.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import textwrap
import zipfile
import zlib
from pathlib import Path

from kpi_xl import __version__
from kpi_xl.functions.core_files import core_files
from kpi_xl.outputs import require_free, write_output

_WHEN = (1980, 1, 1, 0, 0, 0)
_DIST = f"kpi_xl_functions-{__version__}"
WHEEL = f"{_DIST}-py3-none-any.whl"
REQUIREMENTS = "xlwings\n"

_MAIN = '''"""KPI 考核函数，用于 xlwings Lite：整个文件粘贴到 main.py，然后点 Restart。

粘贴后在单元格中输入 =KPI_GRADE(87)，应显示“中级客服”。由 kpi-xl {version} 生成，请勿手工修改。
"""

import base64
import io
import sys
import zipfile
import zlib

_FOLDER = "/tmp/kpi_xl_functions_{version}"
_CORE = """
{core}
"""
_PACKED = zlib.decompress(base64.b85decode(_CORE.replace("\\n", "")))
zipfile.ZipFile(io.BytesIO(_PACKED)).extractall(_FOLDER)
sys.path.insert(0, _FOLDER)

from kpi_xl.excel.functions import *  # noqa: E402, F403 - after the core is in place; xlwings Lite finds the functions here
'''


def build_wheel() -> bytes:
    """Return the wheel of the cell functions; the same version of kpi-xl gives the same bytes."""
    files = _files()
    files[f"{_DIST}.dist-info/METADATA"] = (
        f"Metadata-Version: 2.1\nName: kpi-xl-functions\nVersion: {__version__}\n"
        "Summary: The cell functions of kpi-xl without its engine, for xlwings Lite\nRequires-Python: >=3.11\n"
    ).encode()
    files[f"{_DIST}.dist-info/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: kpi-xl\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = f"{_DIST}.dist-info/RECORD"
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow((name, f"sha256={digest}", len(content)))
    writer.writerow((record, "", ""))
    return _zip({**files, record: lines.getvalue().encode()})


def write_main() -> str:
    """Return the text of ``main.py``: the core inside it, unpacked where xlwings Lite runs, and the functions."""
    # all files in one stream: smaller than each by itself
    core = base64.b85encode(zlib.compress(_zip(_files(), zipfile.ZIP_STORED), 9)).decode()
    return _MAIN.format(version=__version__, core="\n".join(textwrap.wrap(core, 120)))


def write_lite(folder: Path) -> list[Path]:
    """Write ``main.py``, ``requirements.txt`` and the wheel into a folder; return the files."""
    written = {"main.py": write_main().encode(), "requirements.txt": REQUIREMENTS.encode(), WHEEL: build_wheel()}
    for name in written:
        require_free(folder / name)
    for name, content in written.items():
        write_output(folder / name, content)
    return [folder / name for name in written]


def _files() -> dict[str, bytes]:
    excel = Path(__file__).parent
    return core_files() | {
        f"kpi_xl/excel/{name}": (excel / name).read_bytes() for name in ("__init__.py", "functions.py", "workbook.py")
    }


def _zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _WHEN), content, method, compresslevel=9)
    return buffer.getvalue()
