"""Who is appraised, by which scheme, and where the files go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kpi_xl.errors import KpiError, Text
from kpi_xl.job.files import OWN_FILES, safe_name
from kpi_xl.job.model import Assigned, NotAppraised
from kpi_xl.people import Person
from kpi_xl.schemes import read_base_scheme
from kpi_xl.schemes.load import without_variants
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import Value, is_appraised, with_parameters
from kpi_xl.standard import open_scheme
from kpi_xl.view.summarise import NO_TEAM

AWAY = ("离职", "休假")
"""People of these statuses are appraised when the data knows something of them in the period, else listed with the reason."""


@dataclass(frozen=True)
class Assignment:
    """Who is appraised, who is not and why, and whose scheme cannot be used (they fail, the others go on)."""

    assigned: tuple[Assigned, ...]
    left_out: tuple[NotAppraised, ...]
    failed: tuple[tuple[Person, KpiError], ...]


def base_scheme(reference: str, variants: tuple[str, ...]) -> Scheme:
    """Return the scheme that was asked for; one that needs variants, which the roster may name, without them.

    Raises KpiError for one that cannot be used at all.
    """
    try:
        return open_scheme(reference, variants)
    except KpiError:
        if variants or reference.lower().endswith((".xlsx", ".xlsm")):
            raise
        return read_base_scheme(reference)


def scheme_chooser(reference: str, variants: tuple[str, ...], entered: Mapping[str, Value | float]) -> Callable[[Person], Scheme]:
    """Return what finds a person's scheme: the roster's, with its variants, else the one that was asked for.

    A roster that names the id of the file that was asked for means that file, not the built-in scheme of the same id. `entered`
    fills the company's parameters. The function raises KpiError for a scheme that cannot be used.
    """

    @cache
    def load(name: str, chosen: tuple[str, ...]) -> Scheme:
        scheme = open_scheme(name, chosen)
        known = {parameter.id for parameter in scheme.parameters}
        return with_parameters(scheme, {key: text for key, text in entered.items() if key in known})

    file = without_variants(reference)
    own_id = base_scheme(reference, variants).id if file.lower().endswith((".toml", ".xlsx", ".xlsm")) else None

    def choose(person: Person) -> Scheme:
        if own_id is not None and person.scheme and without_variants(person.scheme) == own_id:
            named = person.scheme.partition(":")[2]
            return load(file, (*filter(None, named.split("+")), *person.variants))
        if person.scheme or person.variants:
            return load(person.scheme or without_variants(reference), person.variants)
        return load(reference, variants)

    return choose


def assign(people: Iterable[Person], scheme_of: Callable[[Person], Scheme], active: frozenset[str]) -> Assignment:
    """Give each person, or each team where the scheme appraises teams, a scheme and a place for the files.

    `active` are the ids with anything counted in the period. A scheme for managers appraises those whom the roster names as
    somebody's superior (or for whom it names that scheme); where it names no superiors, everybody.
    """
    everybody = sorted(people, key=lambda p: p.id)
    superior_of = _superiors(everybody)
    leaders = set(superior_of.values())
    names = _Names()
    assigned: list[Assigned] = []
    left_out: list[NotAppraised] = []
    failed: list[tuple[Person, KpiError]] = []
    teams: dict[str, list[tuple[Person, Scheme]]] = {}
    for person in everybody:
        try:
            scheme = scheme_of(person)
        except KpiError as error:
            failed.append((person, error))
            continue
        if scheme.subject == "manager" and leaders and not (person.id in leaders or person.scheme):
            continue
        reason = _why_not(person, scheme, active)
        if reason is not None:
            left_out.append(NotAppraised(person, reason))
        elif scheme.subject == "team":
            teams.setdefault(person.team, []).append((person, scheme))
        else:
            members = None
            if scheme.subject == "manager":
                members = tuple(member for member, superior in superior_of.items() if superior == person.id)
            folder, stem = names.place(person)
            assigned.append(Assigned(person, scheme, folder, stem, members))
    for team, found in sorted(teams.items()):
        if not team:
            reason = Text("按团队考核，但没有写明团队", "teams are appraised, but this person's team is not known")
            left_out += [NotAppraised(person, reason) for person, _ in found]
            continue
        subject, members = _team(team, everybody)
        schemes = list(dict.fromkeys(scheme for _, scheme in found))
        if len(schemes) > 1:
            failed.append((subject, _several_schemes(team, schemes)))
            continue
        folder, stem = names.place(subject, f"{team}_团队考核")
        assigned.append(Assigned(subject, schemes[0], folder, stem, members))
    return Assignment(tuple(assigned), tuple(left_out), tuple(failed))


def _team(team: str, everybody: Sequence[Person]) -> tuple[Person, tuple[str, ...]]:
    """Return a team as a subject, and the ids of all its people: they count whatever their own scheme is."""
    members = [person for person in everybody if person.team == team]
    region, manager = _usual(person.region for person in members), _usual(person.manager for person in members)
    return Person(team, team, team, region, manager=manager), tuple(person.id for person in members)


def _several_schemes(team: str, schemes: Sequence[Scheme]) -> KpiError:
    listed = "、".join(scheme.reference for scheme in schemes)
    return KpiError(
        Text(f"花名册给“{team}”写了不同的团队方案：{listed}", f"the roster names several schemes for {team}: {listed}"),
        Text("同一团队写同一个方案", "name one scheme for the whole team"),
    )


def _superiors(people: Sequence[Person]) -> Mapping[str, str]:
    """Return the superior's id by id, where the roster's 主管 is somebody on it, by id or by a name that only one person has."""
    ids = {person.id for person in people}
    names = Counter(person.name for person in people)
    by_name = {person.name: person.id for person in people if names[person.name] == 1}
    found = {person.id: person.manager if person.manager in ids else by_name.get(person.manager, "") for person in people}
    return {person: superior for person, superior in found.items() if superior and superior != person}


def _usual(texts: Iterable[str]) -> str:
    counted = Counter(text for text in texts if text)
    return min(counted.items(), key=lambda item: (-item[1], item[0]))[0] if counted else ""


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
        self._taken = {f"/{name}".casefold() for name in OWN_FILES}

    def place(self, person: Person, stem: str = "") -> tuple[str, str]:
        team = person.team or NO_TEAM
        if team not in self._folders:
            self._folders[team] = self._unique("", safe_name(team))
        folder = self._folders[team]
        return folder, self._unique(folder, safe_name(stem or f"{person.id}_{person.name}"))

    def _unique(self, folder: str, wanted: str) -> str:
        candidate, number = wanted, 1
        while f"{folder}/{candidate}".casefold() in self._taken:
            number += 1
            candidate = f"{wanted}~{number}"
        self._taken.add(f"{folder}/{candidate}".casefold())
        return candidate
