"""Whether a call-back was answered: which column tells, and statuses that nobody knows."""

from __future__ import annotations

from kpi_xl.cell_words import word
from kpi_xl.decisions import Ground
from kpi_xl.errors import Text
from kpi_xl.exports.columns.rating_columns import CALL_WORDS
from kpi_xl.exports.meaning.tell import Column, Settled, few, few_en

_REACHED = ("成功", "接通", "接听", "完成", "有效", "已回访", "已评价", "应答")
_NOT = ("未", "不", "无", "失败", "没", "拒", "空号", "关机", "停机", "占线", "忙", "挂", "错", "信箱", "欠费", "转")
_PLAIN = frozenset(
    (
        *("", "success", "successful", "answered", "connected", "reached", "completed", "ok", "是", "y", "yes", "1", "true"),
        *("failed", "missed", "unreachable", "否", "n", "no", "0", "false", "cancelled", "pending"),
    )
)


def settle_status(status: Column) -> Settled:
    """Ask about a column that was taken for its values alone, and about statuses of rated rows that are not known."""
    if status.bound is None:
        return Settled()
    rated = [status.stage.bound["ratings"][name] for name in ("rating", "label") if name in status.stage.bound["ratings"]]
    has_answer = " OR ".join(f"{one} IS NOT NULL" for one in rated) or "false"
    rows = status.counted(status.bound, f"{status.bound} IS NOT NULL AND ({has_answer})")
    counts = {str(said): int(str(count)) for said, count in rows}
    feed = next(f for f in status.stage.feeds if f.table == "ratings")
    match = feed.matches.get("call_status")
    if match is not None and match.how == "values":
        why = Text(
            f"列“{status.header}”的列名不认得，写的是接通状态：{few(counts)}；按它只算成功接通的",
            f"the column {status.header!r} has an unknown header and holds call statuses: {few_en(counts)}; "
            "only answered calls count",
        )
        ground: Ground = "read" if all(_is_reached(said) for said in counts) else "guess"
        return Settled((status.decide("call_status", ground, why, status.header, columns=("call_status",)),))
    strange = {said: count for said, count in counts.items() if not _is_known(said)}
    if strange and match is not None:
        why = Text(
            f"有评价而状态不认得，没有计入：{few(strange)}", f"rated rows of an unknown status, not counted: {few_en(strange)}"
        )
        decided = status.decide("call_status", "guess", why, status.header, columns=("call_status",), count=sum(strange.values()))
        return Settled((decided,))
    why = Text(f"列“{status.header}”", f"the column {status.header!r}")
    return Settled((status.decide("call_status", "read", why, status.header, columns=("call_status",)),))


def _is_reached(said: str) -> bool:
    return any(one in said for one in _REACHED) and not any(one in said for one in _NOT)


def _is_known(said: str) -> bool:
    plain = word(said)
    return plain in CALL_WORDS or plain in _PLAIN or any(one in said for one in (*_REACHED, *_NOT))
