"""How figures and states are said in Chinese; the one place where the view turns values into text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from kpi_xl import glossary
from kpi_xl.numbers import format_percent, format_plain, round_points
from kpi_xl.schemes.describe import UNIT_NAMES
from kpi_xl.schemes.rule_kinds import Unit

DASH = "—"
MISSING = glossary.MISSING
AWAITING = glossary.AWAITING
INSUFFICIENT = glossary.INSUFFICIENT
WAIVED = glossary.WAIVED


def figure_text(value: Decimal, unit: Unit) -> str:
    """Show an actual value with its unit: ``82.00%``, ``20.5 小时``, ``3``."""
    return format_percent(value) if unit == "ratio" else format_plain(value) + UNIT_NAMES[unit]


def unit_name(unit: Unit) -> str:
    """Return the unit of a number that stands in a column of its own: ``小时``; shares are given in per cent."""
    return "%" if unit == "ratio" else UNIT_NAMES[unit].strip()


def limit_text(value: Decimal, unit: Unit) -> str:
    """Show a target or a limit, without needless decimals: ``85%``, ``4 小时``."""
    return format_plain(value * 100) + "%" if unit == "ratio" else format_plain(value) + UNIT_NAMES[unit]


def money_text(amount: Decimal | None) -> str:
    """Show an amount with two decimals and thousands commas: ``12,345.60``; a dash where there is none."""
    return DASH if amount is None else f"{round_points(amount):,.2f}"


def distance_text(value: Decimal, unit: Unit) -> str:
    """Show a difference: ``3 个百分点``, ``2.5 小时``."""
    if unit == "ratio":
        return f"{format_plain(value * 100)} 个百分点"
    return format_plain(value) + UNIT_NAMES[unit]


def day_text(day: dt.date) -> str:
    """``2025年9月1日``."""
    return f"{day.year}年{day.month}月{day.day}日"


def span_text(first: dt.date, last: dt.date) -> str:
    """``2025年9月1日至30日``, ``2025年7月1日至9月30日``: what both days share is said once."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{day_text(first)}至{last.day}日"
    if first.year == last.year:
        return f"{day_text(first)}至{last.month}月{last.day}日"
    return f"{day_text(first)}至{day_text(last)}"


def moment_text(moment: dt.datetime) -> str:
    """``2025年10月9日 09:30``."""
    return f"{day_text(moment)} {moment:%H:%M}"


def record_time_text(moment: dt.datetime | None) -> str:
    """``09-01 08:03``: the year is known from the period and the column stays narrow."""
    return f"{moment:%m-%d %H:%M}" if moment else DASH


def join(parts: list[str], last: str = "。") -> str:
    """Join clauses with semicolons and end the sentence; empty without clauses."""
    return "；".join(parts) + last if parts else ""
