"""SQL that brings times of other zones to the department's clock: changes of the clocks by date, without any extension."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from kpi_xl.cell_zones import DEPARTMENT, ZONE, changes_of, named_offsets, offset_minutes
from kpi_xl.exports.rows.spellings import quote


@dataclass(frozen=True)
class Zones:
    """The zone of the department, to which all times are brought, and the one of a file's times that name none.

    Every method takes and gives SQL over times without zone; those of the latter may hold ``{x}``.
    """

    department: str = DEPARTMENT
    times_in: str = ""

    def local(self, wall: str) -> str:
        """Return SQL for a time that names no zone."""
        if self.times_in in ("", self.department):
            return wall
        steps = [(change.wall, change.seconds) for change in changes_of(self.times_in)]
        return self.from_utc(f"list_transform([{wall}], lambda w: w - to_seconds({_by_date('w', steps)}))[1]")

    def from_utc(self, utc: str) -> str:
        """Return SQL for a time of UTC."""
        steps = [(change.utc, change.seconds) for change in changes_of(self.department)]
        return f"list_transform([{utc}], lambda u: u + to_seconds({_by_date('u', steps)}))[1]"

    def zone(self, wall: str, zone: str) -> str:
        """Return SQL for a time that names that zone."""
        minutes = offset_minutes(zone, self.department) or 0
        return self.from_utc(f"({wall}) - to_minutes({minutes})")

    def is_told(self, text: str) -> str:
        """Return SQL that tells whether a text names a zone."""
        return f"regexp_matches({text}, {quote(ZONE)})"

    def told(self, text: str) -> str:
        """Return SQL for the text without the zone behind it."""
        return f"trim(regexp_replace({text}, {quote(ZONE)}, ''))"

    def zoned(self, wall: str, text: str, is_day: str) -> str:
        """Return SQL for a time, read as `wall`, of a text with a zone behind it; a day alone stays as it is."""
        return f"CASE WHEN {is_day} THEN {wall} ELSE {self.from_utc(f'({wall}) - to_minutes({self._minutes(text)})')} END"

    def _minutes(self, text: str) -> str:
        name = f"lower(regexp_extract({text}, {quote(ZONE)}, 1))"
        signed = f"regexp_extract({name}, '([+-])(\\d{{1,2}}):?(\\d{{2}})?$', ['s', 'h', 'm'])"
        ahead = "(CAST(o.h AS BIGINT) * 60 + coalesce(try_cast(o.m AS BIGINT), 0))"
        named = " ".join(f"WHEN {quote(zone)} THEN {minutes}" for zone, minutes in named_offsets(self.department).items())
        return (
            f"list_transform([{signed}], lambda o: CASE o.s WHEN '+' THEN {ahead} WHEN '-' THEN -{ahead}"
            f" ELSE CASE {name} {named} END END)[1]"
        )


AT_HOME = Zones()
"""The zone of a department that says nothing else."""


def _by_date(moment: str, steps: Sequence[tuple[dt.datetime, int]]) -> str:
    """Return SQL for the number of the last step that `moment` has reached: few comparisons, however many steps."""
    if len(steps) == 1:
        return str(steps[0][1])
    middle = len(steps) // 2
    early, late = _by_date(moment, steps[:middle]), _by_date(moment, steps[middle:])
    return f"CASE WHEN {moment} < TIMESTAMP {quote(f'{steps[middle][0]}')} THEN {early} ELSE {late} END"
