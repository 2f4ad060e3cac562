"""Which form of a person counts. Nothing is overwritten: what contradicts is laid before HR, unless a rule was given."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_xl.collect.outcome import CollectedForm, Finding, Take
from kpi_xl.errors import Text


def decide(forms: Sequence[CollectedForm], current: str | None, take: Take) -> tuple[CollectedForm | None, tuple[Finding, ...]]:
    """Return the form that counts and what HR must know.

    `forms` are all forms of one person and period, earlier ones too; `current` is the SHA-256 of the one that was taken before.
    ``ask`` takes a form only when no other contradicts it, and never replaces an earlier one; ``newest`` goes by the time of
    saving, ``first`` by the order of arrival, both among forms of the version issued last, when there are any. Forms of another
    period or with a seal that the ledger never issued are never taken.
    """
    eligible = [form for form in forms if form.usable]
    before = next((form for form in eligible if form.sha256 == current), None)
    if take == "ask":
        return _asked([form for form in eligible if not form.blocked or form is before], before)
    if not eligible:
        return None, ()
    eligible = [form for form in eligible if not form.outdated] or eligible
    if take == "first":
        arrived = [form for form in eligible if form.seq]
        return before or (min(arrived, key=lambda form: form.seq) if arrived else _extreme(eligible, oldest=True)), ()
    newest = _extreme(eligible, oldest=False)
    tied = [form for form in eligible if form.saved_at == newest.saved_at]
    if len({form.contents for form in tied}) > 1:
        return before, (_conflict(tied),)
    return (before if before is not None and before.contents == newest.contents else newest), ()


def _asked(forms: Sequence[CollectedForm], before: CollectedForm | None) -> tuple[CollectedForm | None, tuple[Finding, ...]]:
    if len({form.contents for form in forms}) > 1:
        return before, (_conflict(forms),)
    return before or next(iter(forms), None), ()


def _extreme(forms: Sequence[CollectedForm], *, oldest: bool) -> CollectedForm:
    ordered = sorted(forms, key=lambda form: (form.saved_at, form.seq or 1 << 60, form.file))
    return ordered[0] if oldest else ordered[-1]


def _conflict(forms: Sequence[CollectedForm]) -> Finding:
    """Say in which cells the forms contradict each other."""
    versions: dict[str, str] = {}
    for form in forms:
        versions.setdefault(form.issue, form.file)
    labels = {field.key: field.label for form in forms for field in form.fields}
    parts = []
    if len(versions) > 1:
        parts.append("发放版本：" + "；".join(f"“{issue}”（{file}）" for issue, file in versions.items()))
    for key, label in labels.items():
        found: dict[str, str] = {}
        for form in forms:
            text = next((field.text for field in form.fields if field.key == key), "")  # blank ones are not listed
            found.setdefault(text, form.file)
        if len(found) > 1:
            parts.append(f"{label}：" + "；".join(f"“{text or '空'}”（{file}）" for text, file in found.items()))
    names = "、".join(dict.fromkeys(form.file for form in forms))
    return Finding(
        "conflict",
        Text(
            f"交了 {len(forms)} 份内容不同的表（{names}）：{'。'.join(parts)}",
            f"{len(forms)} forms contradict each other: {names}",
        ),
    )
