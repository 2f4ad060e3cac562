"""Earlier results of the same people: the run.json files of other periods under the same output folder."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from kpi_xl.errors import KpiError
from kpi_xl.job.journal import RUN
from kpi_xl.periods import Cycle, Period
from kpi_xl.scoring.model import PastResult

ByPerson = Mapping[tuple[str, str], tuple[PastResult, ...]]
"""Results by person and scheme, in the order of time. A result is final when it has a total."""


def earlier_results(out: Path, period: Period) -> ByPerson:
    """Return results before `period`, of the same cycle: what trends and streaks are made of."""
    return _collect(_results(path, p) for path, p in _runs(out, period) if p.cycle == period.cycle and p.start < period.start)


def results_within(out: Path, period: Period, cycle: Cycle) -> ByPerson:
    """Return results of the shorter periods inside `period`: what a yearly mean is made of."""
    return _collect(
        _results(path, p) for path, p in _runs(out, period) if p.cycle == cycle and period.start <= p.start < period.end
    )


def _runs(out: Path, like: Period) -> Iterator[tuple[Path, Period]]:
    """Walk over the runs below a folder; their months are reckoned as those of the period at hand, or they would not line up."""
    for path in sorted(out.glob(f"*/{RUN}")):
        try:
            period = Period.parse(path.parent.name, like.month_starts, like.basis)
        except KpiError:  # a folder of the user's own
            continue
        if str(period) == path.parent.name:  # else a copy that somebody named
            yield path, period


def _results(path: Path, period: Period) -> list[tuple[str, str, PastResult]]:
    """Read one run; nothing when it cannot be read."""
    try:
        people = json.loads(path.read_text(encoding="utf-8"))["people"]
        found = []
        for entry in people:
            total = None if entry["total"] is None else Decimal(entry["total"])
            if total is not None and not total.is_finite():
                return []
            found.append((str(entry["id"]), str(entry["scheme"]), PastResult(period, total, entry["grade"], total is not None)))
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return []
    return found


def _collect(runs: Iterable[list[tuple[str, str, PastResult]]]) -> ByPerson:
    found: dict[tuple[str, str], list[PastResult]] = defaultdict(list)
    for results in runs:
        for person, scheme, result in results:
            found[person, scheme].append(result)
    return {key: tuple(sorted(own, key=lambda r: r.period)) for key, own in found.items()}
