"""Properties of every rule kind: bounded, monotone, without gaps; totals add up; scoring is a pure function."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_xl.schemes import inputs_of_scheme, list_schemes, load_scheme
from kpi_xl.schemes.model import Indicator
from kpi_xl.schemes.rule_kinds import (
    AllOrNothing,
    Attainment,
    Band,
    Bands,
    Choice,
    EventDeduction,
    Rating,
    RatingCounts,
    Rule,
    ShortfallDeduction,
    Split,
)
from kpi_xl.scoring import score
from kpi_xl.scoring.rules import Case, attainment, score_rule

WEIGHT = Decimal(20)
HALF = Decimal("0.5")
REPORT_BANDS = load_scheme("manager-kpi").indicator("invalid_service_rate").rule

# rule, better
ONE_VALUE: list[tuple[Rule, str]] = [
    (Attainment(Decimal("0.85")), "higher"),
    (Attainment(Decimal(24), "lower"), "lower"),
    (AllOrNothing(Decimal("0.8")), "higher"),
    (AllOrNothing(Decimal("0.8"), "lower"), "lower"),
    (ShortfallDeduction(Decimal("0.95"), Decimal("0.01"), Decimal(1)), "higher"),
    (ShortfallDeduction(Decimal("0.05"), Decimal("0.01"), Decimal(1), "lower"), "lower"),
    (EventDeduction(Decimal(3)), "lower"),
    (EventDeduction(Decimal(1), Decimal(3), per_quarter=True), "lower"),
    (REPORT_BANDS, "lower"),
    (Rating(), "higher"),
]
numbers = st.one_of(
    st.decimals(0, 2, places=4), st.decimals(0, 100, places=2), st.integers(0, 60).map(Decimal), st.decimals(0, 1, places=12)
)


def points_of(rule: Rule, values: dict[str, Decimal | str], weight: Decimal = WEIGHT, months: int = 1) -> Decimal:
    indicator = Indicator("x", "指标", "g", weight, "ratio", rule)
    return score_rule(Case(indicator, weight, values, {}, months)).points


@pytest.mark.parametrize(
    ("rule", "better"), ONE_VALUE, ids=lambda item: type(item).__name__ if not isinstance(item, str) else item
)
@given(a=numbers, b=numbers)
@settings(max_examples=60, deadline=None)
def test_bounded_and_monotone(rule: Rule, better: str, a: Decimal, b: Decimal) -> None:
    if isinstance(rule, Rating):
        a, b = min(a, Decimal(100)), min(b, Decimal(100))
    low, high = sorted((a, b))
    first, second = points_of(rule, {"x": low}), points_of(rule, {"x": high})
    assert 0 <= first <= WEIGHT
    assert 0 <= second <= WEIGHT
    assert first <= second if better == "higher" else first >= second


@given(actual=st.decimals(-5, 5, places=3), target=st.decimals(-2, 2, places=2), better=st.sampled_from(["higher", "lower"]))
def test_attainment_stays_within_0_and_1_for_any_target(actual: Decimal, target: Decimal, better: str) -> None:
    assert 0 <= attainment(actual, target, better) <= 1


def test_attainment_of_a_median_of_zero() -> None:
    assert attainment(Decimal(0), Decimal(0), "higher") == 1
    assert attainment(Decimal(0), Decimal(0), "lower") == 1
    assert attainment(Decimal(3), Decimal(0), "lower") == 0


@given(
    start=st.integers(0, 50), widths=st.lists(st.integers(1, 20), min_size=1, max_size=5), actual=st.decimals(-10, 200, places=3)
)
def test_bands_have_no_gap_and_a_border_takes_the_better_side(start: int, widths: list[int], actual: Decimal) -> None:
    bounds = [Decimal(start)]
    for width in widths:
        bounds.append(bounds[-1] + width)
    levels = [Decimal(i) for i in range(len(bounds) + 1)]
    bands = [Band(levels[0], levels[0], last=bounds[0])]
    bands += [Band(levels[i + 1], levels[i + 1], bounds[i], bounds[i + 1]) for i in range(len(widths))]
    bands.append(Band(levels[-1], levels[-1], first=bounds[-1]))
    expected = max(level for level, lower in zip(levels, [Decimal(-1000), *bounds], strict=True) if actual >= lower)
    assert points_of(Bands("higher", tuple(bands)), {"x": actual}, weight=Decimal(10)) == expected


@given(short=st.integers(0, 40), part=st.decimals(0, "0.99999999", places=8))
def test_a_started_point_counts_whole(short: int, part: Decimal) -> None:
    rule = ShortfallDeduction(Decimal("0.95"), Decimal("0.01"), Decimal(1))
    started = short + (1 if part > Decimal("0.000000005") else 0)
    actual = Decimal("0.95") - (short + part) / 100
    assert points_of(rule, {"x": actual}, weight=Decimal(30)) == max(0, 30 - started)


@given(share=st.decimals(0, 1, places=4), normal=st.decimals(0, 100, places=2), urgent=st.decimals(0, 100, places=2))
def test_split_lies_between_its_parts(share: Decimal, normal: Decimal, urgent: Decimal) -> None:
    rule = load_scheme("appliance-agent").indicator("handling_hours").rule
    assert isinstance(rule, Split)
    both = points_of(rule, {"x.normal": normal, "x.urgent": urgent, "x.urgent_share": share})
    alone = [points_of(rule, {"x.normal": normal}), points_of(rule, {"x.urgent": urgent})]
    assert min(alone) - Decimal("0.01") <= both <= max(alone) + Decimal("0.01")


@given(counts=st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any), mismatches=st.integers(0, 3))
def test_rating_counts(counts: list[int], mismatches: int) -> None:
    rule = RatingCounts(5, "not_asked", "mismatches", Decimal(3))
    values = {f"x.{level}": Decimal(count) for level, count in enumerate(counts, 1)}
    points = points_of(rule, {**values, "mismatches": Decimal(mismatches)}, weight=Decimal(5))
    assert 0 <= points <= 5
    mean = sum(level * count for level, count in enumerate(counts, 1)) / sum(counts)
    assert abs(float(points) - max(0, mean - 3 * mismatches)) <= 0.005000001
    assert points_of(rule, {**values, "not_asked": Decimal(1)}, weight=Decimal(5)) == 0


def test_choice_takes_shares_of_the_weight() -> None:
    rule = Choice((("好", Decimal(3)), ("中", Decimal(2)), ("差", Decimal(0))))
    assert [points_of(rule, {"x": label}) for label in ("好", "中", "差")] == [
        Decimal("20.00"),
        Decimal("13.33"),
        Decimal("0.00"),
    ]


REFERENCES = [s.id if not s.required_variant else f"{s.id}:{v.id}" for s in list_schemes() for v in (s.variants or (None,))]
REFERENCES += ["appliance-agent:technical", "appliance-agent:technical+promotion", "role-360:manager", "role-360:supervisor"]
REFERENCES += ["dealer-cs:advisor", "dealer-cs:workshop", "dealer-cs:as_printed"]


@pytest.mark.parametrize("reference", sorted(set(REFERENCES)))
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_totals_add_up_and_scoring_is_pure(reference: str, data: st.DataObject) -> None:
    scheme = load_scheme(reference)
    scheme = replace(scheme, parameters=tuple(replace(p, value=HALF) for p in scheme.parameters))
    values: dict[str, Decimal | str] = {}
    for entry in inputs_of_scheme(scheme):
        if data.draw(st.integers(0, 9)) == 0:
            continue  # sometimes missing
        if entry.options:
            values[entry.key] = data.draw(st.sampled_from(entry.options))
        elif entry.allowed:
            values[entry.key] = Decimal(data.draw(st.sampled_from([0, 10, 25, 75, 100])))
        else:
            low, high = entry.low or Decimal(0), entry.high if entry.high is not None else Decimal(50)
            values[entry.key] = data.draw(st.decimals(low, high, places=0 if entry.whole else 3))
    appraisal = score(scheme, values)
    assert appraisal == score(scheme, dict(reversed(values.items())))
    for result in appraisal.results:
        weight = scheme.indicator(result.id).weight
        assert result.why
        if result.points is not None and weight > 0:
            assert 0 <= result.points <= weight
            assert result.points == round(result.points, 2)
    summed = sum((r.points for r in appraisal.results if r.points is not None), Decimal(0))
    low, high = scheme.limits
    assert appraisal.so_far == max(low, min(high, summed))
    assert (appraisal.total is None) == bool(appraisal.missing)
    if appraisal.total is not None:
        assert appraisal.total == appraisal.so_far
        assert (appraisal.grade is None) == (not scheme.grades)
