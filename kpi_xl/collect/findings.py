"""What is to be said about one form: edits, unusable values, whose form it is and which version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kpi_xl.collect.model import Identity, Returned
from kpi_xl.collect.outcome import Finding
from kpi_xl.errors import Text
from kpi_xl.ledger import Entry


def findings_of(one: Returned) -> Iterator[Finding]:
    """Yield what the file itself tells: its seal, edits of locked cells, input cells that cannot be used or were cleared."""
    if one.seal == "damaged":
        yield Finding("seal_damaged", Text("封印本身被改动，已按台账核对", "the seal itself was changed; the ledger's was used"))
    elif one.seal == "absent":
        text = Text("保存它的程序丢掉了封印，已按台账核对", "the program that saved it dropped the seal; the ledger's was used")
        yield Finding("seal_lost", text)
    for edit in one.edits:
        place = f"{edit.sheet}!{edit.cell}" if edit.cell else edit.sheet
        text = Text(f"锁定单元格被改：{edit.text.zh}", f"a locked cell was edited: {edit.text.en}")
        yield Finding("edited", text, place, edit.stood, edit.stands)
    for field in one.fields:
        if field.state == "cleared":
            typed = (f"，写着“{field.text}”", f", it says {field.text!r}") if field.text else ("", "")
            text = Text(
                f"“{field.label}”被清空（原为 {field.issued}{typed[0]}）",
                f"{field.key} was cleared (was {field.issued}{typed[1]})",
            )
            yield Finding("cleared", text, field.cell, field.issued, field.text)
        elif field.state == "differs":
            text = Text(
                f"“{field.label}”与交来的评分不同：评分表 {field.issued}，考核表 {field.text}",
                f"{field.key} differs from what was delivered: {field.issued} there, {field.text} in the form",
            )
            yield Finding("differs", text, field.cell, field.issued, field.text)
        elif field.state in ("out_of_range", "wrong_type"):
            reason = field.message or Text("不能使用", "cannot be used")
            text = Text(f"“{field.label}”填的 {field.text} 不能采用：{reason.zh}", f"{field.key}: {field.text}: {reason.en}")
            yield Finding(field.state, text, field.cell, field.issued, field.text)


def ledger_findings(
    identity: Identity, issue: str, issued: Entry | None, latest: Entry | None, period: str | None, *, issues_period: bool
) -> Iterator[Finding]:
    """Yield what the ledger tells today of a form: of which period, issued or not, which version (`BY_LEDGER`).

    `period` is the one that is being collected; `issues_period`: the ledger issued forms for the period of this one.
    """
    if period is not None and identity.period != period:
        text = Text(f"这是 {identity.period} 的表，本次收集 {period}", f"a form of {identity.period}, not of {period}")
        yield Finding("other_period", text)
    if issued is None and issues_period:
        text = Text(
            f"台账没有发放过这个封印（{issue}）：封印可能被重做，或这份表发放时没有登记",
            f"the ledger never issued this seal ({issue}): made anew, or not entered when it was handed out",
        )
        yield Finding("unknown_seal", text, stood=latest.issue if latest else "", stands=issue)
    elif issued is None:
        yield Finding("not_issued", Text("台账里没有这份表的发放记录", "this ledger did not issue it"))
    elif latest is not None and latest.issue != issue:
        text = Text(
            f"不是最新发放的版本（收到 {issue}，最新 {latest.issue}，{latest.at[:10]} 发放）",
            f"not the version that was issued last ({latest.issue})",
        )
        yield Finding("old_version", text, stood=latest.issue, stands=issue)


def person_findings(one: Returned, issued: Entry | None, owners: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what the form's face and its file name tell of whose it is.

    `owners` are the people by the file name under which their form was issued.
    """
    identity = one.identity
    if identity is None:
        return
    if any(edit.kind in ("changed", "cleared") and _on_face(one, edit.sheet, edit.cell) for edit in one.edits):
        text = Text(
            f"表上的姓名或工号被改过，封印属于 {identity.person} {identity.name}",
            f"name or id were changed; the seal belongs to {identity.person} {identity.name}",
        )
        yield Finding("other_person", text)
    yield from _file_name(one, issued, owners)


def _on_face(one: Returned, sheet: str, cell: str) -> bool:
    return f"{sheet}!{cell}" in one.face


def _file_name(one: Returned, issued: Entry | None, owners: Mapping[str, str]) -> Iterator[Finding]:
    """Renaming is nothing bad by itself; a name that belongs to somebody else is."""
    if issued is None or one.identity is None:
        return
    name = Path(issued.body["file"]).name
    owner = owners.get(_without_copy_mark(one.name))
    if owner is not None and owner != one.identity.person:
        text = Text(
            f"文件名是 {owner} 的，内容是 {one.identity.person} 的表", f"named as {owner}'s, but it is {one.identity.person}'s"
        )
        yield Finding("other_person", text, stood=name, stands=one.name)
    elif one.name != name:
        yield Finding("renamed", Text(f"文件改过名（原名 {name}）", f"renamed (was {name})"), stood=name, stands=one.name)


def _without_copy_mark(name: str) -> str:
    """Take off what programs add to copies: ``x (1).xlsx``, ``x - 副本.xlsx``, ``x(1).xlsx``."""
    return re.sub(r"(?:\s*[（(]\d+[)）]|\s*-\s*(?:副本|Copy|复制))+(?=\.\w+$)", "", name)
