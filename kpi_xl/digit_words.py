"""The words beside the digits of a rating, in its cell, its header or a second column: what each digit means.

Shared by exports and cell functions, so that ``1-非常满意`` means the same in both. Standard library only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from kpi_xl.cell_words import OUT_OF, STARS, Satisfaction, plain, satisfaction, satisfaction_rank

Direction = Literal["high", "low"]
Pair = tuple[float, str, int]
"""A digit, the word that stands beside it, and in how many rows."""

_BEFORE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*[-–—:：=（(.．、]?\s*(\D*?)\s*[)）]?\s*", re.ASCII)
_BEHIND = re.compile(r"\s*(\D*?)\s*[-–—:：=（( ]?\s*(\d+(?:\.\d+)?)\s*[)）]?\s*", re.ASCII)
_IN_HEADER = re.compile(r"(\d+)\s*[-–—:：=.．、为是]?\s*([一-鿿A-Za-z][一-鿿A-Za-z ]*)", re.ASCII)
_NO_WORD = re.compile(r"[分星点\s★☆%/,.+-]*|stars?|points?", re.IGNORECASE)
_MINORITY = 0.1


@dataclass(frozen=True)
class DigitWords:
    """What the words say: per digit what it means, the direction, `unknown` words with their rows, and a contradiction."""

    meaning: dict[float, Satisfaction] = field(default_factory=dict)
    rank: dict[float, float] = field(default_factory=dict)
    words: dict[float, str] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    direction: Direction | None = None
    contradiction: str = ""

    @property
    def shown(self) -> str:
        """The digits with their words for people: ``1＝非常满意、3＝不满意``."""
        return "、".join(f"{digit:g}＝{said}" for digit, said in sorted(self.words.items()))


def split_cell(text: str) -> tuple[float, str] | None:
    """Return the digit and the word of a cell; None where it holds no word.

    >>> split_cell("1-非常满意"), split_cell("非常满意(1)"), split_cell("1：很满意"), split_cell("5分"), split_cell("4/5")
    ((1.0, '非常满意'), (1.0, '非常满意'), (1.0, '很满意'), None, None)
    """
    said = plain(text)
    before, behind = _BEFORE.fullmatch(said), _BEHIND.fullmatch(said)
    if before and not _NO_WORD.fullmatch(_bare(before[2])):
        return float(before[1]), _bare(before[2])
    if behind and not _NO_WORD.fullmatch(_bare(behind[1])):
        return float(behind[2]), _bare(behind[1])
    return None


def named_scale(text: str) -> float | None:
    """Return the full marks that a rating names itself: the number behind the slash, of stars five or as many as are drawn.

    >>> named_scale("4/5"), named_scale("★★★★☆"), named_scale("8 / 10"), named_scale("5分")
    (5.0, 5.0, 10.0, None)
    """
    said = plain(text)
    if OUT_OF.fullmatch(said):
        return float(said.rpartition("/")[2])
    return max(5.0, float(len(said))) if STARS.fullmatch(said) else None


def _bare(said: str) -> str:
    """Leave out the unit between digit and word: ``5分（非常满意）``, ``5星 好评``."""
    return re.sub(r"^[分星点]?\s*[（(:：\-–—=]\s*|^[分星]\s+", "", said).strip(" ()（）")


def pairs_in_header(header: str) -> list[Pair]:
    """Return the digits that a header explains.

    >>> pairs_in_header("满意度(1满意 2一般 3不满意)")
    [(1.0, '满意', 1), (2.0, '一般', 1), (3.0, '不满意', 1)]
    """
    found = [(float(m[1]), m[2].strip(" 为是")) for m in _IN_HEADER.finditer(plain(header))]
    return [(digit, said, 1) for digit, said in found if satisfaction(said) is not None]


def read_words(pairs: Iterable[Pair]) -> DigitWords:
    """Return what the words say together; a digit whose rows disagree by more than one in ten is a contradiction."""
    known: dict[float, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    unknown: dict[str, int] = defaultdict(int)
    for digit, said, count in pairs:
        if satisfaction(said) is None:
            unknown[said] += count
        else:
            known[digit][said] += count
    meaning: dict[float, Satisfaction] = {}
    rank: dict[float, float] = {}
    words: dict[float, str] = {}
    contradiction = ""
    for digit, counts in sorted(known.items()):
        said = max(counts, key=lambda one: counts[one])
        side = satisfaction(said)
        others = sum(n for one, n in counts.items() if satisfaction(one) != side)
        if others > _MINORITY * sum(counts.values()):
            contradiction = contradiction or f"{digit:g}＝{'、'.join(list(counts)[:3])}"
        meaning[digit] = side or "未评价"
        words[digit] = said
        level = satisfaction_rank(said)
        if level is not None:
            rank[digit] = level
    direction, wrong = _direction(rank)
    contradiction = contradiction or ("、".join(f"{digit:g}＝{words[digit]}" for digit in rank) if wrong else "")
    return DigitWords(meaning, rank, words, dict(unknown), direction, contradiction)


def _direction(rank: dict[float, float]) -> tuple[Direction | None, bool]:
    """Return the better end, and whether the words go up and down."""
    digits = sorted(rank)
    steps = {(rank[b] > rank[a]) - (rank[b] < rank[a]) for i, a in enumerate(digits) for b in digits[i + 1 :]} - {0}
    if len(steps) == 2:
        return None, True
    if steps:
        return ("high" if steps == {1} else "low"), False
    return _direction_of_one_side(rank), False


def _direction_of_one_side(rank: dict[float, float]) -> Direction | None:
    """Only good words, or only bad ones: a 1 is the end of every scale, 4 and more its upper half."""
    if not rank or not all(rank.values()):
        return None
    good = min(rank.values()) > 0
    if min(rank) <= 1 and max(rank) < 4:
        return "low" if good else "high"
    if min(rank) >= 4:
        return "high" if good else "low"
    return None
