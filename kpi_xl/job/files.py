"""File names that every system accepts, and those that a run keeps for itself."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *(f"{p}{i}" for p in ("COM", "LPT") for i in "123456789¹²³")}
_MAX_BYTES = 120
LOG = "内部错误.log"
"""The tracebacks of the faults of ours that a run met; run.json names it then."""
OWN_FILES = ("index.html", "汇总.xlsx", "数据问题.xlsx", "回访补救清单.xlsx", "run.json", LOG)
"""What a run puts beside the teams' folders: no team's folder can be called so."""


def safe_name(text: str, fallback: str = "未命名") -> str:
    """Return `text` as one path component that Windows, macOS and Linux accept.

    Forbidden characters become ``_``; reserved names, leading dots and trailing dots or spaces are dealt with; longer names than
    120 bytes of UTF-8 are cut at a character.

    >>> safe_name("A/B组"), safe_name("con"), safe_name(" .. ")
    ('A_B组', '_con', '未命名')
    """
    name = _FORBIDDEN.sub("_", text).strip().strip(".").strip()
    name = name.encode("utf-8")[:_MAX_BYTES].decode("utf-8", errors="ignore").rstrip(". ")
    if not name:
        return fallback
    return f"_{name}" if name.split(".")[0].rstrip().upper() in _RESERVED else name
