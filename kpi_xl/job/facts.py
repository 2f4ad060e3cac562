"""From counts to what is scored: each indicator's inputs out of the measure that its scheme names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kpi_xl.measures.model import MeasureRow
from kpi_xl.schemes.inputs import inputs_of
from kpi_xl.schemes.model import HEAD_COUNT, Indicator, Scheme
from kpi_xl.scoring.model import Value

_MEDIAN = ".median"
_USABLE = ("ok", "unmatured", "insufficient")


@dataclass(frozen=True)
class Facts:
    """What is known about one person and period: values by input key, how many rows stand behind an indicator, open windows."""

    values: Mapping[str, Value]
    samples: Mapping[str, int]
    unmatured: Mapping[str, int]


def measures_wanted(scheme: Scheme) -> tuple[str, ...]:
    """Return the ids of the measures, parts included, that feed the scheme's indicators and facts."""
    feeds = [measure for indicator in scheme.indicators for measure, _ in _feeds(indicator)]
    feeds += [fact.measure for fact in scheme.facts if fact.measure and fact.measure != HEAD_COUNT]
    return tuple(dict.fromkeys(measure.removesuffix(_MEDIAN) for measure in feeds))


def facts_from(scheme: Scheme, rows: Iterable[MeasureRow], typed: Mapping[str, Value]) -> Facts:
    """Collect the inputs of one person. `rows` are that person's measures for the whole period; what people typed wins.

    A part or an indicator without data is left out: it is missing, not 0.
    """
    found = {row.measure: row for row in rows}
    values: dict[str, Value] = {}
    samples: dict[str, int] = {}
    unmatured: dict[str, int] = {}
    for indicator in scheme.indicators:
        for measure, key in _feeds(indicator):
            row = found.get(measure)
            if row is None or row.value is None or row.status not in _USABLE:
                continue
            values[key] = row.value
            if row.sample or row.status == "insufficient":  # no contribution in a month is a count of 0, not a small sample
                samples[indicator.id] = max(row.sample, samples.get(indicator.id, 0))
            if row.unmatured:
                unmatured[indicator.id] = max(row.unmatured, unmatured.get(indicator.id, 0))
        if indicator.id in typed:
            samples.pop(indicator.id, None)
    for fact in scheme.facts:
        row = found.get(fact.measure or "")
        if row is not None and row.value is not None:
            values[fact.id] = row.value
    return Facts({**values, **typed}, samples, unmatured)


def _feeds(indicator: Indicator) -> tuple[tuple[str, str], ...]:
    """Pairs of measure and input key: the key with the indicator's id replaced by the measure's.

    Of an indicator with parts only the parts are fed: the bare key would stand for the first part alone.
    """
    if indicator.measure is None:
        return ()
    keys = [entry.key for entry in inputs_of(indicator)]
    parts = [key for key in keys if key.startswith(f"{indicator.id}.") and not key.endswith(_MEDIAN)]
    wanted = parts or [indicator.id]
    wanted += [key for key in keys if key.endswith(_MEDIAN)]
    return tuple((indicator.measure + key.removeprefix(indicator.id), key) for key in wanted)
