"""Scheme -> TOML text that an HR specialist can read and edit, and that reads back as the same scheme."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from kpi_xl.schemes.codec import scheme_table
from kpi_xl.schemes.model import Scheme

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 100  # longer values are spread over several lines


def write_scheme(scheme: Scheme) -> str:
    """Return the scheme as TOML. Reading it gives an equal scheme; comments of the original file are not kept."""
    return "\n".join(_table(scheme_table(scheme), "")) + "\n"


def _table(table: dict[str, Any], path: str) -> list[str]:
    """Lines of a table: its plain values, then [sections] for long tables and [[sections]] for lists of tables."""
    prefix = f"{path}." if path else ""
    lines, sections = [], []
    for key, value in table.items():
        name = f"{prefix}{_key(key)}"
        if _is_tables(value):
            for item in value:
                sections += ["", f"[[{name}]]", *_table(item, name)]
        elif isinstance(value, dict) and len(_inline(value)) > _WIDTH:
            sections += ["", f"[{name}]", *(f"{_key(inner)} = {_spread(item)}" for inner, item in value.items())]
        else:
            lines.append(f"{_key(key)} = {_spread(value)}")
    return lines + sections


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _spread(value: Any) -> str:  # noqa: ANN401 - the plain values of scheme_table
    """A value on one line, or a long list with one item a line."""
    text = _inline(value)
    if isinstance(value, list) and len(text) > _WIDTH:
        return "[\n" + "".join(f"  {_inline(item)},\n" for item in value) + "]"
    return text


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _inline(value: Any) -> str:  # noqa: ANN401 - the plain values of scheme_table
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    return str(value)
