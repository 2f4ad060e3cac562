"""The scale of ratings and which end is the best, from the header and from the range of the values alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kpi_xl.cell_words import word
from kpi_xl.decisions import Ground
from kpi_xl.errors import Text
from kpi_xl.exports.meaning.tell import few, few_en

KEYS = 3.0
"""Up to here ratings may be key presses: nothing tells which of them is the best."""

_SCALES = (5.0, 10.0, 100.0)
_FEW = 10
"""So few ratings tell nothing by a grade that does not occur among them."""
_MANY = 20
"""So many ratings tell something by their commonest grade."""
_CHINESE = {"三": 3.0, "四": 4.0, "五": 5.0, "七": 7.0, "十": 10.0, "百": 100.0}
_HEADER_SCALES = (
    r"满分\s*(?:为|是|[:：=])?\s*(\d+)",
    r"(\d+)\s*分?满分",
    r"([三四五七十百\d]+)\s*[分级星]制",
    r"([三四五七十百])级",
    r"(?<!\d)[01]\s*(?:分|星)?\s*(?:[-–—~～至到]|to)\s*(\d+)(?!\d)",
    r"out\s*of\s*(\d+)",
    r"/\s*(\d+)\s*[)）分]?\s*$",
)
_STARS = re.compile(r"星|\bstars?\b|star_rating")
_NPS = re.compile(r"nps|净推荐|推荐意愿|推荐度")
_PRESSED = re.compile(r"按键|按键值|\bivr|ivr\b|ivr|key\s*press|keypress|dtmf|按几")


@dataclass(frozen=True)
class Finding:
    """What was found out: the answer (None: nothing tells), on what ground, and what speaks for it."""

    answer: float | None
    ground: Ground
    evidence: Text


def scale_in_header(header: str) -> float | None:
    """Return the scale that a header names; None where it names none.

    >>> scale_in_header("满意度（满分10分）"), scale_in_header("csat_score(1-5)"), scale_in_header("满意度")
    (10.0, 5.0, None)
    """
    said = word(header)
    for pattern in _HEADER_SCALES:
        found = re.search(pattern, said)
        if found:
            return _CHINESE.get(found[1]) or (float(found[1]) if found[1].isdigit() and int(found[1]) else None)
    if _STARS.search(said):
        return 5.0
    return 10.0 if _NPS.search(said) else None


def is_pressed(header: str) -> bool:
    """Tell whether a header says that the ratings are keys of a telephone."""
    return bool(_PRESSED.search(word(header)))


def scale_of_values(counts: Mapping[float, int]) -> Finding:
    """Tell the scale from the values (value -> rows); one in a hundred may lie above it, as a slip of the hand.

    A long scale that fewer than half of the ratings need is a guess: the others may be slips, or ``99`` for no answer.

    >>> scale_of_values({5.0: 2, 4.0: 1}).answer, scale_of_values({1.0: 54, 3.0: 6}).answer
    (5.0, None)
    """
    total = sum(counts.values())
    shown = {f"{value:g}": count for value, count in counts.items()}
    evidence = Text(f"分值：{few(shown)}", f"values: {few_en(shown)}")
    scale = next((s for s in _SCALES if sum(n for value, n in counts.items() if value > s) * 100 <= total), None)
    if scale is None:
        return Finding(None, "open", evidence)
    inside = [value for value in counts if 0 <= value <= scale]
    if scale > _SCALES[0]:
        shorter = _SCALES[_SCALES.index(scale) - 1]
        needs = sum(n for value, n in counts.items() if value > shorter)
        return Finding(scale, "read" if needs * 2 >= total else "guess", evidence)
    if not inside or max(inside) <= KEYS or _are_four_keys(inside, total):
        return Finding(None, "open", evidence)
    if 0 in counts:
        why = Text(
            f'有 {counts[0]} 行是 0，可能是未评价（那样请写 missing = ["0"]）；{evidence.zh}',
            f'{counts[0]} rows are 0, which may mean: not rated (say missing = ["0"] if so); {evidence.en}',
        )
        return Finding(scale, "guess", why)
    return Finding(scale, "read", evidence)


def _are_four_keys(values: list[float], total: int) -> bool:
    """Tell whether the values may be the keys 1 to 4: whole numbers, many of them, low ones among them, never a 5."""
    return max(values) == 4 and min(values) <= 2 and total >= _FEW and all(value == int(value) for value in values)


def best_end(counts: Mapping[float, int], scale: float | None, header: str) -> Finding:
    """Tell whether the higher ratings are the better ones: answer 1.0; None where nothing tells."""
    shown = {f"{value:g}": count for value, count in counts.items()}
    if scale is None or scale <= KEYS:
        return Finding(
            None,
            "open",
            Text(f"只有数字，没有文字说明：{few(shown)}", f"bare digits without a word: {few_en(shown)}"),
        )
    if is_pressed(header):
        why = Text(
            f"列名“{header}”说是按键，按键常以 1 为最好；分值：{few(shown)}",
            f"the header {header!r} says that keys were pressed, of which 1 is often the best; values: {few_en(shown)}",
        )
        return Finding(1.0, "guess", why)
    if _mostly_lowest(counts, scale):
        why = Text(f"多数人给了最低分：{few(shown)}", f"most people gave the lowest grade: {few_en(shown)}")
        return Finding(1.0, "guess", why)
    return Finding(1.0, "read", Text(f"满分 {scale:g} 的评分，分数越高越好", f"marks out of {scale:g}: the higher the better"))


def _mostly_lowest(counts: Mapping[float, int], scale: float) -> bool:
    total = sum(counts.values())
    lowest = sum(n for value, n in counts.items() if value <= min(counts))
    good = sum(n for value, n in counts.items() if value * 5 >= scale * 4)
    return total >= _MANY and min(counts) <= 1 and scale <= 10 and lowest * 2 > total and lowest > 2 * good
