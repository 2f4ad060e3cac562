"""What the user asked of collecting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_xl import arguments
from kpi_xl.arguments import instance_of, one_of, optional
from kpi_xl.collect.outcome import TAKES, Take
from kpi_xl.collect.passwords import Passwords
from kpi_xl.errors import Text
from kpi_xl.periods import Period

if TYPE_CHECKING:
    from kpi_xl.exports.model import Progress


@dataclass(frozen=True)
class Intake:
    """Forms that came back, and how they are taken in. `now` is local time; `workers` None: one per processor.

    `forms` are files, and folders with everything below them; `ledger` a file name or a URL. `take` decides between forms of the
    same person that contradict each other (see `kpi_xl.collect.decide`); with `period`, forms of another one are only listed.
    `passwords` open encrypted forms; `out` is the result workbook (None: none is written). Raises KpiError, before any work,
    for values of other kinds.
    """

    forms: tuple[Path, ...]
    ledger: str
    now: dt.datetime
    take: Take = "ask"
    period: Period | None = None
    passwords: Passwords | None = None
    out: Path | None = None
    workers: int | None = None
    progress: Progress | None = None

    def __post_init__(self) -> None:
        arguments.read_fields(self, _INTAKE, "collect_forms")


_INTAKE: Mapping[str, arguments.Reader[Any]] = {
    "forms": arguments.read_paths,
    "ledger": arguments.read_reference,
    "now": arguments.read_moment,
    "take": one_of(TAKES),
    "period": optional(arguments.read_period),
    "passwords": optional(instance_of(Passwords, Text("写密码文件的路径", "name the password file"))),
    "out": optional(arguments.read_path),
    "workers": optional(arguments.read_count),
    "progress": optional(arguments.read_callable),
}
