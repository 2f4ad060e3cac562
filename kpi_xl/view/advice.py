"""Strengths, gaps against target, suggestions and training needs: the rules are in advice.toml, the sentences are built here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_xl.codec import Codec
from kpi_xl.numbers import format_plain, format_points
from kpi_xl.schemes.model import Indicator, Scheme
from kpi_xl.view import words
from kpi_xl.view.figures import Aim
from kpi_xl.view.model import Advice, IndicatorView

if TYPE_CHECKING:  # the room of the measures brings DuckDB along, which filling and rendering do not need
    from kpi_xl.measures.model import MeasureRow

_ADVICE = Codec()


@dataclass(frozen=True)
class AdviceText:
    """What is said about one indicator. `more_higher` / `more_lower` take ``{n}``, the records that were short of the target."""

    strength: str
    suggestion: str
    training: str
    more_higher: str
    more_lower: str


@dataclass(frozen=True)
class AdviceBook:
    """The texts by indicator id with their defaults (which take ``{name}``), and the bounds of advice.toml."""

    default: AdviceText
    texts: Mapping[str, AdviceText]
    rated_strength: Decimal
    rated_gap: Decimal
    suggestion: Decimal
    suggestion_always: Decimal
    training: Decimal
    strengths_at_most: int
    suggestions_at_most: int
    training_at_most: int

    def text(self, indicator: Indicator) -> AdviceText:
        """Return the texts of an indicator: by its id, by its measure, or the default ones with its name."""
        found = self.texts.get(indicator.id) or self.texts.get(indicator.measure or "")
        if found:
            return found
        plain = self.default
        return AdviceText(
            plain.strength.replace("{name}", indicator.name),
            plain.suggestion.replace("{name}", indicator.name),
            plain.training.replace("{name}", indicator.name),
            plain.more_higher,
            plain.more_lower,
        )


@cache
def load_advice() -> AdviceBook:
    """Read advice.toml, once a process."""
    document = tomllib.loads(Path(__file__).with_name("advice.toml").read_text(encoding="utf-8"))
    default = document["default"]
    texts: dict[str, AdviceText] = {}
    for entry in document["advice"]:
        texts |= dict.fromkeys(entry["for"], _ADVICE.load(AdviceText, {**default, **entry}, ("for",)))
    return _ADVICE.load(AdviceBook, document["thresholds"], default=_ADVICE.load(AdviceText, default), texts=texts)


@dataclass(frozen=True)
class AdviceLists:
    """The four lists of the feedback report; gaps, suggestions and training with the most points lost first."""

    strengths: tuple[Advice, ...]
    gaps: tuple[Advice, ...]
    suggestions: tuple[Advice, ...]
    training: tuple[Advice, ...]


def advise(
    scheme: Scheme,
    views: tuple[IndicatorView, ...],
    goals: Mapping[str, Aim],
    rows: Mapping[str, MeasureRow],
) -> AdviceLists:
    """Sort the scored indicators into strengths and gaps and say what to do. What has no points is in neither list.

    An indicator with a target is a strength when it earns its whole weight and a gap when it does not; one without a target
    is compared with the bounds of advice.toml.
    """
    book = load_advice()
    scored = [view for view in views if view.attainment is not None]
    strong = [view for view in scored if _is_strength(book, view, goals[view.id])]
    short = [view for view in scored if _is_gap(book, view, goals[view.id])]
    strong.sort(key=lambda view: -view.weight)
    short.sort(key=_points_lost, reverse=True)
    texts = {view.id: book.text(scheme.indicator(view.id)) for view in scored}
    clear = [view for view in short if (view.attainment or 0) < book.suggestion]
    told = [v for n, v in enumerate(clear) if n < book.suggestions_at_most or (v.attainment or 0) < book.suggestion_always]
    weak = [view for view in short if (view.attainment or 0) < book.training]
    return AdviceLists(
        tuple(Advice(v.id, _headline(v), texts[v.id].strength) for v in strong[: book.strengths_at_most]),
        tuple(Advice(v.id, v.name, _gap_text(scheme, v, goals[v.id], rows, texts[v.id])) for v in short),
        tuple(Advice(v.id, v.name, texts[v.id].suggestion) for v in told),
        tuple(Advice(v.id, v.name, texts[v.id].training) for v in weak[: book.training_at_most]),
    )


def _has_target(view: IndicatorView, aim: Aim) -> bool:
    return aim.value is not None or any(part.target_text for part in view.parts)


def _is_strength(book: AdviceBook, view: IndicatorView, aim: Aim) -> bool:
    share = view.attainment or Decimal(0)
    return share >= (1 if _has_target(view, aim) else book.rated_strength)


def _is_gap(book: AdviceBook, view: IndicatorView, aim: Aim) -> bool:
    share = view.attainment or Decimal(0)
    return share < (1 if _has_target(view, aim) else book.rated_gap)


def _points_lost(view: IndicatorView) -> Decimal:
    return view.weight - (view.points or Decimal(0))


def _headline(view: IndicatorView) -> str:
    return f"{view.name}　{view.actual_text}"


def _gap_text(scheme: Scheme, view: IndicatorView, aim: Aim, rows: Mapping[str, MeasureRow], text: AdviceText) -> str:
    indicator = scheme.indicator(view.id)
    traits = indicator.traits
    clauses = []
    if traits.parts:
        clauses += [
            f"{part.name} {part.actual_text}，目标 {part.target_text}" for part in view.parts if isinstance(part.actual, Decimal)
        ]
    elif aim.value is not None and aim.better and isinstance(view.actual, Decimal):
        distance = _distance_text(abs(aim.value - view.actual), indicator)
        clauses.append(f"实际 {view.actual_text}，目标 {aim.text}，{'差' if aim.better == 'higher' else '超出'} {distance}")
    elif traits.options:
        clauses.append(f"评为“{view.actual_text}”，最高为“{view.target_text}”，得分率 {view.attainment_text}")
    else:
        clauses.append(f"{view.actual_text}，{view.target_text}，得分率 {view.attainment_text}")
    clauses.append(f"失 {format_points(_points_lost(view))} 分")
    row = rows.get(indicator.measure or view.id)
    if indicator.unit == "ratio" and aim.value is not None and aim.better and row is not None:
        count = _records_short(row, aim.value, aim.better)
        if count:
            more = text.more_higher if aim.better == "higher" else text.more_lower
            clauses.append(more.replace("{n}", format_plain(Decimal(count))))
    return words.join(clauses)


def _distance_text(distance: Decimal, indicator: Indicator) -> str:
    if indicator.traits.counts_events:
        return f"{format_plain(distance)} 次"
    return words.distance_text(distance, indicator.unit)


def _records_short(row: MeasureRow, target: Decimal, better: str) -> int:
    """How many records of the same number of records were short of (or beyond) the target; 0 when the counts do not tell."""
    if row.numerator is None or not row.denominator:
        return 0
    bound = target * Decimal(row.denominator)
    if better == "higher":
        return max(0, int(bound.to_integral_value(rounding=ROUND_CEILING)) - int(row.numerator))
    return max(0, int(row.numerator) - int(bound.to_integral_value(rounding=ROUND_FLOOR)))
