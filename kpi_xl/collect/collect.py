"""Collecting forms: read in workers, compared with the ledger, decided, scored anew, entered in one transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from kpi_xl.collect.decide import decide
from kpi_xl.collect.findings import findings_of, ledger_findings, person_findings
from kpi_xl.collect.intake import Intake
from kpi_xl.collect.issue import scheme_texts
from kpi_xl.collect.model import Field, Identity, Returned
from kpi_xl.collect.outcome import (
    BY_LEDGER,
    INFORMATION,
    STATUS_TEXT,
    URGENCY,
    CollectedForm,
    Collection,
    FileResult,
    Finding,
    PersonResult,
    PersonStatus,
    Take,
)
from kpi_xl.collect.passwords import Passwords
from kpi_xl.collect.read import Batch, File, read_batch, scheme_of
from kpi_xl.collect.records import appraisal_document, decode, field_document, score_again
from kpi_xl.errors import KpiError, Place, Text
from kpi_xl.exports.model import Progress
from kpi_xl.ledger import Entry, Ledger, LedgerMovedError, NewEntry
from kpi_xl.ledger.model import COLLECTED, ISSUED, TAKEN
from kpi_xl.periods import Period

BATCH = 25
"""Files per task of the executor."""
_CHUNK = 500
_ATTEMPTS = 4
_FORM_WINS: Take = "newest"
"""The rule by which a form goes before what HR delivered with it: it came later."""

Who = tuple[str, str]
"""Person and period."""


def find_forms(paths: Iterable[Path]) -> list[Path]:
    """Return the workbooks to read: files as given, folders with everything below them. Raises KpiError when there are none.

    Lock files (``~$...``) and our own summaries are passed over. Forms that somebody saved in another format or packed into an
    archive are among them, so that they are listed with what to do, and do not pass for not handed in.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.suffix.lower() in _FORMS and p.is_file())
            theirs = (p for p in inside if not p.name.startswith(("~$", ".~", "._")) and not _OURS.fullmatch(p.name))
            found.update(dict.fromkeys(sorted(theirs)))
        elif path.is_file():
            found[path] = None
        else:
            raise KpiError(
                Text(f"没有文件或文件夹 {path}", f"there is no file or folder {path}"),
                Text("检查路径", "check the path"),
                where=Place.of(path),
            )
    if not found:
        raise KpiError(
            Text("没有找到考核表（.xlsx）", "no form (.xlsx) was found"),
            Text("给出收回的考核表，或存放它们的文件夹", "name the forms that came back, or their folder"),
        )
    return list(found)


_FORMS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".xltx", ".et", ".ods", ".numbers", ".zip", ".rar", ".7z"})
_OURS = re.compile(r"(?:汇总|数据问题|回访补救清单|收集结果)(?:_保留\d+)?\.xlsx")


def collect_files(files: Sequence[Path], ledger: Ledger, executor: Executor, intake: Intake) -> Collection:
    """Read the files of an intake and enter them into the open ledger. Nothing that stands there is changed.

    Raises KpiError when the ledger cannot be read or written; then nothing has been entered.
    """
    schemes = scheme_texts(ledger)
    returned = _read_all(files, schemes, ledger, executor, intake.passwords, intake.progress)
    if intake.progress is not None:
        intake.progress(Text("登记台账", "entering into the ledger"), 1.0)
    for _ in range(_ATTEMPTS):
        try:
            return _enter(returned, ledger, intake, schemes)
        except LedgerMovedError:  # somebody else collected meanwhile: decide again with what he entered
            continue
    return _enter(returned, ledger, intake, schemes)


