"""The sign of the points of events: what a column called 扣分 holds is taken off, whatever its sign."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from kpi_xl.decisions import Decision, Ground
from kpi_xl.errors import Text
from kpi_xl.exports.meaning.tell import Column, Settled, few, few_en

_PENALTY = re.compile(
    r"(?<!未|无)(迟到|早退|旷工|缺勤|脱岗|违规|违纪|违章|差错|错误|失误|处罚|罚款|通报批评|批评|警告|扣|投诉|不符|不合格|未邀请|未邀评|超时|事故"
    r"|late|absen|penalt|complain|violation|mistake|error)",
    re.IGNORECASE,
)
_PRAISE = re.compile(r"表扬|奖|嘉|锦旗|感谢|好评|优秀|创新|合理化建议|加分|先进|praise|award|bonus|commend", re.IGNORECASE)
_NO_PENALTY = re.compile(r"无责|零投诉|无投诉|无差错|零差错|无迟到|全勤", re.IGNORECASE)
_POINTS = ("points", "added", "taken_off")
_DECLARED = Text("映射文件写明", "the mapping file says so")
_Bound = dict[str, str | None]


def settle_points(points: Column, added: Column, taken: Column) -> Settled:
    """Decide about the one or two columns of points of the events; the three columns of the table are bound anew."""
    if points.bound is None and added.bound is None and taken.bound is None:
        return Settled()
    if added.bound is None and taken.bound is None:
        decided, bound = _by_sign(points)
        return Settled((decided,), {"events": bound})
    sides = {column.name: _one_sided(column, side, points.declared) for column, side in ((added, "given"), (taken, "taken_off"))
             if column.bound is not None}  # fmt: skip
    decisions = tuple(decision for decision, _ in sides.values())
    if any(decision.ground == "open" for decision in decisions):  # half of the points would be no figure
        return Settled(decisions, {"events": dict.fromkeys(_POINTS)})
    amounts = {name: sql for name, (_, sql) in sides.items()}
    signed = [f"{'-' if name == 'taken_off' else ''}({sql})" for name, sql in amounts.items()]
    nothing = " AND ".join(f"{part} IS NULL" for part in signed)
    total = " + ".join(f"coalesce({part}, 0)" for part in signed)
    net = f"CASE WHEN {nothing} THEN {points.bound or 'NULL'} ELSE {total} END"
    return Settled(decisions, {"events": {"added": None, "taken_off": None, **amounts, "points": net}})


def _signs(column: Column) -> tuple[dict[str, int], dict[str, int]]:
    """Return the negative and the positive values with their rows."""
    rows = [(float(str(value)), int(str(count))) for value, count in column.counted(column.bound or "", f"{column.bound} <> 0")]
    return {f"{v:g}": n for v, n in rows if v < 0}, {f"{v:g}": n for v, n in rows if v > 0}


def _one_sided(column: Column, side: str, declared: str | None) -> tuple[Decision, str | None]:
    """Decide about a column whose header says on which side it is; its SQL gives amounts from 0 up."""
    negative, positive = _signs(column)
    shown = {**negative, **positive}
    declared = column.declared or declared
    if declared is not None:
        amount = f"abs({column.bound})" if declared != "signed" else f"{'-' if side == 'taken_off' else ''}{column.bound}"
        return _decided(column, "declared", declared, _DECLARED, shown), amount
    if negative and (positive or side == "given"):
        return _decided(column, "open", None, _mixes(column, shown), shown), None
    return _decided(column, "read", side, _says_side(column, shown), shown), f"abs({column.bound})"


def _mixes(column: Column, shown: Mapping[str, int]) -> Text:
    return Text(
        f"列“{column.header}”的分值与列名不合：{few(shown)}",
        f"the signs of the column {column.header!r} do not fit its header: {few_en(shown)}",
    )


def _says_side(column: Column, shown: Mapping[str, int]) -> Text:
    return Text(f"列名“{column.header}”：{few(shown)}", f"the header {column.header!r}: {few_en(shown)}")


def _decided(column: Column, ground: Ground, answer: str | None, why: Text, shown: Mapping[str, int]) -> Decision:
    """Return the decision under the one setting for points, whichever column it is about."""
    points = replace(column, name="points")
    decided = points.decide("sign", ground, why, answer, columns=_POINTS, count=sum(shown.values()))
    return replace(decided, header=column.header or None)


def _by_sign(points: Column) -> tuple[Decision, _Bound]:
    """Decide about a column of signed points: its header does not say a side, its signs do, if the kinds agree."""
    negative, positive = _signs(points)
    shown = {**negative, **positive}
    side = points.declared or _side_of_header(points.header)
    if side in ("taken_off", "given"):
        if points.declared is None and negative and (positive or side == "given"):
            return _decided(points, "open", None, _mixes(points, shown), shown), dict.fromkeys(_POINTS)
        why = _DECLARED if points.declared else _says_side(points, shown)
        return _decided(points, "declared" if points.declared else "read", side, why, shown), _amounts(points, side)
    if points.declared == "signed":
        return _decided(points, "declared", "signed", _DECLARED, shown), {}
    doubtful = _doubtful(points)
    if doubtful:
        why = Text(
            f"类别与正负号不一致：{few(doubtful)}", f"kinds that do not agree with the sign of their points: {few_en(doubtful)}"
        )
        return _decided(points, "guess", "signed", why, shown), {}
    why = Text(f"分值按正负号计：{few(shown)}", f"points by their sign: {few_en(shown)}")
    return _decided(points, "read", "signed", why, shown), {}


def _amounts(points: Column, side: str) -> _Bound:
    amount = f"abs({points.bound})"
    return {"points": f"-{amount}", "taken_off": amount} if side == "taken_off" else {"points": amount, "added": amount}


def _side_of_header(header: str) -> str | None:
    """A mapping file may name any column as the points: its header may still say the side."""
    if re.search(r"[加奖].*[减扣罚惩]|[减扣罚惩].*[加奖]", header):
        return None
    if re.search(r"扣|罚|减分|deduct|penalt", header, re.IGNORECASE):
        return "taken_off"
    return "given" if re.search(r"加分|奖励分|奖分|bonus", header, re.IGNORECASE) else None


def _doubtful(points: Column) -> dict[str, int]:
    """Return the kinds that say a penalty and have positive points, or say praise and have negative ones, with their rows."""
    kind = points.stage.bound["events"].get("kind")
    if kind is None:
        return {}
    rows = points.counted(f"{kind}, {points.bound} > 0", f"{points.bound} <> 0 AND {kind} IS NOT NULL")
    found: dict[str, int] = {}
    for said, is_positive, count in rows:
        text = str(said)
        bad = bool(_PENALTY.search(text)) and not _PRAISE.search(text) and not _NO_PENALTY.search(text)
        good = bool(_PRAISE.search(text)) and not _PENALTY.search(text)
        if (bad and is_positive) or (good and not is_positive):
            found[text] = found.get(text, 0) + int(str(count))
    return found
