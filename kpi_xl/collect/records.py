"""Values and appraisals as plain JSON, as the seal and the ledger keep them, and scoring anew from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from kpi_xl.collect.model import Field
from kpi_xl.periods import Period
from kpi_xl.schemes.inputs import inputs_of_scheme, part_key
from kpi_xl.schemes.model import Scheme
from kpi_xl.scoring import score
from kpi_xl.scoring.model import Appraisal, Value, Values


def make_record(values: Values, samples: Mapping[str, int], unmatured: Mapping[str, int], appraisal: Appraisal) -> dict[str, Any]:
    """Return what was scored, for the seal."""
    return {
        "values": {key: encode(value) for key, value in sorted(values.items())},
        "samples": dict(sorted(samples.items())),
        "unmatured": dict(sorted(unmatured.items())),
        "waived": list(appraisal.waived),
        "appraisal": appraisal_document(appraisal),
    }


def appraisal_document(appraisal: Appraisal) -> dict[str, Any]:
    """Return an appraisal as plain JSON: numbers as texts, None where there is none."""
    return {
        "total": None if appraisal.total is None else f"{appraisal.total:.2f}",
        "so_far": f"{appraisal.so_far:.2f}",
        "grade": appraisal.grade,
        "coefficient": None if appraisal.coefficient is None else f"{appraisal.coefficient.normalize():f}",
        "points": {result.id: None if result.points is None else f"{result.points:.2f}" for result in appraisal.results},
        "missing": list(appraisal.missing),
        "waived": list(appraisal.waived),
    }


def encode(value: Value) -> list[str]:
    """Return a value with its type: ``["n", "0.85"]`` or ``["s", "优秀"]``."""
    return ["n", f"{value:f}"] if isinstance(value, Decimal) else ["s", str(value)]


def decode(pair: Sequence[str]) -> Value:
    """Return the value behind `encode`."""
    kind, text = pair
    return Decimal(text) if kind == "n" else text


def field_document(field: Field) -> dict[str, Any]:
    """Return a field as plain JSON."""
    document: dict[str, Any] = {
        "key": field.key,
        "label": field.label,
        "cell": field.cell,
        "issued": field.issued,
        "text": field.text,
        "state": field.state,
    }
    if field.value is not None:
        document["value"] = encode(field.value)
    if field.message is not None:
        document["message"] = field.message.zh
    return document


def score_again(
    scheme: Scheme, record: Mapping[str, Any], fields: Sequence[Field], period: str, *, form_wins: bool = False
) -> Appraisal:
    """Score what came back: the issued values where nothing was changed, what was typed elsewhere; no cached result is used.

    A value that cannot be used is missing, not the one that was issued. Where the form differs from what HR delivered with it,
    the delivered value counts until HR says that the form wins. Raises KpiError when the scheme refuses to score.
    """
    values = {key: decode(pair) for key, pair in record.get("values", {}).items()}
    samples, unmatured = dict(record.get("samples", {})), dict(record.get("unmatured", {}))
    inputs = {entry.key: entry for entry in inputs_of_scheme(scheme)}
    kept = ("unchanged",) if form_wins else ("unchanged", "differs")
    changed = {field.key: field for field in fields if field.state not in kept}
    _spell_out(scheme, values, changed)
    for key, field in changed.items():
        entry = inputs.get(key)
        if entry is None:
            continue
        values.pop(key, None)
        for owner in {key, entry.indicator or key}:
            samples.pop(owner, None)
            unmatured.pop(owner, None)
        if field.state in ("typed", "differs") and field.value is not None:
            values[key] = field.value
    waived = [group.id for group in scheme.groups if _is_waived(group.id, fields, record)]
    months = Period.parse(period).month_count
    return score(scheme, values, samples=samples, months=months, waive=waived, unmatured=unmatured)


def _spell_out(scheme: Scheme, values: dict[str, Value], changed: Mapping[str, Field]) -> None:
    """A bare composite value stands for its first part, which is where the form shows it."""
    for indicator in scheme.indicators:
        parts = [part_key(indicator, part.id) for part in indicator.traits.parts]
        if indicator.id in values and any(part in changed for part in parts):
            values.setdefault(parts[0], values.pop(indicator.id))


def _is_waived(group: str, fields: Sequence[Field], record: Mapping[str, Any]) -> bool:
    field = next((field for field in fields if field.key == f"waive_{group}"), None)
    return field.text == "是" if field is not None else group in record.get("waived", ())
