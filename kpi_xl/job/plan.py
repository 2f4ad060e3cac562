"""Who gets what: people with their schemes, figures, ratings and facts, worked out before any file is made."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kpi_xl.errors import KpiError, Problem, Text
from kpi_xl.exports.model import Tables
from kpi_xl.issues import Issue
from kpi_xl.job.facts import facts_from, measures_wanted
from kpi_xl.job.history import ByPerson, results_within
from kpi_xl.job.model import Assigned, NotAppraised, Order
from kpi_xl.job.people import Assignment, assign
from kpi_xl.job.ratings import Ratings, read_ratings
from kpi_xl.job.yearly import Mean, mean_of, rollup_for, scheme_of_mean
from kpi_xl.measures import Counts, measure_tables
from kpi_xl.measures.evidence import evidence_by_agent
from kpi_xl.measures.model import Evidence, MeasureRow
from kpi_xl.nearest import did_you_mean
from kpi_xl.people import Person
from kpi_xl.periods import MONTHS_IN, Cycle
from kpi_xl.schemes.inputs import inputs_of_scheme
from kpi_xl.schemes.model import HEAD_COUNT, Fact, Scheme
from kpi_xl.scoring.model import Value
from kpi_xl.scoring.values import read_values
from kpi_xl.view.records import evidence_measures


@dataclass(frozen=True)
class Plan:
    """`schemes` by key, `counts` by the same key, measure rows by key and subject.

    `typed` and `notes` by the id of who is appraised: all values that no measure gives, and what must be said of them.
    `issues` are what reading found, up to a cap (`Tables.every_issue` has all), and the `other_issues`: of the measures, of the
    ratings, of files that could not be used.
    """

    assigned: tuple[Assigned, ...]
    left_out: tuple[NotAppraised, ...]
    failed: tuple[tuple[Person, KpiError], ...]
    schemes: Mapping[str, Scheme]
    counts: Mapping[str, Counts]
    rows: Mapping[str, Mapping[str, tuple[MeasureRow, ...]]]
    typed: Mapping[str, Mapping[str, Value]]
    samples: Mapping[str, Mapping[str, int]]
    notes: Mapping[str, tuple[str, ...]]
    issues: tuple[Issue, ...]
    warnings: tuple[Text, ...]
    other_issues: tuple[Issue, ...] = ()


def make_plan(
    order: Order, tables: Tables, people: Sequence[Person], active: frozenset[str], scheme_of: Callable[[Person], Scheme]
) -> Plan:
    """Work out the plan. Raises KpiError when nobody can be appraised, and for `Order.entered` or `waive` that nothing takes."""
    assignment = assign(people, scheme_of, active)
    _require_people(order, assignment)
    _check_entered(order, _distinct(assignment.assigned))
    ratings = read_ratings(order.ratings, assignment.assigned, order.period) if order.ratings is not None else Ratings()
    assignment = _without_early(order, assignment, frozenset(ratings.values) | active)
    typed = _typed(order, assignment, ratings)
    means = _means(order, assignment.assigned, ratings)
    notes = defaultdict(tuple[str, ...], ratings.notes)
    keys = _Keys()
    assigned = []
    for entry in assignment.assigned:
        person = entry.person.id
        scheme = entry.scheme
        if person in means:
            scheme, mean = means[person]
            beside = {fact.id for fact in entry.scheme.facts}  # goals of the year, say: shown, whatever the total is made of
            typed[person] = {key: value for key, value in typed[person].items() if key in beside} | dict(mean.values)
            notes[person] = (mean.note, *notes[person])
        if _is_early(order, entry.scheme):
            notes[person] = (_early_note(order, entry.scheme), *notes[person])
        assigned.append(replace(entry, scheme=scheme, key=keys.of(scheme)))
    counts: dict[str, Counts] = {}
    rows: dict[str, Mapping[str, tuple[MeasureRow, ...]]] = {}
    for key, scheme in keys.schemes.items():
        counts[key] = measure_tables(tables, order.period, definitions=dict(scheme.definitions), measures=measures_wanted(scheme))
        rows[key] = _rows(counts[key], scheme, [entry for entry in assigned if entry.key == key])
    for entry in assigned:
        person = entry.person.id
        if told := _overridden(entry.scheme, rows[entry.key].get(person, ()), typed[person]):
            notes[person] = (*notes[person], told)
    remarks = {remark: None for counted in counts.values() for remark in counted.notes}
    others = (*remarks, *ratings.issues)
    return Plan(
        assigned=tuple(assigned),
        left_out=assignment.left_out,
        failed=assignment.failed,
        schemes=keys.schemes,
        counts=counts,
        rows=rows,
        typed=typed,
        samples=ratings.samples,
        notes=notes,
        issues=(*tables.issues(), *others),
        other_issues=others,
        warnings=(*_cycle_warnings(order, _distinct(assignment.assigned)), *_head_warnings(order, assignment)),
    )


class _Keys:
    """Gives each scheme a key of its own: its reference, numbered where different schemes have the same one."""

    def __init__(self) -> None:
        self.schemes: dict[str, Scheme] = {}
        self._known: dict[int, str] = {}

    def of(self, scheme: Scheme) -> str:
        if id(scheme) not in self._known:
            key, number = scheme.reference, 1
            while key in self.schemes and self.schemes[key] != scheme:
                number += 1
                key = f"{scheme.reference}#{number}"
            self.schemes.setdefault(key, scheme)
            self._known[id(scheme)] = key
        return self._known[id(scheme)]


def _distinct(assigned: Sequence[Assigned]) -> list[Scheme]:
    return list({id(entry.scheme): entry.scheme for entry in assigned}.values())


def _require_people(order: Order, assignment: Assignment) -> None:
    if assignment.assigned:
        return
    if assignment.failed:
        raise assignment.failed[0][1]
    raise KpiError(
        Text(f"{order.period.label}没有可考核的人员", f"nobody to appraise in {order.period}"),
        Text(
            "请检查考核周期、花名册（人员状态、团队）和导出文件的日期",
            "check the period, the roster (status, team) and the dates in the exports",
        ),
    )


def _check_entered(order: Order, schemes: Sequence[Scheme]) -> None:
    """Refuse what no scheme knows, and name every parameter that is still blank."""
    settable = [p.id for scheme in schemes for p in scheme.parameters] + [f.id for scheme in schemes for f in scheme.facts]
    waivable = [group.id for scheme in schemes for group in scheme.groups if group.waivable]
    problems = [
        Problem(f"--set {key}", Text(f"没有参数 {key}", f"there is no parameter {key}"), did_you_mean(key, settable))
        for key in order.entered
        if key not in settable
    ]
    problems += [
        Problem(f"--waive {name}", Text(f"{name} 不能豁免", f"{name} cannot be waived"), did_you_mean(name, waivable))
        for name in order.waive
        if name not in waivable
    ]
    for parameter in {p.id: p for scheme in schemes for p in scheme.parameters if p.value is None}.values():
        problems.append(
            Problem(
                parameter.id,
                Text(f"参数“{parameter.name}”还没有填写", f"the parameter {parameter.id} is not filled in"),
                Text(f"由公司确定后填写：--set {parameter.id}=…", f"fill it in: --set {parameter.id}=..."),
            )
        )
    if problems:
        raise KpiError(
            Text(f"有 {len(problems)} 处需要先处理", f"{len(problems)} things must be dealt with first"),
            Text("按每条提示修改后重新运行", "follow the hint of each line and run again"),
            problems,
        )


def _typed(order: Order, assignment: Assignment, ratings: Ratings) -> dict[str, dict[str, Value]]:
    """Values by person that no measure gives: the head count and facts for everybody, then the ratings.

    While somebody's scheme cannot be used the heads are not known: a bonus divided by too few would pay the others too much.
    """
    assigned = assignment.assigned
    heads = Counter() if assignment.failed else Counter(entry.scheme.id for entry in assigned)
    common: dict[int, dict[str, Value]] = {}
    for scheme in _distinct(assigned):
        counted: dict[str, Value] = {f.id: Decimal(heads[scheme.id]) for f in _heads(scheme) if heads}
        common[id(scheme)] = counted | _entered_facts(order, scheme)
    return {e.person.id: {**common[id(e.scheme)], **ratings.values.get(e.person.id, {})} for e in assigned}


def _heads(scheme: Scheme) -> list[Fact]:
    return [fact for fact in scheme.facts if fact.measure == HEAD_COUNT]


def _head_warnings(order: Order, assignment: Assignment) -> Iterator[Text]:
    wanted = {fact.id: fact for entry in assignment.assigned for fact in _heads(entry.scheme)}
    for fact in wanted.values():
        if assignment.failed and fact.id not in order.entered:
            yield Text(
                f"有 {len(assignment.failed)} 人的方案用不了，“{fact.name}”不能确定，没有计算依赖它的奖金；"
                f"请改正花名册后重新运行，或写 --set {fact.id}=…",
                f"the scheme of {len(assignment.failed)} people cannot be used, so {fact.id} is not known and no bonus is "
                f"computed from it: mend the roster and run again, or give --set {fact.id}=...",
            )


def _entered_facts(order: Order, scheme: Scheme) -> dict[str, Value]:
    facts = {fact.id for fact in scheme.facts}
    problems: list[Problem] = []
    values = read_values(scheme, {key: text for key, text in order.entered.items() if key in facts}, {}, problems)
    if problems:
        raise KpiError(
            Text("--set 的数值有误", "a value of --set is wrong"),
            Text("按每条提示修改", "follow the hint of each line"),
            problems,
        )
    return values


def _means(order: Order, assigned: Sequence[Assigned], ratings: Ratings) -> dict[str, tuple[Scheme, Mean]]:
    """People whose result is a mean of earlier results, with the scheme of the mean and its inputs.

    Who has ratings for the period itself is scored by them; who has neither stays with the scheme (待评).
    """
    found: dict[str, tuple[Scheme, Mean]] = {}
    means: dict[int, Scheme] = {}
    earlier: dict[Cycle, ByPerson] = {}
    for scheme in _distinct(assigned):
        rollup = rollup_for(scheme, order.period)
        if rollup is None:
            continue
        cycles: tuple[Cycle, ...] = ("month", "quarter")
        earlier = earlier or {cycle: results_within(order.out, order.period, cycle) for cycle in cycles}
        scored = {entry.key for entry in inputs_of_scheme(scheme) if entry.indicator is not None}
        means[id(scheme)] = scheme_of_mean(scheme, rollup)
        for person in (entry.person.id for entry in assigned if entry.scheme is scheme):
            if scored & set(ratings.values.get(person, {})):
                continue
            results: dict[str, Sequence[Decimal | None]] = {
                cycle: [past.total for past in past_results[person, scheme.id]]
                for cycle, past_results in earlier.items()
                if (person, scheme.id) in past_results
            }
            results |= ratings.results.get(person, {})
            if results:
                found[person] = (means[id(scheme)], mean_of(scheme, rollup, results))
    return found


def _overridden(scheme: Scheme, rows: Sequence[MeasureRow], typed: Mapping[str, Value]) -> str:
    """Say where a typed value stands in place of a counted one; empty when nowhere."""
    counted = facts_from(scheme, rows, {}).values
    keys = {entry.indicator for entry in inputs_of_scheme(scheme) if entry.key in counted and entry.key in typed}
    names = [indicator.name for indicator in scheme.indicators if indicator.id in keys]
    return f"{'、'.join(names)}采用录入的数值，没有采用导出数据" if names else ""


def _rows(counts: Counts, scheme: Scheme, entries: Sequence[Assigned]) -> dict[str, tuple[MeasureRow, ...]]:
    """Return the rows of the whole period by the id of who is appraised; the counts of members are pooled."""
    limits = {i.measure: i.min_sample for i in scheme.indicators if i.measure}
    if any(entry.members is not None for entry in entries):
        owner = {member: entry.person.id for entry in entries for member in entry.members or ()}
        agents = {agent: replace(person, team=owner[agent]) for agent, person in counts.agents.items() if agent in owner}
        own = replace(counts, agents=agents, counts=tuple(count for count in counts.counts if count.agent in owner))
        found = own.inputs("team", limits)
    else:
        found = counts.inputs("agent", limits)
    return {subject: tuple(measured.values()) for subject, measured in found.items()}


def evidence_of(plan: Plan, order: Order, tables: Tables, key: str) -> Iterator[tuple[Assigned, list[Evidence]]]:
    """Yield everybody of a scheme with the evidence, by id: one stream for all people, one for each that has members."""
    scheme = plan.schemes[key]
    entries = sorted((entry for entry in plan.assigned if entry.key == key), key=lambda entry: entry.person.id)
    wanted, definitions = evidence_measures(scheme), dict(scheme.definitions)
    if any(entry.members is not None for entry in entries):
        for entry in entries:
            pooled = evidence_by_agent(tables, order.period, wanted, entry.members, definitions) if entry.members else ()
            yield entry, [row for _, rows in pooled for row in rows]
        return
    agents = None if len(plan.schemes) == 1 else [entry.person.id for entry in entries]
    stream = _Merge(evidence_by_agent(tables, order.period, wanted, agents, definitions))
    for entry in entries:
        yield entry, stream.take(entry.person.id)


class _Merge:
    """Hands out the evidence of each person from a stream in the order of ids."""

    def __init__(self, stream: Iterator[tuple[str, list[Evidence]]]) -> None:
        self._stream = stream
        self._next: tuple[str, list[Evidence]] | None = next(stream, None)

    def take(self, person_id: str) -> list[Evidence]:
        while self._next is not None and self._next[0] < person_id:
            self._next = next(self._stream, None)
        if self._next is None or self._next[0] != person_id:
            return []
        found = self._next[1]
        self._next = next(self._stream, None)
        return found


_CYCLES = {"month": "月", "quarter": "季", "year": "年"}


def _is_early(order: Order, scheme: Scheme) -> bool:
    """Tell whether the period is shorter than each cycle of the scheme: a month of people who are appraised by the year."""
    return bool(scheme.cycles) and order.period.month_count < min(MONTHS_IN[cycle] for cycle in scheme.cycles)


def _without_early(order: Order, assignment: Assignment, known: frozenset[str]) -> Assignment:
    """Leave out those whose appraisal is not due yet and of whom nothing is `known`, unless that would be everybody.

    An early form is made when somebody rated the person, when there are data, or when nobody else is asked for; it says so.
    """
    early = [
        entry
        for entry in assignment.assigned
        if _is_early(order, entry.scheme) and not known & {entry.person.id, *(entry.members or ())}
    ]
    if len(early) == len(assignment.assigned):
        return assignment
    left_out = [NotAppraised(entry.person, _not_due(order, entry.scheme)) for entry in early]
    gone = {entry.person.id for entry in early}
    assigned = tuple(entry for entry in assignment.assigned if entry.person.id not in gone)
    return replace(assignment, assigned=assigned, left_out=(*assignment.left_out, *left_out))


def _cycles_of(scheme: Scheme) -> str:
    return "、".join(_CYCLES[cycle] for cycle in scheme.cycles)


def _not_due(order: Order, scheme: Scheme) -> Text:
    return Text(
        f"按{_cycles_of(scheme)}考核，{order.period.label}没有评分和数据",
        f"appraised by {', '.join(scheme.cycles)}: neither ratings nor data in {order.period}",
    )


def _early_note(order: Order, scheme: Scheme) -> str:
    return f"本方案按{_cycles_of(scheme)}考核；本表只汇总{order.period.label}，仅供参考，不作为考核结果"


def _cycle_warnings(order: Order, schemes: Sequence[Scheme]) -> Iterator[Text]:
    for scheme in {(scheme.id, scheme.cycles): scheme for scheme in schemes}.values():
        if scheme.cycles and order.period.cycle not in scheme.cycles:
            early = _is_early(order, scheme)
            yield Text(
                f"“{scheme.name}”（{scheme.reference}）的考核周期是{_cycles_of(scheme)}，本次按{_CYCLES[order.period.cycle]}汇总"
                + ("；考核表上已注明仅供参考。正式考核请用对应的 --period" if early else ""),
                f"{scheme.reference} is appraised by {', '.join(scheme.cycles)}; this run covers a {order.period.cycle}"
                + (": the forms say that they are no result. Give --period its cycle" if early else ""),
            )