def _enter(returned: Sequence[Returned], ledger: Ledger, intake: Intake, schemes: Mapping[str, str]) -> Collection:
    """Decide on what came back by what the ledger knows, and enter it. Raises LedgerMovedError when others entered meanwhile."""
    stamp, take, period = intake.now.isoformat(), intake.take, intake.period
    head = ledger.head()[1]
    periods = {r.identity.period for r in returned if r.identity} | ({str(period)} if period else set())
    known = _Known.of(ledger, sorted(periods))
    files: dict[int, FileResult] = {}
    forms = {who: [_as_known_now(form, known, period) for form in found] for who, found in known.collected.items()}
    seen = {form.sha256: form for found in forms.values() for form in found}
    fresh: list[CollectedForm] = []
    for number, one in enumerate(returned):
        if one.identity is None:
            files[number] = _unusable(one)
            continue
        again = seen.get(one.sha256)
        if again is not None:
            files[number] = _seen_before(one, again)
            continue
        form = _form(one, known, period)
        seen[one.sha256] = form
        forms.setdefault((form.identity.person, form.identity.period), []).append(form)
        fresh.append(form)
        files[number] = _file(one, form.findings)
    touched = {(form.identity.person, form.identity.period) for form in fresh}
    touched |= {(one.identity.person, one.identity.period) for one in returned if one.identity}
    people, taken = _settle(forms, touched, known, take, schemes)
    entries = chain((_collected(form, stamp) for form in fresh), (_taken(result, take, stamp) for result in taken))
    entered = ledger.append(entries, after=head)
    people += _not_returned(known, touched, period)
    ordered = tuple(
        sorted(people, key=lambda p: (URGENCY.index(p.status), p.identity.period, p.identity.team, p.identity.person))
    )
    counts: dict[str, int] = {status: sum(person.status == status for person in ordered) for status in STATUS_TEXT}
    counts["files"] = len(files)
    counts["unusable"] = sum(file.error is not None for file in files.values())
    faults = tuple(one.fault for one in returned if one.fault is not None)
    return Collection(ordered, tuple(files[n] for n in sorted(files)), entered, ledger.head()[1], counts, faults)


# --- what the ledger knows ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Known:
    """The issued forms by id, the latest issue of each person, what was collected and taken before.

    `preferred` are the files of which HR said that what they say goes before what was delivered with the form.
    """

    issued: Mapping[str, Entry]
    latest: Mapping[Who, Entry]
    collected: Mapping[Who, list[CollectedForm]]
    current: Mapping[Who, str]
    preferred: frozenset[str]
    owners: Mapping[str, str]
    issued_periods: frozenset[str]

    @classmethod
    def of(cls, ledger: Ledger, periods: Sequence[str]) -> _Known:
        issued: dict[str, Entry] = {}
        latest: dict[Who, Entry] = {}
        collected: dict[Who, list[CollectedForm]] = {}
        current: dict[Who, str] = {}
        owners: dict[str, str] = {}
        preferred: set[str] = set()
        for entry in ledger.entries((ISSUED, COLLECTED, TAKEN), periods=periods) if periods else ():
            who = (entry.person, entry.period)
            if entry.kind == ISSUED:
                issued[entry.issue] = latest[who] = entry
                owners[Path(entry.body["file"]).name] = entry.person
            elif entry.kind == COLLECTED:
                collected.setdefault(who, []).append(_earlier(entry))
            else:
                current[who] = entry.body["file_sha256"]
                if entry.body["rule"] == _FORM_WINS:
                    preferred.add(current[who])
        return cls(issued, latest, collected, current, frozenset(preferred), owners, frozenset(period for _, period in latest))

    def findings(self, identity: Identity, issue: str, period: Period | None) -> Iterator[Finding]:
        """Yield what the ledger tells of a form of that issue."""
        latest = self.latest.get((identity.person, identity.period))
        issues_period = identity.period in self.issued_periods
        wanted = None if period is None else str(period)
        return ledger_findings(identity, issue, self.issued.get(issue), latest, wanted, issues_period=issues_period)


def _earlier(entry: Entry) -> CollectedForm:
    """Return a form that was collected in an earlier run."""
    body = entry.body
    fields = tuple(
        Field(
            f["key"],
            f["label"],
            f["cell"],
            f["issued"],
            f["text"],
            f["state"],
            decode(f["value"]) if "value" in f else None,
            Text(f["message"], f["message"]) if "message" in f else None,
        )
        for f in body["fields"]
    )
    findings = tuple(
        Finding(f["code"], Text(f["text"], f["text"]), f.get("place", ""), f.get("stood", ""), f.get("stands", ""))
        for f in body["findings"]
    )
    return CollectedForm(
        body["file"],
        body["file_sha256"],
        entry.issue,
        Identity(**body["identity"]),
        body["record"],
        fields,
        findings,
        saved_at=body["saved_at"],
        program=body["program"],
        seq=entry.seq,
    )


