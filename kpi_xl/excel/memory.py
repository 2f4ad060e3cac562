"""What the installation remembers of the time before it, in the user's folder ``.xlwings``, so that nothing is lost."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.excel.windows import Windows
from kpi_xl.outputs import write_atomically


@dataclass(frozen=True)
class Memory:
    """What was there before. The first three fields are all that earlier versions wrote; those always prepared imports."""

    interpreter: str | None = None
    """``INTERPRETER_WIN`` of xlwings.conf before we set it; None: there was none."""
    had_add_in: bool = False
    """Whether an add-in of xlwings was installed."""
    had_configuration: bool = False
    imports: bool = True
    """Whether importing functions was prepared: the add-in of xlwings and its configuration hold something of ours."""
    own: bool = False
    """Whether our own add-in was put into Excel's start folder."""


def read_memory(windows: Windows) -> Memory | None:
    """Return what is remembered; None when nothing was installed. Raises KpiError for a file that cannot be read."""
    if not windows.memory.exists():
        return None
    try:
        held = json.loads(windows.memory.read_text(encoding="utf-8"))
        if not isinstance(held, dict):
            raise TypeError(held)
        return Memory(**{one.name: held[one.name] for one in fields(Memory) if one.name in held})
    except (OSError, ValueError, TypeError) as error:
        raise KpiError(
            Text(f"安装记录损坏：{windows.memory}", f"the record of the installation is damaged: {windows.memory}"),
            Text(
                "请把这个文件移走后再运行 kpi-xl excel install；原来的 xlwings.conf 和加载项在同一文件夹中",
                "move this file away, then run kpi-xl excel install; the former xlwings.conf and add-ins lie in the same folder",
            ),
            where=Place.of(windows.memory),
        ) from error


def write_memory(windows: Windows, memory: Memory) -> None:
    """Write it whole, before anything else is changed."""
    write_atomically(windows.memory, json.dumps(asdict(memory)))
