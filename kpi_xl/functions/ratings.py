"""Customers' ratings in a range, as surveys write them: which way the digits run, which scale the cells name, what words say.

A digit with a word beside it (``1-非常满意``) tells how the others are meant, as in an export (`kpi_xl.digit_words`). What stays
open is refused: a rating read the wrong way round is a wrong figure that nobody sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kpi_xl.cell_words import Satisfaction, plain, satisfaction
from kpi_xl.digit_words import DigitWords, named_scale, read_words, split_cell
from kpi_xl.functions.cells import Cell, CellError, column, is_backwards, labelled_rating, rating, refuse, shown
from kpi_xl.numbers import format_plain, parse_rating


@dataclass(frozen=True)
class Survey:
    """What the cells of a range tell together: the words beside the digits, whether 1 is the best, the first scale named."""

    words: DigitWords
    backwards: bool
    scale: Decimal | None

    @classmethod
    def of(cls, ratings: object) -> Survey:
        """Look at the texts of a range; numbers tell nothing."""
        texts = [cell for cell in column(ratings) if isinstance(cell, str)]
        labelled = [found for cell in texts if (found := labelled_rating(cell)) and found[1] != "未评价"]
        words = read_words((float(digit), said, 1) for digit, said in _with_words(texts))
        backwards = words.direction == "low" or (words.direction is None and any(is_backwards(*one) for one in labelled))
        return cls(words, backwards, next((scale for cell in texts if (scale := scale_of(cell))), None))

    def mark(self, cell: Cell, what: str) -> Decimal:
        """Read a rating as a number to count with. Raises CellError for one that the others contradict, or in per cent."""
        if isinstance(cell, str) and plain(cell).endswith("%"):
            raise CellError(f"参数错误：{what}应为数字，不带百分号")
        labelled = labelled_rating(cell)
        self._refuse_open(cell, what)
        return labelled[0] if labelled is not None and self.words.direction == "high" else rating(cell, what)

    def of_one_scale(self, cell: Cell, value: Decimal, what: str) -> None:
        """Raise CellError where a rating cannot be on the scale that the range names (8 beside 4/5, 4/5 beside 8/10)."""
        named = scale_of(cell)
        if self.scale is not None and (value > self.scale or named not in (None, self.scale)):
            raise CellError(f"参数错误：{what} {shown(cell)} 不是 {format_plain(self.scale)} 分制，区域里混用了分制，请统一")

    def word(self, cell: Cell) -> Satisfaction | None:
        """Return what words say of a rating: its own word, one beside its digit, or that of the same digit in another cell.

        None where no word tells. Raises CellError for a text that is neither rating nor word, and for a bare digit that the words
        beside other digits leave open.
        """
        labelled = labelled_rating(cell)
        if labelled is None and isinstance(cell, str) and parse_rating(cell) is None:
            said = satisfaction(cell)
            if said is None:
                raise refuse("评分", cell, "数字或满意/不满意")
            return said
        if labelled is not None:  # its own word, whatever the others say
            return labelled[1]
        self._refuse_open(cell, "评分")
        return self.words.meaning.get(float(rating(cell, "评分"))) if self.words.meaning else None

    def _refuse_open(self, cell: Cell, what: str) -> None:
        if self.words.contradiction:
            raise CellError(f"参数错误：{what}“{shown(cell)}”说不清：各格的文字互相矛盾（{self.words.contradiction}），请统一")
        if self.backwards and labelled_rating(cell) is None and float(rating(cell, what)) not in self.words.meaning:
            said = f"{what} {shown(cell)} 没有文字说明，而别的格写着 {self.words.shown}（数字越小越好）"
            raise CellError(f"参数错误：{said}，请补上文字")


def has_digits(cell: Cell) -> bool:
    """Tell whether a rating has a number, be it alone or beside a word."""
    return not isinstance(cell, str) or labelled_rating(cell) is not None or parse_rating(cell) is not None


def scale_of(cell: Cell) -> Decimal | None:
    """Return the full marks that a rating names itself (``4/5``, stars); None for every other cell."""
    named = named_scale(cell) if isinstance(cell, str) else None
    return None if named is None else Decimal(str(named))


def _with_words(texts: list[str]) -> list[tuple[Decimal, str]]:
    """Return the digits with their own words (``非常满意`` is more than 满意)."""
    pairs = [pair for text in texts if (pair := split_cell(text))]
    return [(Decimal(str(digit)), said) for digit, said in pairs if satisfaction(said) not in (None, "未评价")]
