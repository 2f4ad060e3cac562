"""Points of a hundred that are written as per cent, or as shares: 90% and 0.9 for 90."""

from __future__ import annotations

from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import Text
from kpi_xl.exports.meaning.tell import Column, Settled, few, few_en
from kpi_xl.exports.rows.clean import add_issues
from kpi_xl.exports.rows.spellings import quote

_SIGNS = ("%", "％")
_FULL = 100.0
_LOW = 10.0
"""Where no score is above this, they are marks of ten rather than of a hundred."""


def settle_score(score: Column) -> Settled:
    """Decide whether the scores of quality checks are points or shares."""
    if score.bound is None:
        return Settled()
    rows = score.counted(score.bound, f"{score.bound} IS NOT NULL AND NOT {_beyond(score.bound)}")
    counts = {float(str(value)): int(str(count)) for value, count in rows}
    shown = {f"{value:g}": count for value, count in counts.items()}
    if score.declared in ("points", "share"):
        why = Text("映射文件写明", "the mapping file says so")
        share = score.declared == "share" and _are_shares(counts)
        _tell_beyond(score)
        bound = {"quality": {"score": f"{score.bound} * 100"}} if share else {}
        return Settled((_told(score, "declared", score.declared, why, counts),), bound)
    _tell_beyond(score)
    signed = _with_sign(score)
    if signed:
        why = Text(
            f"有 {signed} 个得分写着百分号，按百分比读作分（90% 即 90 分）",
            f"{signed} scores bear a per-cent sign and were read as points (90% as 90)",
        )
        return Settled((_told(score, "guess", "share", why, counts),))
    if _are_shares(counts):
        why = Text(f"得分都在 0–1 之间：{few(shown)}", f"no score is above 1: {few_en(shown)}")
        return Settled((_told(score, "open", None, why, counts),), {"quality": {"score": None}})
    if not counts:
        return Settled()
    odd = _odd(shown)
    why = odd or Text(f"分值：{few(shown)}", f"values: {few_en(shown)}")
    return Settled((_told(score, "guess" if odd else "read", "points", why, counts),))


def _odd(shown: dict[str, int]) -> Text | None:
    """Return what speaks against points of a hundred: shares among them, or nothing above ten."""
    shares = {value: count for value, count in shown.items() if 0 < float(value) <= 1}
    if shares:
        return Text(
            f"多数得分在 1 以上，也有 0–1 之间的，像是百分比：{few(shares)}",
            f"most scores are above 1, and some between 0 and 1, as shares are: {few_en(shares)}",
        )
    if 0 < max(map(float, shown)) <= _LOW:
        return Text(f"没有一个得分超过 10，不像百分制：{few(shown)}", f"no score is above 10, of a hundred: {few_en(shown)}")
    return None


def _beyond(value: str) -> str:
    """SQL: the score lies outside 0 to 100."""
    return f"({value} < 0 OR {value} > {_FULL:g})"


def _tell_beyond(score: Column) -> None:
    """Tell the scores outside 0 to 100, which the measures leave out."""
    column = score.stage.column("quality", "score")
    if column is None or score.bound is None:
        return
    where = f"s.fate IS NULL AND {_beyond(score.bound)}"
    add_issues(score.connection, score.stage, "absurd_value", where, quote(column.label), f"CAST({score.bound} AS VARCHAR)")


def _told(score: Column, ground: Ground, answer: str | None, why: Text, counts: dict[float, int]) -> Decision:
    return score.decide("percent", ground, why, answer, count=sum(counts.values()))


def _are_shares(counts: dict[float, int]) -> bool:
    """Tell whether nothing is above 1 and something above 0."""
    return bool(counts) and max(counts) <= 1 and max(counts) > 0


def _with_sign(score: Column) -> int:
    """Count the scores with a per-cent sign: among the first rows, and those that were looked at twice."""
    column = score.stage.column("quality", "score")
    if column is None:
        return 0
    place = column.positions[0]
    sample = score.stage.sheet.head[score.stage.header.index + 1 :]
    first = sum(1 for row in sample if place < len(row) and row[place].strip().endswith(_SIGNS))
    later = " OR ".join(f"ends_with(trim({column.kept}), {quote(sign)})" for sign in _SIGNS)
    found = score.connection.execute(
        f"SELECT count(*) FROM {score.stage.table} s WHERE s.raw IS NOT NULL AND s.fate IS NULL AND ({later})"  # noqa: S608
        f" AND s.rowid >= {len(sample)}"
    ).fetchone()
    return first + (int(found[0]) if found else 0)
