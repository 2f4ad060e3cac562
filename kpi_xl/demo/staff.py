"""The invented department: regions, teams, people, and how well each of them works in each month."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from random import Random

from kpi_xl.demo.names import invent_names
from kpi_xl.periods import Period

REGIONS = ("华东", "华南", "华北")
_PER_TEAM = 10
_DIGITS = "零一二三四五六七八九十"
ON_DUTY_DAYS = 5  # of seven; the other two rotate, because the hotline never closes


@dataclass(frozen=True)
class Profile:
    """How one person works in one month. Probabilities are 0..1, times are means in hours, marks are 0..100."""

    fcr: float
    hours: float
    urgent_hours: float
    satisfied: float
    repeat: float
    rework: float
    filled: float
    follow_up: float
    quality: float
    knowledge: float
    collaboration: float


@dataclass(frozen=True)
class Agent:
    """One person of the roster. `profiles` has one entry per month; `away` are the days without work, half open."""

    id: str
    name: str
    team: str
    region: str
    position: str
    manager: str
    joined_on: dt.date
    status: str
    variant: str
    load: float
    rest: int
    away: tuple[dt.date, dt.date] | None
    profiles: tuple[Profile, ...]

    def on_duty(self, day: dt.date) -> bool:
        """Tell whether the person works on that day: hired, not away, not on one of the two rotating days of rest."""
        if day < self.joined_on or (self.away and self.away[0] <= day < self.away[1]):
            return False
        return (day.toordinal() - self.rest) % 7 < ON_DUTY_DAYS


def invent_staff(rng: Random, count: int, months: tuple[Period, ...]) -> list[Agent]:
    """Return `count` people in teams of about ten, spread evenly over the three regions, in the order of their ids."""
    names = invent_names(rng, count)
    teams = _teams(rng, count)
    staff = []
    for i in range(count):
        region, team, manager, level = teams[i * len(teams) // count]
        # the last two of every team of ten install and repair; the scheme has its own weights for them
        technical = i * len(teams) % count >= 0.8 * count
        status, joined_on, away = _employment(rng, i, count, months)
        skill = _clamp(rng.gauss(0, 1) + level - (0.8 if status == "试用" else 0), -2.3, 2.3)
        load = _clamp(rng.lognormvariate(0, 0.2), 0.65, 1.5)
        staff.append(
            Agent(
                id=f"00{1001 + i}",
                name=names[i],
                team=team,
                region=region,
                position="维修技师" if technical else "高级客服专员" if skill > 1.2 else "客服专员",
                manager=manager,
                joined_on=joined_on,
                status=status,
                variant="technical" if technical else "",
                load=load,
                rest=rng.randrange(7),
                away=away,
                profiles=_profiles(rng, skill, load, len(months)),
            )
        )
    return staff


def _teams(rng: Random, count: int) -> list[tuple[str, str, str, float]]:
    """Return region, name, supervisor and level (a shift of skill) of each team, region by region."""
    per_region = max(1, math.ceil(count / (_PER_TEAM * len(REGIONS))))
    managers = iter(invent_names(rng, per_region * len(REGIONS)))
    return [
        (region, f"{region}{_DIGITS[n] if n <= 10 else n}组", next(managers), rng.gauss(0, 0.25))
        for region in REGIONS
        for n in range(1, per_region + 1)
    ]


def _employment(
    rng: Random, i: int, count: int, months: tuple[Period, ...]
) -> tuple[str, dt.date, tuple[dt.date, dt.date] | None]:
    """Return status, day of joining and days away: in every sixty people two on probation, one on leave, one who left."""
    first, last = months[0].start, months[-1]
    long_ago = first - dt.timedelta(days=rng.randrange(200, 3600))
    slot = i % 60
    if count >= 20 and slot in (13, 37):
        return "试用", last.start - dt.timedelta(days=rng.randrange(12, 45)), None
    if count >= 20 and slot == 29:
        return "休假", long_ago, (last.start + dt.timedelta(days=9), last.end)
    if count >= 20 and slot == 52:
        return "离职", long_ago, (last.start - dt.timedelta(days=12), last.end)
    return "在职", long_ago, None


def _profiles(rng: Random, skill: float, load: float, months: int) -> tuple[Profile, ...]:
    """Derive the months' profiles: every trait follows the skill, has its own bias, drifts a little, and suffers from load."""
    bias = [rng.gauss(0, 0.45) for _ in range(11)]
    trend = rng.gauss(0, 0.15)
    return tuple(_profile([0.75 * skill + b + trend * month + rng.gauss(0, 0.15) for b in bias], load) for month in range(months))


def _profile(z: list[float], load: float) -> Profile:
    strain = math.log(load)
    return Profile(
        fcr=_clamp(0.70 + 0.085 * z[0], 0.45, 0.97),
        hours=_clamp(28 * math.exp(-0.27 * z[1] + 0.5 * strain), 9, 80),
        urgent_hours=_clamp(4.9 * math.exp(-0.25 * z[2] + 0.4 * strain), 1.2, 16),
        satisfied=_clamp(0.795 + 0.065 * z[3] - 0.05 * strain, 0.45, 0.985),
        repeat=_clamp(0.42 - 0.13 * z[4], 0.03, 0.8),
        rework=_clamp(0.14 - 0.045 * z[5], 0.01, 0.4),
        filled=_clamp(0.92 + 0.03 * z[6], 0.75, 0.998),
        follow_up=_clamp(0.9 + 0.06 * z[7] - 0.1 * strain, 0.4, 0.995),
        quality=_clamp(82 + 5.5 * z[8], 55, 98),
        knowledge=_clamp(1.3 + 0.8 * z[9], 0.1, 5),
        collaboration=_clamp(80 + 7 * z[10], 45, 98),
    )


def _clamp(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))
