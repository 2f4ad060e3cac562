"""KPI_RESULT: a person's issued result, from the place that the calling workbook names, and from no other.

The face that calls (`kpi_xl.excel.functions`) says what its workbook's sheet ``xlwings.conf`` has behind ``KPI RESULTS``; without
that nothing is read. What a formula says can therefore never choose a file.
"""

from __future__ import annotations

import ntpath
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final

from kpi_xl.cell_words import word
from kpi_xl.errors import KpiError
from kpi_xl.functions.cells import Cell, CellError, as_cell, elementwise, problem_text, text
from kpi_xl.functions.issued import SETTING, Issued, Results, read_results
from kpi_xl.functions.tables import read_period
from kpi_xl.glossary import AWAITING, COEFFICIENT, EMPLOYEE_ID, GRADE, POSITION, TEAM, TOTAL
from kpi_xl.periods import Period

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)  # two letters at least: C: is a drive
_READ = re.compile(r"(postgresql(\+\w+)?|sqlite)://", re.IGNORECASE)
_STATE: Final = "状态"
NOT_SET: Final = f"参数错误：本工作簿没有设置结果文件夹（xlwings.conf 表中的 {SETTING}）"


@dataclass(frozen=True)
class Told:
    """What a workbook says: the path or URL behind ``KPI RESULTS``, and the folder in which the workbook lies ('': nowhere)."""

    place: str
    folder: str = ""


_TOLD: ContextVar[Told | None] = ContextVar("kpi_results", default=None)


@contextmanager
def told_by_workbook(told: Told | None) -> Iterator[None]:
    """Let the functions called inside read the results that a workbook names; None: it names none."""
    token = _TOLD.set(told)
    try:
        yield
    finally:
        _TOLD.reset(token)


def _graded(one: Issued) -> Cell:
    return "不设等级" if one.grade is None else one.grade


def _factor(one: Issued) -> Cell:
    return f"无系数（{_graded(one)}）" if one.coefficient is None else as_cell(one.coefficient)


def _paid(one: Issued) -> Cell:
    return "结果中没有奖金" if one.bonus is None else as_cell(one.bonus)


FINAL: Final[Mapping[str, Callable[[Issued], Cell]]] = {
    TOTAL: lambda one: as_cell(one.total),
    GRADE: _graded,
    COEFFICIENT: _factor,
    "奖金": _paid,
    "名次": lambda one: as_cell(Decimal(one.place or 0)),
}
"""What there is of a finished result; 待评 while it is not."""
KNOWN: Final[Mapping[str, Callable[[Issued], Cell]]] = {
    _STATE: lambda one: AWAITING if one.total is None else one.state,
    "姓名": lambda one: one.name,
    TEAM: lambda one: one.team,
    POSITION: lambda one: one.position or "结果中没有岗位",
    "方案": lambda one: one.scheme_name,
}
"""What there is of everybody."""
_OTHER_WORDS: Final = {COEFFICIENT.removeprefix("绩效"): COEFFICIENT}


def result(person: object, period: object, what: object) -> Cell:
    """Return what is asked of each person's issued result: a key of `FINAL` or `KNOWN`, or an indicator's points.

    Refused without a setting of the workbook. Who is not there, a period that is not there and 待评 are said in words.
    """
    read = _once(_place())
    return elementwise(lambda who, when, asked: _one(read, who, when, asked), person, period, what)


Read = Callable[[Period], Results | None]


def _once(place: str) -> Read:
    """Return a reader that goes to the place once a period, also when the place fails: a range has thousands of cells."""
    found: dict[Period, Results | CellError | None] = {}

    def read(period: Period) -> Results | None:
        if period not in found:
            try:
                found[period] = read_results(place, period)
            except CellError as error:
                found[period] = error
        known = found[period]
        if isinstance(known, CellError):
            raise known
        return known

    return read


def _one(read: Read, who: Cell, when: Cell, asked: Cell) -> Cell:
    try:
        period = read_period(when)
    except KpiError as error:
        raise problem_text(error) from error
    id_, wanted = text(who, EMPLOYEE_ID), text(asked, "要查的内容")
    results = read(period)
    if results is None:
        return f"没有 {period} 的结果"
    found = _find(results, id_)
    if found is None:
        return f"{period} 的结果中没有“{id_[:20]}”"
    wanted = _OTHER_WORDS.get(wanted, wanted)
    if found.refused:
        return found.refused[:255]
    if wanted in KNOWN:
        return KNOWN[wanted](found)
    if wanted in FINAL:
        return AWAITING if found.total is None else FINAL[wanted](found)
    return _points(found, wanted)


def _points(one: Issued, wanted: str) -> Cell:
    known = "、".join((*FINAL, *KNOWN))
    if one.points is None:
        raise CellError(f"参数错误：结果文件夹中没有“{wanted[:20]}”，可查 {known}；各指标的得分在台账中")
    key = one.names.get(word(wanted))
    if key is None or key not in one.points:
        raise CellError(f"参数错误：结果中没有“{wanted[:20]}”，可查 {known}，或指标的编号、名称")
    value = one.points[key]
    return AWAITING if value is None else as_cell(value)


def _find(results: Results, id_: str) -> Issued | None:
    """Find a person by id; one typed as a number has lost its leading zeros."""
    if id_ in results:
        return results[id_]
    same = [one for key, one in results.items() if word(key) == word(id_)]
    if not same and id_.isascii() and id_.isdigit():
        same = [one for key, one in results.items() if key.isascii() and key.isdigit() and int(key) == int(id_)]
    return same[0] if len(same) == 1 else None


# --- the place ---------------------------------------------------------------------------------------------------------------


def _place() -> str:
    """Return the path or URL that the workbook names. Raises CellError without one, and for one that is never read."""
    told = _TOLD.get()
    place = "" if told is None else told.place.strip()
    if told is None or not place:
        raise CellError(NOT_SET)
    if _READ.match(place):
        if not place.lower().startswith("sqlite://"):
            return place
        place = re.sub("^sqlite:///?", "", place, flags=re.IGNORECASE)
    if _ADDRESS.match(place) or place.startswith(("\\\\", "//")) or "\0" in place:
        raise CellError(f"参数错误：{SETTING} 只能是本机的文件夹、台账文件或 postgresql:// 地址")
    if Path(place).is_absolute() or ntpath.splitdrive(place)[0]:
        return place
    if not told.folder or _ADDRESS.match(told.folder):
        raise CellError(f"参数错误：工作簿没有保存在本机，{SETTING} 请写完整路径")
    return str(Path(told.folder) / place)
