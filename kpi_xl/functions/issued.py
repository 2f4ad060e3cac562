"""Reading issued results where they stand: in a results folder of `kpi-xl generate`, or in a ledger. Nothing is ever written.

A folder is read with the standard library; a ledger brings SQLAlchemy along, on the call that needs it only.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from kpi_xl.cell_words import word
from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import CellError
from kpi_xl.periods import Period
from kpi_xl.scoring import rank

SETTING: Final = "KPI RESULTS"
RUN: Final = "run.json"
_POSTGRESQL = re.compile(r"postgresql(\+\w+)?://", re.IGNORECASE)
_SQLITE: Final = b"SQLite format 3\0"
_LARGEST: Final = 256 << 20


@dataclass(frozen=True)
class Issued:
    """One person's result. `total` None: pending (or `refused` says why there is none). `points` None: the source keeps none."""

    id: str
    name: str = ""
    team: str = ""
    position: str = ""
    scheme: str = ""
    scheme_name: str = ""
    total: Decimal | None = None
    grade: str | None = None
    coefficient: Decimal | None = None
    bonus: Decimal | None = None
    place: int | None = None
    state: str = ""
    refused: str = ""
    points: Mapping[str, Decimal | None] | None = None
    names: Mapping[str, str] = field(default_factory=dict)


Results = Mapping[str, Issued]
"""The people of a period by id."""


def read_results(place: str, period: Period) -> Results | None:
    """Return the results of a period, None when the place has none for it. Raises CellError for a place that is no such place."""
    if _POSTGRESQL.match(place):
        return _from_ledger(place, str(period), _ledger_head(place))
    path = Path(place)
    try:
        if path.is_dir():
            return _in_folder(path, period)
        if path.is_file():
            with path.open("rb") as stream:
                known = stream.read(len(_SQLITE)) == _SQLITE
            if known:
                stat = path.stat()
                return _from_ledger(str(path), str(period), f"{stat.st_mtime_ns} {stat.st_size}")
    except OSError as error:
        raise CellError(f"参数错误：{SETTING} 指向的“{path.name}”打不开") from error
    reason = "不是结果文件夹或台账" if path.exists() else "不存在"
    raise CellError(f"参数错误：{SETTING} 指向的“{path.name}”{reason}")


# --- a folder ----------------------------------------------------------------------------------------------------------------


def _in_folder(folder: Path, period: Period) -> Results | None:
    """Read one period of a folder of results; the setting may also name the folder of a single period."""
    for path in (folder / str(period) / RUN, folder / RUN):
        if path.is_file():
            stat = path.stat()
            found = _run(str(path), stat.st_mtime_ns, stat.st_size)
            return found[1] if found[0] == str(period) else None
    if not any(folder.glob(f"*/{RUN}")):
        raise CellError(f"参数错误：{SETTING} 指向的“{folder.name}”里没有考核结果（{RUN}）")
    return None


@lru_cache(maxsize=24)
def _run(path: str, _changed: int, size: int) -> tuple[str, Results]:
    """Read a run once, until its file changes: the period that it says, and its people."""
    try:
        if size > _LARGEST:
            raise ValueError("too large")
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        if "kpi-xl" not in document["versions"]:
            raise ValueError("another program's")
        people = {entry["id"]: _person(entry) for entry in document["people"]}
        for entry in document["failed"]:
            people[entry["id"]] = Issued(entry["id"], refused=f"未生成：{entry['reason']}")
        for entry in document["not_appraised"]:
            people[entry["id"]] = Issued(entry["id"], entry["name"], refused=f"不参加考核：{entry['reason']}")
        return str(document["period"]), _placed(people)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise CellError(f"参数错误：{SETTING} 指向的 {RUN} 读不了，请重新生成结果") from error