def _as_known_now(form: CollectedForm, known: _Known, period: Period | None) -> CollectedForm:
    """Judge a form of an earlier run by what the ledger has issued since; its own findings stay."""
    issued = known.issued.get(form.issue)
    findings = (
        *known.findings(form.identity, form.issue, period),
        *(finding for finding in form.findings if finding.code not in BY_LEDGER),
    )
    return replace(form, findings=findings, record=form.record if issued is None else issued.body["record"])


# --- reading -----------------------------------------------------------------------------------------------------------------


def _read_all(
    paths: Sequence[Path],
    schemes: Mapping[str, str],
    ledger: Ledger,
    executor: Executor,
    passwords: Passwords | None,
    progress: Progress | None,
) -> list[Returned]:
    """Read all files; those that lost their seal a second time, with the seal from the ledger."""
    files = [File(path, passwords.candidates(path) if passwords else ()) for path in paths]
    returned = list(_in_batches(files, schemes, executor, progress))
    lost = {n: one for n, one in enumerate(returned) if one.error is None and one.identity is None}
    payloads = _payloads(ledger, lost.values())
    repeated = {n: replace(files[n], payload=payloads[one.digest]) for n, one in lost.items() if one.digest in payloads}
    for number, one in zip(repeated, _in_batches(list(repeated.values()), schemes, executor, None), strict=True):
        returned[number] = one
    return returned


def _in_batches(
    files: Sequence[File], schemes: Mapping[str, str], executor: Executor, progress: Progress | None
) -> Iterator[Returned]:
    batches = [Batch(tuple(files[start : start + BATCH]), schemes) for start in range(0, len(files), BATCH)]
    done = 0
    for found in executor.map(read_batch, batches):
        yield from found
        done += len(found)
        if progress is not None:
            progress(Text(f"读取考核表 {done}/{len(files)}", f"reading forms {done}/{len(files)}"), done / len(files))


def _payloads(ledger: Ledger, lost: Iterable[Returned]) -> dict[str, bytes]:
    wanted = {one.digest for one in lost}
    issues = sorted(digest[:16] for digest in wanted)
    found: dict[str, bytes] = {}
    for start in range(0, len(issues), _CHUNK):
        for entry in ledger.entries((ISSUED,), issues=issues[start : start + _CHUNK]):
            body = entry.body
            payload = ledger.blob(body["seal_sha256"])
            if body["digest"] in wanted and payload is not None:
                found[body["digest"]] = payload
    return found


def _form(one: Returned, known: _Known, period: Period | None) -> CollectedForm:
    assert one.identity is not None  # noqa: S101 - the caller sorted out the others
    issued = known.issued.get(one.issue)
    findings = [
        *known.findings(one.identity, one.issue, period),
        *person_findings(one, issued, known.owners),
        *findings_of(one),
    ]
    record = one.record if issued is None else issued.body["record"]
    return CollectedForm(
        one.name,
        one.sha256,
        one.issue,
        one.identity,
        record,
        one.fields,
        tuple(findings),
        one.edits,
        one.saved_at,
        one.program,
    )


# --- deciding and scoring ----------------------------------------------------------------------------------------------------


def _settle(
    forms: Mapping[Who, Sequence[CollectedForm]], touched: Iterable[Who], known: _Known, take: Take, schemes: Mapping[str, str]
) -> tuple[list[PersonResult], list[PersonResult]]:
    """Decide for each person of whom something came; the second list are those whose form was taken now."""
    people: list[PersonResult] = []
    taken: list[PersonResult] = []
    for who in sorted(touched):
        candidates = forms[who]
        form, conflicts = decide(candidates, known.current.get(who), take)
        subject = form or candidates[-1]
        wins = form is not None and (take == _FORM_WINS or form.sha256 in known.preferred)
        result, troubles = (None, ()) if form is None else _scored(form, schemes, form_wins=wins)
        latest = known.latest.get(who)
        findings = (*conflicts, *(f for one in candidates for f in one.findings if one is form or one.new), *troubles)
        person = PersonResult(
            identity=subject.identity,
            status=_status(form, findings),
            form=form,
            others=tuple(one for one in candidates if one is not form),
            result=result,
            before=(latest.body["record"] if latest else subject.record).get("appraisal", {}),
            findings=findings,
        )
        people.append(person)
        decided = form is not None and wins and form.differs and form.sha256 not in known.preferred
        if form is not None and (decided or form.sha256 != known.current.get(who)):
            taken.append(person)
    return people, taken


