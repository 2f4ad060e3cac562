"""Which columns hold ratings, their words, and the status of a call-back: told by what stands in them, not by headers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kpi_xl.cell_words import LABELLED, LABELLED_BEHIND, MISSING, OUT_OF, STARS, fold_width, plain, word
from kpi_xl.exports.columns.vocabulary import header_words, vocabulary

if TYPE_CHECKING:
    from kpi_xl.exports.columns.header import Header, Match

CALL_WORDS = frozenset(
    (
        *(
            "成功接通",
            "接通",
            "已接通",
            "接通成功",
            "未接通",
            "接通失败",
            "无人接听",
            "无人应答",
            "未接听",
            "已接听",
            "接听",
            "拒接",
        ),
        *(
            "拒听",
            "空号",
            "关机",
            "停机",
            "占线",
            "忙线",
            "线路忙",
            "通话中",
            "不在服务区",
            "无法接通",
            "错号",
            "号码错误",
            "挂断",
        ),
        *("客户挂断", "客户拒接", "语音信箱", "暂停服务", "呼叫失败", "拨打失败", "欠费停机", "联系不上", "拒访", "拒绝回访"),
        *("answered", "no answer", "not answered", "busy", "rejected", "declined", "voicemail", "unreachable", "power off"),
        *("connected", "not connected", "switched off", "invalid number", "wrong number"),
    )
)
"""What call-back systems write of a call: whether somebody was reached."""

_ENOUGH = 0.8


def ratings_by_content(
    matches: dict[str, Match], header: Header, sample: Sequence[Sequence[str]], *, mapped: bool
) -> dict[str, Match]:
    """Swap a rating that consists of words for a label and the other way round; add the texts beside digits and the status.

    Where the columns are `mapped` by a file of HR's, no status is looked for.
    """
    found = _rating_or_label(matches, sample)
    _status_for_label(found, sample)
    rating = found.get("rating")
    if rating is not None and len(rating.positions) == 1 and any(_says_more(v) for v in _values(rating.positions[0], sample)):
        found["rating_text"] = rating
    if not mapped and ("rating" in found or "label" in found) and "call_status" not in found:
        place = _status_column(found, header, sample)
        if place is not None:
            known = next(iter(found.values()))
            found["call_status"] = replace(known, positions=(place,), how="values", word="")
    return found


def _rating_or_label(matches: Mapping[str, Match], sample: Sequence[Sequence[str]]) -> dict[str, Match]:
    swapped = dict(matches)
    rating, label = (matches.get(name) for name in ("rating", "label"))
    free = label is not None and label.how != "mapping"  # a label that is mapped may be a word such as 1
    if rating and _are_ratings(rating, sample) is False:
        if label is None:
            swapped["label"] = swapped.pop("rating")
        elif free and rating.how != "mapping" and _are_ratings(label, sample):
            swapped["rating"], swapped["label"] = label, rating
    elif label and free and rating is None and _are_ratings(label, sample):
        swapped["rating"] = swapped.pop("label")
    return swapped


def _status_for_label(found: dict[str, Match], sample: Sequence[Sequence[str]]) -> None:
    """Take a column beside the ratings that is called 回访结果 and tells of the calls for their status, not for what was said."""
    label = found.get("label")
    if label is None or label.how == "mapping" or "rating" not in found or "call_status" in found:
        return
    if _tells_of_calls(_values(label.positions[0], sample)):
        found["call_status"] = found.pop("label")


def _tells_of_calls(values: Sequence[str]) -> bool:
    return bool(values) and sum(word(value) in CALL_WORDS for value in values) >= _ENOUGH * len(values)


def _are_ratings(match: Match, sample: Sequence[Sequence[str]]) -> bool | None:
    """Tell whether at least half of the values hold a number; None where there are no values."""
    values = _values(match.positions[0], sample)
    return sum(1 for value in values if _is_rating(value)) * 2 >= len(values) if values else None


def _is_rating(value: str) -> bool:
    said = plain(value)
    patterns = (OUT_OF, STARS, LABELLED, LABELLED_BEHIND)
    return fold_width(said).replace(" ", "").rstrip("%").replace(".", "", 1).isdigit() or any(p.fullmatch(said) for p in patterns)


def _says_more(value: str) -> bool:
    """Tell whether a rating's cell holds more than its digits: a word, the scale, stars."""
    return any(not sign.isdigit() and sign not in ".,+- " for sign in plain(value))


def _values(position: int, sample: Sequence[Sequence[str]]) -> list[str]:
    cells = (row[position].strip() for row in sample if position < len(row))
    return [cell for cell in cells if cell and word(cell) not in MISSING]


def _status_column(found: Mapping[str, Match], header: Header, sample: Sequence[Sequence[str]]) -> int | None:
    """Return a column of unknown header of which nearly all values are words of `CALL_WORDS`, and not all the same."""
    used = {place for match in found.values() for place in match.positions}
    known = vocabulary().strong
    for place, name in enumerate(header.names):
        if name is None or place in used or any(form in known for form in header_words(name)):
            continue
        if _tells_of_calls(_values(place, sample)):
            return place
    return None
