"""Forms that came back: found, read in workers, entered into the ledger, and set out in 收集结果.xlsx."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi_xl.arguments import Several, StrPath, local_now
from kpi_xl.collect.collect import BATCH, collect_files, find_forms
from kpi_xl.collect.intake import Intake
from kpi_xl.collect.outcome import Collection, Take
from kpi_xl.collect.passwords import Passwords, read_passwords
from kpi_xl.collect.read import COLLECT_LOG
from kpi_xl.collect.result_book import build_result_book, is_result_book
from kpi_xl.errors import Text
from kpi_xl.faults import fault_log
from kpi_xl.job.executor import open_executor
from kpi_xl.ledger import Ledger, open_ledger
from kpi_xl.outputs import Read, keep_aside, not_ours, put_output, refuse_inputs, was_ours, write_output, writing
from kpi_xl.periods import Period

if TYPE_CHECKING:
    from kpi_xl.exports.model import Progress


def collect_forms(
    forms: Several[StrPath],
    *,
    ledger: StrPath,
    take: Take = "ask",
    period: Period | str | None = None,
    out: StrPath | None = None,
    passwords: Passwords | StrPath | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    now: dt.datetime | None = None,
) -> Collection:
    """Collect the forms that came back: ``kpi-xl collect`` as a function.

    `forms` are files, and folders with everything below them; `out` is the result workbook (None: none is written); `passwords`
    a file of ``id,password``; `now` local time without a zone (None: the clock). The others are explained at `kpi_xl.Intake`.
    Raises KpiError: at once for arguments that cannot be used, all of them together; later when no form is found and when the
    ledger cannot be read or written (then nothing has been entered). What concerns single forms is in the result.
    """
    given: dict[str, Any] = dict(locals())  # what each argument must be, the intake knows
    file = passwords if isinstance(passwords, str | os.PathLike) else None
    given["now"] = local_now() if now is None else now
    given["passwords"] = passwords if file is None else None
    intake = Intake(**given)
    return take_in(intake if file is None else replace(intake, passwords=read_passwords(Path(file))))


def take_in(intake: Intake) -> Collection:
    """Collect what an intake names, and write its result workbook; an earlier one is kept beside (`Collection.kept`).

    Tracebacks of faults of ours go to a log beside it (`Collection.log`).
    """
    files = find_forms(intake.forms)
    if intake.out is not None:
        _require_place(intake.out, (*files, intake.ledger))
    with (
        open_ledger(intake.ledger) as ledger,
        open_executor(intake.workers, None, len(files) // BATCH) as executor,
    ):
        warnings = _warnings(ledger)
        collection = replace(collect_files(files, ledger, executor, intake), warnings=warnings)
    if intake.out is None:
        return collection
    log = intake.out.with_name(COLLECT_LOG) if collection.faults else None
    if log is not None:
        put_output(log, fault_log(collection.faults, intake.now), files)
    with writing(intake.out):
        kept = keep_aside(intake.out) if intake.out.is_file() else None
    write_output(intake.out, build_result_book(collection, intake.now), files)
    return replace(collection, kept=kept, log=log)


def _require_place(out: Path, inputs: Iterable[Read]) -> None:
    """Refuse to write over what is no result workbook of ours. Raises KpiError. An earlier one is kept beside, changed or not."""
    refuse_inputs(out, inputs)
    if os.path.lexists(out) and not (was_ours(out) or is_result_book(out)):
        raise not_ours(out)


def _warnings(ledger: Ledger) -> tuple[Text, ...]:
    if ledger.head()[0] != 0:
        return ()
    return (
        Text(
            f"台账 {ledger.label} 是空的，没有发放记录，只能按表里的封印核对；如果文件名写错了，请换成发放时的台账再收一次",
            f"the ledger {ledger.label} is empty: forms are compared with their own seals only; mistyped name?",
        ),
    )