def _status(form: CollectedForm | None, findings: Sequence[Finding]) -> PersonStatus:
    if form is None or any(finding.code == "conflict" for finding in findings):
        return "undecided"
    return "check" if any(finding.code not in INFORMATION for finding in findings) else "taken"


def _scored(
    form: CollectedForm, schemes: Mapping[str, str], *, form_wins: bool
) -> tuple[dict[str, Any] | None, tuple[Finding, ...]]:
    scheme = scheme_of(form.identity, schemes)
    try:
        if scheme is None:
            return None, (Finding("not_scored", Text("找不到方案，没有重算", "the scheme is not known")),)
        return appraisal_document(score_again(scheme, form.record, form.fields, form.identity.period, form_wins=form_wins)), ()
    except KpiError as error:
        first = error.problems[0].message if error.problems else error.message
        return None, (Finding("not_scored", Text(f"不能重算：{first.zh}", f"cannot be scored: {first.en}")),)
    except (AttributeError, ArithmeticError, TypeError, ValueError):  # the record of a seal that somebody made himself
        return None, (Finding("not_scored", Text("不能重算：封印里的记录不完整", "cannot be scored: its record is damaged")),)


def _not_returned(known: _Known, touched: set[Who], period: Period | None) -> list[PersonResult]:
    """List the people to whom a form of these periods was issued and from whom that version never came."""
    found = []
    for who, entry in known.latest.items():
        earlier = known.collected.get(who, ())
        if period is not None and entry.period != str(period):
            continue
        if who in touched or any(form.issue == entry.issue for form in earlier):
            continue
        body = entry.body
        identity = Identity(
            entry.person, body["name"], body["team"], entry.period, body["scheme"], body["fingerprint"], body["form"]
        )
        text = Text(
            f"{entry.at[:10]} 重新发放的表还没有交；以前交的是旧版",
            f"the version issued again on {entry.at[:10]} has not come back",
        )
        findings = (Finding("old_version", text, stood=entry.issue, stands=earlier[-1].issue),) if earlier else ()
        found.append(PersonResult(identity, "missing", None, (), None, body["record"].get("appraisal", {}), findings))
    return found


# --- results by file, entries ------------------------------------------------------------------------------------------------


def _unusable(one: Returned) -> FileResult:
    error = one.error or Text(
        f"{one.name}：封印丢失，台账里也没有这份表的发放记录",
        f"{one.name}: lost its seal and was not issued by this ledger",
    )
    return FileResult(one.name, "", Text("不能使用", "unusable"), error=error, sha256=one.sha256)


def _seen_before(one: Returned, again: CollectedForm) -> FileResult:
    same = Finding(
        "duplicate" if again.new else "already_collected",
        Text(f"与 {again.file} 是同一份文件", f"the same file as {again.file}")
        if again.new
        else Text(f"以前已收过（{again.file}）", f"collected before ({again.file})"),
    )
    return _file(one, (same,))


def _file(one: Returned, findings: Sequence[Finding]) -> FileResult:
    serious = [finding for finding in findings if finding.code not in INFORMATION]
    status = Text("需核对", "to be checked") if serious else Text("正常", "in order")
    person = one.identity.person if one.identity else ""
    return FileResult(one.name, person, status, tuple(findings), None, one.program, one.saved_at, one.sha256)


def _collected(form: CollectedForm, at: str) -> NewEntry:
    body = {
        "file": form.file,
        "file_sha256": form.sha256,
        "saved_at": form.saved_at,
        "program": form.program,
        "identity": asdict(form.identity),
        "record": dict(form.record),
        "fields": [field_document(field) for field in form.fields],
        "findings": [
            {"code": f.code, "text": f.text.zh, "place": f.place, "stood": f.stood, "stands": f.stands} for f in form.findings
        ],
    }
    return NewEntry(COLLECTED, at, body, form.identity.person, form.identity.period, form.issue)


def _taken(result: PersonResult, rule: Take, at: str) -> NewEntry:
    form = result.form
    assert form is not None  # noqa: S101 - only such results are passed
    body = {"file": form.file, "file_sha256": form.sha256, "rule": rule, "appraisal": result.result}
    return NewEntry(TAKEN, at, body, form.identity.person, form.identity.period, form.issue)
