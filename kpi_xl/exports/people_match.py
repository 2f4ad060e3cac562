"""Who an agent in an export is: by staff id, else by a name that only one person of the roster has, else by name and team."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xl.cell_words import fold_width
from kpi_xl.people import Person


@dataclass(frozen=True)
class Seen:
    """An agent as one export writes him, with how many rows."""

    source: int
    agent: str
    team: str | None
    region: str | None
    rows: int
    name: str | None = None


@dataclass(frozen=True)
class Resolved:
    """What became of (agent, team): the person's id, or the code of the issue."""

    id: str | None
    fate: str | None


def _key(name: str) -> str:
    return re.sub(r"\s+", "", fold_width(name)).casefold()


def _shape(person_id: str) -> str:
    """Return how an id is made: ``A0017`` -> ``a9999``."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", _key(person_id)))


class Roster:
    """The people of the roster, by id and by name."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._by_id = {p.id: p for p in people}
        self._folded = {_key(p.id): p for p in people}
        self._shapes = {_shape(p.id) for p in people}
        self._by_name: dict[str, list[Person]] = defaultdict(list)
        for person in people:
            self._by_name[_key(person.name)].append(person)

    def resolve(self, agent: str, team: str | None, name: str | None = None) -> Resolved:
        """Find the person by id, or by name; `name` stands beside an id of another system that the roster does not have.

        An id that is made like those of the roster is of the same system: somebody else, who may have the same name.
        A name with a trailing digit is another name: 张伟2 is never 张伟.
        """
        found = self._resolve(agent, team)
        other_system = found.fate == "unknown_agent" and _shape(agent) not in self._shapes
        return self._resolve(name, team) if other_system and name else found

    def _resolve(self, agent: str, team: str | None) -> Resolved:
        person = self._by_id.get(agent) or self._folded.get(_key(agent))
        if person:
            return Resolved(person.id, None)
        namesakes = self._by_name.get(_key(agent), [])
        if len(namesakes) > 1 and team:
            namesakes = [p for p in namesakes if _key(p.team) == _key(team)] or namesakes
        if len(namesakes) == 1:
            return Resolved(namesakes[0].id, None)
        if namesakes:
            return Resolved(None, "ambiguous_agent")
        # 张伟(A001), A001-张伟: an id that stands beside the name
        ids = {
            self._folded[k].id for part in re.split(r"[\s()（）\[\]【】/,，_\-:：|]+", agent) if (k := _key(part)) in self._folded
        }
        return Resolved(ids.pop(), None) if len(ids) == 1 else Resolved(None, "unknown_agent")


def agents_of_exports(seen: Sequence[Seen]) -> dict[str, Person]:
    """Return one person per agent, with the most frequent name, team and region (the first in order when equally frequent)."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    teams: dict[str, Counter[str]] = defaultdict(Counter)
    regions: dict[str, Counter[str]] = defaultdict(Counter)
    agents: dict[str, None] = {}
    for one in seen:
        agents[one.agent] = None
        if one.name:
            names[one.agent][one.name] += one.rows
        if one.team:
            teams[one.agent][one.team] += one.rows
        if one.region:
            regions[one.agent][one.region] += one.rows
    return {agent: Person(agent, most(names[agent]) or agent, most(teams[agent]), most(regions[agent])) for agent in agents}


def fill_from_exports(people: Sequence[Person], seen: Mapping[str, Person]) -> dict[str, Person]:
    """Return the roster's people that occur, a team or region that the roster leaves empty taken from the exports."""
    return {
        p.id: replace(p, team=p.team or seen[p.id].team, region=p.region or seen[p.id].region) for p in people if p.id in seen
    }


def most(counter: Counter[str]) -> str:
    """Return the most frequent text, the first in order when equally frequent; empty for none."""
    return min(counter.items(), key=lambda item: (-item[1], item[0]))[0] if counter else ""


def digit_names(agents: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs (张伟, 张伟2): a name, and the same name with a number behind it."""
    known = set(agents)
    pairs = []
    for agent in agents:
        match = re.fullmatch(r"([\u4e00-\u9fff]{2,5})\d{1,2}", agent)
        if match and match[1] in known:
            pairs.append((match[1], agent))
    return sorted(pairs)
