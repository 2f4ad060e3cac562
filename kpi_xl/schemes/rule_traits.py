"""What the rest of the house asks about a rule without knowing its kind: one exhaustive answer for each kind.

Whoever needs more than this (points, words, formulas) matches the kind itself and ends in ``assert_never``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from kpi_xl.schemes.rule_kinds import (
    Adjustment,
    AllOrNothing,
    Attainment,
    Band,
    Bands,
    Better,
    Choice,
    EventDeduction,
    MedianRef,
    Part,
    Rating,
    RatingCounts,
    Rule,
    ShortfallDeduction,
    Split,
    Target,
)


@dataclass(frozen=True)
class Traits:
    """The answers. `better` is higher for what has no direction of its own (a rating, a choice, the whole of a composite).

    `target`: the single number to be reached. `parts`, `bands`, `options`: what a composite, banded or chosen indicator consists
    of. `scale`, `allowed`: full marks of a rating and what one person may enter. `levels`: counted per rating from 1 to this.
    `facts`: facts of the scheme that the points depend on. `counts_events`: the actual value is a number of events.
    `outside_weights`: adds to or deducts from the total beside the weights.
    """

    better: Better = "higher"
    target: Target | None = None
    parts: tuple[Part, ...] = ()
    bands: tuple[Band, ...] = ()
    options: tuple[tuple[str, Decimal], ...] = ()
    scale: Decimal | None = None
    allowed: tuple[tuple[Decimal, Decimal], ...] = ()
    levels: int = 0
    facts: tuple[str, ...] = ()
    counts_events: bool = False
    outside_weights: bool = False

    @property
    def needs_median(self) -> bool:
        """Whether the target is the team's median, which is an input of its own."""
        return isinstance(self.target, MedianRef)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every target: the single one, or those of the parts."""
        return tuple(part.target for part in self.parts) if self.target is None else (self.target,)


def traits_of(rule: Rule) -> Traits:
    """Return what is asked about a rule."""
    match rule:
        case Attainment() | AllOrNothing() | ShortfallDeduction():
            return Traits(rule.better, target=rule.target)
        case EventDeduction():
            return Traits("lower", counts_events=True)
        case Bands():
            return Traits(rule.better, bands=rule.bands)
        case Choice():
            return Traits(options=rule.options)
        case Rating():
            return Traits(scale=rule.scale, allowed=rule.allowed)
        case Split():
            return Traits(parts=rule.parts)
        case RatingCounts():
            return Traits(levels=rule.levels, facts=(rule.voided_by, rule.deducted_by))
        case Adjustment():
            return Traits(outside_weights=True)
        case _:
            assert_never(rule)
