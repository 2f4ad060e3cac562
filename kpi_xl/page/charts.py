"""Where the marks of the charts go: coordinates in SVG units, worked out here so that the templates draw and do no arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from kpi_xl.numbers import format_plain
from kpi_xl.view.department import GradeCount
from kpi_xl.view.model import GradeRow, TrendPoint
from kpi_xl.view.words import AWAITING

_WIDTH = Decimal(480)
_FEW = Decimal("0.8")


@dataclass(frozen=True)
class Bar:
    """A bar from 0 to `width` of 100, its figure always beside it; `tone` is full / part / low (a share below 0.8) / wait."""

    width: str
    tone: str


def bar(share: Decimal | None) -> Bar | None:
    """Return the bar of a share 0..1, None where there is none (missing is not an empty bar)."""
    if share is None:
        return None
    tone = "full" if share >= 1 else "part" if share >= _FEW else "low"
    return Bar(_coordinate(min(share, Decimal(1)) * 100), tone)


@dataclass(frozen=True)
class Segment:
    """A grade band on the scale; `bound` is the text at its lower end."""

    x: str
    width: str
    middle: str
    name: str
    bound: str
    mine: bool


@dataclass(frozen=True)
class Scale:
    """The grade scale with the total's mark; `marker` None without a total. Bands are drawn equally wide, worst first."""

    segments: tuple[Segment, ...]
    marker: str | None
    label_x: str
    label: str
    anchor: str


def grade_scale(rows: Sequence[GradeRow], total: Decimal | None, full: Decimal, label: str) -> Scale | None:
    """Lay out the grade bands over 480 units; None for a scheme without grades."""
    if not rows:
        return None
    bands = sorted(rows, key=lambda row: row.lower)
    step = _WIDTH / len(bands)
    segments = tuple(
        Segment(
            _coordinate(step * i),
            _coordinate(step - 2),
            _coordinate(step * i + step / 2 - 1),
            band.name,
            format_plain(band.lower) if i else "0",
            band.current,
        )
        for i, band in enumerate(bands)
    )
    if total is None:
        return Scale(segments, None, "0", "", "middle")
    edges = [min(Decimal(0), total), *(band.lower for band in bands[1:]), max(full, total)]
    place = next(i for i in range(len(bands), 0, -1) if i == 1 or total >= edges[i - 1]) - 1
    low, high = edges[place], edges[place + 1]
    within = (total - low) / (high - low) if high > low else Decimal(1)
    x = min(max(step * (place + within), Decimal(6)), _WIDTH - 8)
    anchor = "start" if x < 40 else "end" if x > _WIDTH - 40 else "middle"
    return Scale(segments, _coordinate(x), _coordinate(x), label, anchor)


@dataclass(frozen=True)
class Dot:
    """One period on the trend; `final` False is drawn open. `line_from` is the place of the dot it is joined to."""

    x: str
    y: str
    text_y: str
    label: str
    value: str
    final: bool
    current: bool


@dataclass(frozen=True)
class Bound:
    """A grade's lower bound across the trend."""

    y: str
    text_y: str
    name: str


@dataclass(frozen=True)
class Trend:
    """The trend line: `paths` are runs of neighbouring final results (a period without one interrupts the line)."""

    dots: tuple[Dot, ...]
    paths: tuple[str, ...]
    bounds: tuple[Bound, ...]


_LEFT, _RIGHT, _TOP, _BOTTOM = Decimal(30), Decimal(372), Decimal(34), Decimal(166)
_MOST = 12
_LINE = Decimal(12)
"""Height of a line of text on the trend, in its units."""


def trend(points: Sequence[TrendPoint], rows: Sequence[GradeRow]) -> Trend | None:
    """Lay out the last 12 periods over 480 x 200 units; None with fewer than two results, which make no trend."""
    shown = points[-_MOST:]
    totals = [point.total for point in shown if point.total is not None]
    if len(totals) < 2:
        return None
    low = (min(totals) / 10).to_integral_value(ROUND_FLOOR) * 10
    high = max(low + 10, (max(totals) / 10).to_integral_value(ROUND_CEILING) * 10)

    def height(value: Decimal) -> Decimal:
        return _BOTTOM - (value - low) / (high - low) * (_BOTTOM - _TOP)

    inside = [row for row in rows if low < row.lower <= high]

    def text_height(i: int, y: Decimal) -> Decimal:
        # the grades' names stand right of the last dot: its figure goes below it where it would run into one
        def free(text: Decimal) -> Decimal:
            return min([_LINE, *(abs(text - height(row.lower) - 4) for row in inside)])

        return max((y - 11, y + 20), key=free) if i == len(shown) - 1 else y - 11

    step = (_RIGHT - _LEFT) / max(1, len(shown) - 1)
    dots: list[Dot] = []
    paths: list[str] = []
    run: list[str] = []
    for i, point in enumerate(shown):
        if point.total is None:
            paths, run = [*paths, " ".join(run)] if len(run) > 1 else paths, []
            continue
        x, y = _coordinate(_LEFT + step * i), height(point.total)
        run.append(f"{x},{_coordinate(y)}")
        dots.append(
            Dot(
                x,
                _coordinate(y),
                _coordinate(text_height(i, y)),
                _short_label(point.period),
                point.total_text,
                point.final,
                point.current,
            )
        )
    if len(run) > 1:
        paths.append(" ".join(run))
    bounds = tuple(
        Bound(_coordinate(height(row.lower)), _coordinate(height(row.lower) + 4), f"{row.name} {format_plain(row.lower)}")
        for row in inside
    )
    return Trend(tuple(dots), tuple(paths), bounds)


def _short_label(period: str) -> str:
    year, _, rest = period.partition("-")
    if not rest:
        return year
    return f"{year[2:]}年{rest.removeprefix('Q')}{'季' if rest.startswith('Q') else '月'}".replace("年0", "年")


def distribution(rows: Sequence[GradeCount]) -> tuple[Bar, ...]:
    """Return a bar per grade, relative to the most frequent one, so that a small department fills the picture too.

    待评 is no grade: its bar has the tone ``wait``.
    """
    most = max((row.share for row in rows), default=Decimal(0))
    return tuple(
        Bar(_coordinate(row.share / most * 100 if most else Decimal(0)), "wait" if row.grade == AWAITING else "full")
        for row in rows
    )


def _coordinate(value: Decimal) -> str:
    return format_plain(Decimal(value), 1)
