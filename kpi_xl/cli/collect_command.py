"""``kpi-xl collect``, ``verify`` and ``ledger verify|export|backup|restore``: forms that come back, and the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpi_xl.arguments import local_now
from kpi_xl.cli import console
from kpi_xl.errors import KpiError, Text, shown_name
from kpi_xl.periods import Period

if TYPE_CHECKING:
    from kpi_xl.collect.outcome import Collection, FileResult, Finding, PersonResult, Take
    from kpi_xl.collect.verify import Verdict

ledger_app = typer.Typer(no_args_is_help=True, help="台账：核对、导出、备份、恢复。The ledger: verify, export, back up, restore.")

LedgerOption = Annotated[str, typer.Option("--ledger", help="台账：文件名，或数据库地址（sqlite:///…、postgresql+psycopg://…）")]
PasswordOption = Annotated[Path | None, typer.Option("--password-file", help="密码文件（工号,密码），与发放时同一份")]
JsonOption = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 文档")]
_TAKES: dict[str, Take] = {"ask": "ask", "newest": "newest", "first": "first"}


def collect(
    forms: Annotated[list[Path], typer.Argument(help="收回的考核表（.xlsx），或存放它们的文件夹", show_default=False)],
    ledger: LedgerOption,
    take: Annotated[
        str, typer.Option(help="同一人交了不同的表时：ask 由人力资源决定，newest 取最后保存的，first 取最先收到的")
    ] = "ask",
    period: Annotated[str | None, typer.Option(help="只收这个周期的表（2025-09、2025-Q3 或 2025）")] = None,
    out: Annotated[Path, typer.Option(help="结果工作簿")] = Path("收集结果.xlsx"),
    password_file: PasswordOption = None,
    workers: Annotated[int | None, typer.Option(min=1, help="并行进程数，默认为处理器个数")] = None,
    as_json: JsonOption = False,
) -> None:
    """收回填好的考核表：读取填写内容、查出改动和冲突、重新计算、登记台账。  Collect the forms that came back."""
    from kpi_xl.collect.intake import Intake
    from kpi_xl.collect.passwords import read_passwords
    from kpi_xl.job.returned import take_in

    chosen = _TAKES.get(take)
    if chosen is None:
        raise KpiError(
            Text(f"--take 不能是 {take}", f"--take cannot be {take}"),
            Text("写 ask、newest 或 first", "write ask, newest or first"),
        )
    with console.progress() as progress:
        collection = take_in(
            Intake(
                forms=tuple(forms),
                ledger=ledger,
                now=local_now(),
                take=chosen,
                period=None if period is None else Period.parse(period),
                passwords=None if password_file is None else read_passwords(password_file),
                out=out,
                workers=workers,
                progress=progress,
            )
        )
    for warning in collection.warnings:
        console.warn(warning)
    if as_json:
        console.write_json(_collection_document(collection, out))
    else:
        _tell_collection(collection, out)
    if collection.log is not None:
        console.tell_log(collection.log)
    if not collection.clean:
        raise typer.Exit(1)


def verify(
    files: Annotated[list[Path], typer.Argument(help="考核表，可以多个", show_default=False)],
    ledger: Annotated[str | None, typer.Option("--ledger", help="同时与台账里的封印核对")] = None,
    password_file: PasswordOption = None,
    as_json: JsonOption = False,
) -> None:
    """逐格核对考核表是否被改动。不是电子签名验证。  Tell which locked cells were changed; not an electronic signature."""
    from kpi_xl.collect.passwords import read_passwords
    from kpi_xl.collect.verify import DISCLAIMER, as_document, verify_file
    from kpi_xl.ledger import open_ledger

    passwords = None if password_file is None else read_passwords(password_file)
    book = None if ledger is None else open_ledger(ledger, create=False)
    verdicts: list[Verdict] = []
    errors: list[tuple[Path, KpiError]] = []
    try:
        for path in files:
            try:
                verdicts.append(verify_file(path, passwords=passwords.candidates(path) if passwords else (), ledger=book))
            except KpiError as error:
                errors.append((path, error))
    finally:
        if book is not None:
            book.close()
    if errors and not verdicts and len(errors) == 1:
        raise errors[0][1]
    if as_json:
        unusable = [
            {"file": str(path.with_name(shown_name(path))), "error": found.message.in_language(console.language())}
            for path, found in errors
        ]
        note = DISCLAIMER.in_language(console.language())
        console.write_json({"files": [as_document(verdict) for verdict in verdicts], "unusable": unusable, "note": note})
    else:
        for verdict in verdicts:
            _tell_verdict(verdict)
        for _path, failure in errors:
            console.fail(failure)
        console.say(DISCLAIMER)
    if errors and not verdicts:
        raise typer.Exit(2)
    if errors or not all(verdict.unchanged for verdict in verdicts):
        raise typer.Exit(1)


@ledger_app.command("verify")
def ledger_verify(
    ledger: LedgerOption,
    head: Annotated[str | None, typer.Option(help="以前记下的链尾哈希：核对末尾没有被截断或重写")] = None,
    as_json: JsonOption = False,
) -> None:
    """核对台账：逐条重算哈希链。  Check the ledger: compute the chain of hashes anew."""
    from kpi_xl.ledger import check_ledger, open_ledger

    with open_ledger(ledger, create=False) as book:
        check = check_ledger(book, head=head)
    if as_json:
        faults = [fault.in_language(console.language()) for fault in check.faults]
        document = {"sound": check.sound, "entries": check.entries, "head": check.head, "fault_count": check.count}
        console.write_json({**document, "faults": faults})
    elif check.sound:
        console.say(
            Text(f"台账完好：{check.entries} 条，链尾 {check.head}", f"sound: {check.entries} entries, head {check.head}")
        )
        console.say(Text("请把链尾哈希另存一处，下次用 --head 核对", "keep the head elsewhere; check it with --head next time"))
    else:
        for fault in check.faults:
            console.warn(fault)
        console.warn(Text(f"台账有 {check.count} 处问题", f"{check.count} faults"))
    if not check.sound:
        raise typer.Exit(1)


@ledger_app.command("export")
def ledger_export(
    ledger: LedgerOption, out: Annotated[Path, typer.Option(help="导出文件（每行一条 JSON）")] = Path("台账.jsonl")
) -> None:
    """导出全部记录，每行一条 JSON。  Export all entries as JSON lines."""
    from kpi_xl.ledger import export, open_ledger

    with open_ledger(ledger, create=False) as book:
        count = export(book, out, inputs=(ledger,))
    console.say(Text(f"已导出 {count} 条到 {out}", f"exported {count} entries to {out}"))


@ledger_app.command("backup")
def ledger_backup(ledger: LedgerOption, out: Annotated[Path, typer.Option(help="备份文件（.jsonl.gz）")]) -> None:
    """备份整个台账到一个文件，可恢复到任何数据库。  Back up the whole ledger into one file."""
    from kpi_xl.ledger import backup, open_ledger

    with open_ledger(ledger, create=False) as book:
        count, head = backup(book, out, inputs=(ledger,))
    console.say(Text(f"已备份 {count} 条到 {out}，链尾 {head}", f"{count} entries backed up to {out}, head {head}"))


@ledger_app.command("restore")
def ledger_restore(
    backup_file: Annotated[Path, typer.Argument(help="备份文件", show_default=False)], ledger: LedgerOption
) -> None:
    """把备份恢复到一个新的台账，先核对再写入。  Restore a backup into a new ledger, checked first."""
    from kpi_xl.ledger import open_ledger, restore

    with open_ledger(ledger) as book:
        count, head = restore(backup_file, book)
    console.say(Text(f"已恢复 {count} 条，链尾 {head}", f"{count} entries restored, head {head}"))


def _tell_verdict(verdict: Verdict) -> None:
    who = f"（{verdict.identity.person} {verdict.identity.name}，{verdict.identity.period}）" if verdict.identity else ""
    if verdict.unchanged:
        console.say(Text(f"{shown_name(verdict.path)}{who}：没有改动", f"{shown_name(verdict.path)}: unchanged"))
        return
    console.say(
        Text(
            f"{shown_name(verdict.path)}{who}：有 {len(verdict.edits)} 处改动",
            f"{shown_name(verdict.path)}: {len(verdict.edits)} changes",
        )
    )
    for edit in verdict.edits:
        console.say("  " + edit.text.in_language(console.language()))
    if verdict.in_ledger is False:
        console.say(Text("  台账里没有这份表的封印：可能被重做过，或不是由这本台账发放", "  the ledger does not know this seal"))


def _tell_collection(collection: Collection, out: Path) -> None:
    counts = collection.counts
    console.say(
        Text(
            f"文件 {counts['files']} 个；已收 {counts['taken'] + counts['check']} 人（其中需核对 {counts['check']} 人），"
            f"待人力资源决定 {counts['undecided']} 人，未交 {counts['missing']} 人",
            f"{counts['files']} files; {counts['taken'] + counts['check']} people taken ({counts['check']} to be checked), "
            f"{counts['undecided']} undecided, {counts['missing']} missing",
        )
    )
    for person in collection.people:
        if person.status in ("check", "undecided"):
            console.say(f"  {person.identity.person} {person.identity.name}")
            for finding in person.findings[:_SHOWN]:
                console.say("    " + finding.text.in_language(console.language()))
            if len(person.findings) > _SHOWN:
                console.say(Text(f"    …… 共 {len(person.findings)} 处，见结果工作簿", f"    ... {len(person.findings)} in all"))
    for file in collection.files:
        if file.error is not None:
            console.warn(file.error)
    if collection.kept is not None:
        console.say(Text(f"原有的结果已保留为 {collection.kept}", f"the earlier result was kept as {collection.kept}"))
    console.say(
        Text(f"结果在 {out}，台账新增 {collection.entered} 条", f"results in {out}, {collection.entered} new ledger entries")
    )


_SHOWN = 6


def _collection_document(collection: Collection, out: Path) -> dict[str, Any]:
    return {
        "out": str(out),
        "log": None if collection.log is None else str(collection.log),
        "counts": dict(collection.counts),
        "entered": collection.entered,
        "head": collection.head,
        "people": [_person_document(person) for person in collection.people],
        "files": [_file_document(file) for file in collection.files],
    }


def _person_document(person: PersonResult) -> dict[str, Any]:
    from kpi_xl.collect.records import field_document

    form = person.form
    return {
        "person": person.identity.person,
        "name": person.identity.name,
        "team": person.identity.team,
        "period": person.identity.period,
        "scheme": person.identity.scheme,
        "status": person.status,
        "file": form.file if form else None,
        "result": person.result,
        "before": dict(person.before),
        "fields": [field_document(field) for field in form.fields if field.state != "unchanged"] if form else [],
        "findings": [_finding_document(finding) for finding in person.findings],
    }


def _file_document(file: FileResult) -> dict[str, Any]:
    return {
        "file": file.file,
        "person": file.person,
        "status": file.status.in_language(console.language()),
        "error": file.error.in_language(console.language()) if file.error else None,
        "findings": [_finding_document(finding) for finding in file.findings],
        "sha256": file.sha256,
    }


def _finding_document(finding: Finding) -> dict[str, str]:
    text = finding.text.in_language(console.language())
    return {"code": finding.code, "text": text, "place": finding.place, "stood": finding.stood, "stands": finding.stands}
