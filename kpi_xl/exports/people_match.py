"""Who an agent in an export is: by staff id, else by a name that only one person of the roster has, else by name and team."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_xl.people import CJK, Person, id_key, name_key, plain_name


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
    """What became of (agent, team): the person's id, or the code of the issue. `beside`: id and name stood in one cell."""

    id: str | None
    fate: str | None
    beside: bool = False


_SEPARATORS = re.compile(r"[\s()（）\[\]【】〔〕<>《》/,，、;；_\-–—:：|#@.]+")
_REMARK = re.compile(r"[(（\[【〔<].*?([)）\]】〕>]|$)")
_STATUS = re.compile(r"(已?离职|已离|在职|实习生?|试用期?|休假|停用|离岗|转岗|调岗|借调|外包|兼职|新|旧)+$")
_BEHIND = re.compile(f"(?<=[{CJK}])[\\s_\\-]*[0-9A-Za-z]{{1,3}}$")
_NEAR = 3
_LONG_ENOUGH = 3


def _loose_id(text: str) -> str:
    """Return an id without signs and leading zeros, by which near ids are found: ``A-0017`` -> ``a17``."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[\W_]", "", id_key(text)))


def _shape(person_id: str) -> str:
    """Return how an id is made: ``A0017`` -> ``a9999``."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", id_key(person_id)))


def _shorter(name: str) -> set[str]:
    """Return the texts that the name becomes when one of its characters is left out."""
    return {name[:i] + name[i + 1 :] for i in range(len(name))}


def bare_names(text: str) -> list[str]:
    """Return the names that may stand in a text that holds more than a name: without remarks, status words, digits, ids.

    >>> bare_names("李四（离职）"), bare_names("张伟2"), bare_names("A001 张伟-离职")
    (['李四'], ['张伟'], ['A001', '张伟'])
    """
    plain = plain_name(text)
    found = [_REMARK.sub("", plain), *_SEPARATORS.split(plain)]
    cut = [_BEHIND.sub("", _STATUS.sub("", part).strip("-_ ")) for part in found]
    return list(dict.fromkeys(part for part in cut if part and part != plain and not _STATUS.fullmatch(part)))


