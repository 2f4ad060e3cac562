"""Points of a hundred that are written as per cent, or as shares: 90% and 0.9 for 90."""

from __future__ import annotations

from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import Text
from kpi_xl.exports.meaning.tell import Column, Settled, few, few_en
from kpi_xl.exports.rows.spellings import quote

_SIGNS = ("%", "％")


def settle_score(score: Column) -> Settled:
    """Decide whether the scores of quality checks are points or shares."""
    if score.bound is None:
        return Settled()
    rows = score.counted(score.bound, f"{score.bound} IS NOT NULL")
    counts = {float(str(value)): int(str(count)) for value, count in rows}
    shown = {f"{value:g}": count for value, count in counts.items()}
    if score.declared in ("points", "share"):
        why = Text("映射文件写明", "the mapping file says so")
        share = score.declared == "share" and _are_shares(counts)
        bound = {"quality": {"score": f"{score.bound} * 100"}} if share else {}
        return Settled((_told(score, "declared", score.declared, why, counts),), bound)
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
    why = Text(f"分值：{few(shown)}", f"values: {few_en(shown)}")
    return Settled((_told(score, "read", "points", why, counts),))


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
