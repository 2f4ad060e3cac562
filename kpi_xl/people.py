"""Who is appraised."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A row of the roster, or what the exports tell about an agent when there is no roster (then `id` is the name)."""

    id: str
    name: str
    team: str = ""
    region: str = ""
    position: str = ""
    manager: str = ""
    joined_on: dt.date | None = None
    status: str = "在职"
    scheme: str | None = None
    variants: tuple[str, ...] = ()