class Roster:
    """The people of the roster, by id and by name."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._by_id = {p.id: p for p in people}
        self._folded = {id_key(p.id): p for p in people}
        self._shapes = {_shape(p.id) for p in people}
        self._by_name: dict[str, list[Person]] = defaultdict(list)
        self._loose: dict[str, list[Person]] = defaultdict(list)
        self._alike: dict[str, list[Person]] = defaultdict(list)
        for person in people:
            name = name_key(person.name)
            self._by_name[name].append(person)
            self._loose[_loose_id(person.id)].append(person)
            for part in (name, *(_shorter(name) if len(name) >= _LONG_ENOUGH else ())):
                self._alike[part].append(person)

    def person(self, person_id: str) -> Person:
        """Return the person of that id. Raises KeyError."""
        return self._by_id[person_id]

    def resolve(self, agent: str, team: str | None, name: str | None = None) -> Resolved:
        """Find the person by id, or by name; `name` stands beside an id of another system that the roster does not have.

        An id that is made like those of the roster is of the same system: somebody else, who may have the same name.
        A name with a trailing digit or a remark is another name: 张伟2 is never 张伟.
        """
        found = self._resolve(agent, team)
        other_system = found.fate == "unknown_agent" and _shape(agent) not in self._shapes
        return self._resolve(name, team) if other_system and name else found

    def _resolve(self, agent: str, team: str | None) -> Resolved:
        person = self._by_id.get(agent) or self._folded.get(id_key(agent))
        if person:
            return Resolved(person.id, None)
        namesakes = self._by_name.get(name_key(agent), [])
        if len(namesakes) > 1 and team:
            namesakes = [p for p in namesakes if name_key(p.team) == name_key(team)] or namesakes
        if len(namesakes) == 1:
            return Resolved(namesakes[0].id, None)
        if namesakes:
            return Resolved(None, "ambiguous_agent")
        beside = self._id_beside_name(agent)
        return Resolved(beside.id, None, beside=True) if beside else Resolved(None, "unknown_agent")

    def _id_beside_name(self, agent: str) -> Person | None:
        """Return the person whose id and name both stand in the text (张伟(A001), A001-张伟), or whose id stands there alone."""
        parts = [part for part in _SEPARATORS.split(plain_name(agent)) if part]
        known = {p.id: p for part in parts if (p := self._folded.get(id_key(part)))}
        if len(known) != 1:
            return None
        (person,) = known.values()
        others = [name_key(part) for part in parts if id_key(part) != id_key(person.id)]
        return person if not others or name_key(person.name) in (*others, name_key(" ".join(others))) else None

    def near(self, agent: str, name: str | None = None) -> tuple[Person, ...]:
        """Return the people who may be meant by somebody whom the roster does not have, the likeliest first, three at most.

        The same name beside an id that is not theirs, a name with a remark, a digit or an id; an id with other zeros or signs;
        a name of three characters and more that differs in one, where only one person's does. They are offered, never taken.
        """
        texts = [text for text in (agent, name) if text]
        parts = list(dict.fromkeys(part for text in texts for part in (text, *bare_names(text))))
        found = [p for part in parts for p in (*self._by_name.get(name_key(part), ()), *self._id_of(part))]
        found += [p for part in parts for p in self._loose.get(_loose_id(part), ()) if any(c.isdigit() for c in part)]
        found += [p for text in texts for p in self._with_one_difference(name_key(text))]
        return tuple({p.id: p for p in found}.values())[:_NEAR]

    def _id_of(self, text: str) -> tuple[Person, ...]:
        person = self._folded.get(id_key(text))
        return (person,) if person else ()

    def _with_one_difference(self, name: str) -> list[Person]:
        if len(name) < _LONG_ENOUGH or any(c.isdigit() for c in name):
            return []
        found = {p.id: p for part in {name, *_shorter(name)} for p in self._alike.get(part, ())}
        return list(found.values()) if len(found) == 1 else []

    def namesakes(self, name: str) -> tuple[Person, ...]:
        """Return the people of that name."""
        return tuple(self._by_name.get(name_key(name), ()))

    @property
    def repeated_names(self) -> list[tuple[Person, ...]]:
        """The people who share their name with others, name by name."""
        return [tuple(people) for people in self._by_name.values() if len(people) > 1]


def who(people: Sequence[Person]) -> str:
    """Name people so that each can be told from the others: ``李四（A007）、李思（A010）``."""
    return "、".join(f"{p.name}（{p.id}）" if p.name != p.id else p.id for p in people)


def spelled_alike(agents: Mapping[str, int]) -> dict[str, str]:
    """Return one spelling for agents who are written in several ways: the most frequent of the same name.

    `agents` are the rows of each spelling.

    >>> spelled_alike({"张三": 3, "张 三": 9, "JOHN SMITH": 1, "John Smith": 2})
    {'张三': '张三', '张 三': '张三', 'JOHN SMITH': 'John Smith', 'John Smith': 'John Smith'}
    """
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for agent, rows in agents.items():
        groups[name_key(agent)][plain_name(agent)] += rows
    return {agent: most(groups[name_key(agent)]) for agent in agents}


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


def lookalikes(agents: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs (张伟, 张伟2), (李四, 李四（离职）): a name, and the name with a digit, a remark or an id."""
    known = {name_key(agent): agent for agent in agents}
    pairs = {
        (known[name_key(part)], agent)
        for agent in agents
        for part in bare_names(agent)
        if re.search(f"[{CJK}]{{2}}", part) and known.get(name_key(part), agent) != agent
    }
    return sorted(pairs)
