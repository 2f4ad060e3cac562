"""Who is appraised, by which scheme, and where the files go."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from kpi_xl.errors import KpiError, Text
from kpi_xl.job.files import safe_name
from kpi_xl.job.model import Assigned, NotAppraised
from kpi_xl.people import Person
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring.bonus import is_appraised
from kpi_xl.view.summarise import NO_TEAM
from kpi_xl.workbook import open_scheme

AWAY = ("离职", "休假")
"""People of these statuses are appraised when the data knows something of them in the period, else listed with the reason."""


def assign(
    people: Iterable[Person], default: Scheme, default_reference: str, active: frozenset[str]
) -> tuple[list[Assigned], list[NotAppraised], dict[str, KpiError]]:
    """Give each person a scheme and a place for the files.

    `active` are the ids with anything counted or rated in the period. The third result names people whose scheme on the roster
    cannot be used: they fail, the others go on.
    """
    load = cache(open_scheme)
    names = _Names()
    assigned: list[Assigned] = []
    left_out: list[NotAppraised] = []
    failed: dict[str, KpiError] = {}
    for person in sorted(people, key=lambda p: p.id):
        scheme = default
        if person.scheme or person.variants:
            try:
                scheme = load(person.scheme or default_reference, person.variants)
            except KpiError as error:
                failed[person.id] = error
        reason = _why_not(person, scheme, active)
        if reason is not None:
            left_out.append(NotAppraised(person, reason))
            continue
        folder, stem = names.place(person)
        assigned.append(Assigned(person, scheme, folder, stem))
    return assigned, left_out, failed


def _why_not(person: Person, scheme: Scheme, active: frozenset[str]) -> Text | None:
    if not is_appraised(scheme, person):
        return Text(
            f"{person.status}人员不参加“{scheme.name}”考核", f"people of status {person.status} are not appraised by {scheme.id}"
        )
    if person.status in AWAY and person.id not in active:
        return Text(f"{person.status}，本期没有数据", f"status {person.status}, nothing in the data of the period")
    return None


class _Names:
    """Gives out file names that differ on every file system (case-insensitive ones too)."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        self._taken: set[str] = set()

    def place(self, person: Person) -> tuple[str, str]:
        team = person.team or NO_TEAM
        if team not in self._folders:
            self._folders[team] = self._unique("", safe_name(team))
        folder = self._folders[team]
        return folder, self._unique(folder, safe_name(f"{person.id}_{person.name}"))

    def _unique(self, folder: str, wanted: str) -> str:
        candidate, number = wanted, 1
        while f"{folder}/{candidate}".casefold() in self._taken:
            number += 1
            candidate = f"{wanted}~{number}"
        self._taken.add(f"{folder}/{candidate}".casefold())
        return candidate
