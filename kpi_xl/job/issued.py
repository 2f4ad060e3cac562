"""What leaves the house: entered into the ledger, protected by passwords when they are given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kpi_xl.collect.issue import Made, enter_issued
from kpi_xl.errors import KpiError, Text
from kpi_xl.job.executor import open_executor
from kpi_xl.job.model import Order, PersonOutcome
from kpi_xl.ledger import open_ledger
from kpi_xl.schemes.model import Scheme


def check_delivery(order: Order) -> list[Text]:
    """Look before hours of work whether the ledger opens and the passwords fit the order. Returns what must be said beside.

    Raises KpiError for a ledger that cannot be opened, and for PDF files together with passwords.
    """
    if order.ledger is not None:
        with open_ledger(order.ledger):
            pass
    if order.passwords is None:
        return []
    if order.pdf:
        raise KpiError(
            Text("加密的考核表不能同时转成 PDF", "encrypted workbooks cannot be turned into PDF"),
            Text("去掉 --pdf 或 --password-file", "leave out --pdf or --password-file"),
        )
    if not order.html:
        return []
    return [
        Text(
            "只有考核表（xlsx）加了密码；网页和汇总没有加密，请勿转发，或加 --no-html",
            "only the workbooks are encrypted; pages and summaries are not: do not pass them on, or add --no-html",
        )
    ]


def enter_outcomes(order: Order, schemes: Iterable[Scheme], outcomes: Sequence[PersonOutcome]) -> None:
    """Enter the finished workbooks that the ledger does not have yet. Raises KpiError when it cannot be written."""
    if order.ledger is None:
        return
    passwords = order.passwords.by_person if order.passwords else {}
    made = [
        Made(order.folder / name, f"{order.period}/{name}", digest, passwords.get(outcome.id))
        for outcome in outcomes
        for name, digest in outcome.files.items()
        if name.endswith(".xlsx") and outcome.error is None
    ]
    if order.progress is not None:
        order.progress(Text("登记台账", "entering into the ledger"), 0.0)
    with (
        open_ledger(order.ledger) as ledger,
        open_executor(order.workers, order.scheduler, len(made) // 200) as executor,
    ):
        enter_issued(ledger, made, schemes, str(order.period), order.now.isoformat(), executor)
