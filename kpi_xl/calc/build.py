"""Builds the .oxt: type library, declarations, component, and the core that it needs, as one reproducible zip file."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

from kpi_xl import __version__
from kpi_xl.calc.declaration import write_add_ins, write_description, write_jobs, write_manifest
from kpi_xl.calc.types import write_types
from kpi_xl.functions import CATALOG
from kpi_xl.functions.core_files import core_files

_WHEN = (1980, 1, 1, 0, 0, 0)
_WITH_COMPONENT = ("__init__.py", "names.py", "ranges.py", "results.py")
"""What the component imports of this room."""


def build_oxt() -> bytes:
    """Return the add-in as bytes; the same version of kpi-xl gives the same bytes."""
    parts: dict[str, bytes] = {
        "META-INF/manifest.xml": write_manifest().encode(),
        "description.xml": write_description(__version__).encode(),
        "CalcAddIns.xcu": write_add_ins(CATALOG).encode(),
        "Jobs.xcu": write_jobs().encode(),
        "kpixl.rdb": write_types(CATALOG),
        "kpi_functions.py": Path(__file__).with_name("component.py").read_bytes(),
    }
    parts |= {f"pythonpath/kpi_xl/calc/{name}": Path(__file__).with_name(name).read_bytes() for name in _WITH_COMPONENT}
    parts |= {f"pythonpath/{name}": content for name, content in core_files().items()}
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