def _person(entry: Mapping[str, Any]) -> Issued:
    row = entry["summary"]["row"]
    total = _amount(entry["total"])
    return Issued(
        id=str(entry["id"]),
        name=str(row["name"]),
        team=str(row["team"]),
        position=str(row["position"]),
        scheme=str(entry["scheme"]),
        scheme_name=str(row["scheme_name"]),
        total=total,
        grade=entry["grade"],
        coefficient=_amount(entry["coefficient"]),
        bonus=_amount(entry["payout"]),
        state="已出总分",
        refused=f"未生成：{entry['error']}" if entry["error"] else "",
    )


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(text)
    return value


def _placed(people: Mapping[str, Issued]) -> Results:
    """Give places among those of one scheme, equal totals the same one."""
    found = dict(people)
    for scheme in {one.scheme for one in people.values()}:
        own = [one for one in people.values() if one.scheme == scheme and one.total is not None]
        for one, place in zip(own, rank([one.total for one in own]), strict=True):
            found[one.id] = replace(one, place=place)
    return found


# --- a ledger ----------------------------------------------------------------------------------------------------------------


def _ledger_head(url: str) -> str:
    """Return the hash of the last entry, which changes with every new one."""
    with _open(url) as ledger:
        return str(ledger.head()[1])


@lru_cache(maxsize=24)
def _from_ledger(url: str, period: str, _head: str) -> Results | None:
    """Read a period of a ledger once, until something is entered: of each person the form that was issued last.

    Where that form came back and was taken, what it says counts.
    """
    from kpi_xl.ledger.model import ISSUED, SCHEME, TAKEN

    issued: dict[str, tuple[str, dict[str, Any]]] = {}
    taken: dict[str, Any] = {}
    with _open(url) as ledger:
        for entry in ledger.entries((ISSUED, TAKEN), periods=(period,)):
            body = entry.body
            if entry.kind == ISSUED:
                issued[entry.person] = entry.issue, body
            elif body.get("appraisal"):
                taken[entry.issue] = body["appraisal"]
        wanted = {body.get("fingerprint") for _issue, body in issued.values()}
        schemes = {
            body["fingerprint"]: tomllib.loads(body["toml"])
            for entry in (ledger.entries((SCHEME,)) if issued else ())
            if (body := entry.body)["fingerprint"] in wanted
        }
    if not issued:
        return None
    try:
        return _placed(
            {
                person: _entered(person, body, taken.get(issue), schemes.get(body["fingerprint"], {}))
                for person, (issue, body) in issued.items()
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise CellError(f"参数错误：{SETTING} 指向的台账里有读不懂的记录，请用 kpi-xl ledger check 核对") from error


def _entered(person: str, body: Mapping[str, Any], taken: Mapping[str, Any] | None, scheme: Mapping[str, Any]) -> Issued:
    appraisal = body["record"]["appraisal"] if taken is None else taken
    points = {key: _amount(value) for key, value in appraisal["points"].items()}
    return Issued(
        id=person,
        name=str(body["name"]),
        team=str(body["team"]),
        scheme=str(body["scheme"]),
        scheme_name=str(scheme.get("name", body["scheme"])),
        total=_amount(appraisal["total"]),
        grade=appraisal["grade"],
        coefficient=_amount(appraisal["coefficient"]),
        state="已发放" if taken is None else "已收回",
        points=points,
        names=_names(scheme.get("indicators", ()), points),
    )


def _names(indicators: Iterable[Mapping[str, Any]], known: Iterable[str]) -> Mapping[str, str]:
    """Return the ids of the indicators by every word that may stand for one."""
    return {word(str(one.get("name"))): str(one.get("id")) for one in indicators} | {word(key): key for key in known}


def _open(url: str) -> Any:  # noqa: ANN401 - the ledger's type belongs to a package that may be absent
    try:
        from kpi_xl.ledger import open_ledger
    except ImportError as error:
        raise CellError("本环境读不了台账，请用完整安装的 kpi-xl") from error
    try:
        return open_ledger(url, create=False, read_only=True)
    except KpiError as error:
        raise CellError(f"参数错误：{SETTING} 指向的台账打不开（{error.message.zh}）") from error
