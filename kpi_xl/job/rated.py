"""Whom a ratings sheet is about: the people (or teams) of a roster who are appraised by a scheme."""

from __future__ import annotations

from pathlib import Path

from kpi_xl.errors import KpiError, Text
from kpi_xl.exports import read_exports
from kpi_xl.job.people import assign, base_scheme, scheme_chooser
from kpi_xl.schemes.model import Scheme


def rated_people(roster: Path, scheme: str, variants: tuple[str, ...]) -> tuple[list[Scheme], list[tuple[str, str]]]:
    """Return the scheme in all variants that the roster's people have, and (id, name) of those whom it appraises.

    Raises KpiError for a roster or scheme that cannot be used, and when the scheme appraises nobody of the roster.
    """
    people = read_exports((), roster=roster).people
    wanted = base_scheme(scheme, variants).id
    assignment = assign(people, scheme_chooser(scheme, variants, {}), frozenset())
    assigned = [entry for entry in assignment.assigned if entry.scheme.id == wanted]
    if not assigned:
        if assignment.failed:
            raise assignment.failed[0][1]
        raise KpiError(
            Text(f"花名册里没有人按方案 {scheme} 考核", f"the scheme {scheme} appraises nobody on the roster"),
            Text("检查花名册的方案、团队、状态各列", "check the roster's columns scheme, team and status"),
        )
    schemes = list(dict.fromkeys(entry.scheme for entry in assigned))
    return schemes, [(entry.person.id, entry.person.name) for entry in assigned]
