"""The lines of a mapping file that declare a decision, ready to be pasted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from kpi_xl.decisions import Decision, is_number
from kpi_xl.exports.model import SourceTable


def declaration(decision: Decision, sources: Iterable[SourceTable], word: str | None = None) -> str:
    """Return the lines that declare `word` (None: what was taken, else the first option).

    A list of columns that HR writes is complete. So where the answer is a column, the lines name all columns of its table, as the
    program found them in that file.
    """
    path = decision.path
    if len(path) != 4 or path[2] != "columns":
        return decision.line(word)
    columns = dict(found_columns(decision, sources))
    if not columns:
        return decision.line(word)
    columns[path[3]] = word if word is not None else decision.answer or columns.get(path[3], "…")
    lines = ["[[export]]", f"file = {_text(decision.file or '*')}"]
    if decision.sheet is not None:
        lines.append(f"sheet = {_text(decision.sheet)}")
    lines.append(f"[export.{path[1]}.columns]")
    return "\n".join([*lines, *(f"{name} = {_value(header)}" for name, header in columns.items())])


def found_columns(decision: Decision, sources: Iterable[SourceTable]) -> Mapping[str, str]:
    """Return the headers by canonical column that feed the decision's table in its file."""
    for source in sources:
        if source.file == decision.file and decision.sheet in (None, source.sheet):
            keys = [(key.partition("."), header) for key, header in source.columns.items()]
            return {name: header for (table, _, name), header in keys if table == decision.path[1]}
    return {}


def _value(header: str) -> str:
    """Several columns that make one value are shown with a plus between them."""
    parts = header.split(" + ")
    return _text(header) if len(parts) == 1 else "[" + ", ".join(map(_text, parts)) + "]"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def shown_answer(decision: Decision) -> str:
    """Return what HR reads for the meaning that was taken; a dash where the question is open."""
    answer = decision.answer
    if answer is not None and is_number(answer) and not decision.kind.options:
        return answer
    return decision.kind.label(answer).zh if answer != "" else "没有这一列"
