"""Layouts: which sheets a form has, and which blocks stand on them in which order. Data, one small TOML file per scheme."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from kpi_xl.codec import Codec
from kpi_xl.schemes.model import Scheme

_FOLDER = Path(__file__).resolve().parent / "layouts"
FORM_WIDTHS = (15.0, 6.5, 27.0, 17.0, 11.0, 9.0, 9.5, 16.0)
"""The eight columns of a form: 指标, 权重, 定义, 目标值, 实际值, 得分, 说明 (two, so that the person block aligns)."""

Blocks = tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass(frozen=True)
class SheetLayout:
    """A sheet: `blocks` as (kind, options) in order; `widths` of its columns; one page (`pages` 1) or as many as it takes (0).

    `hidden`: not shown and not printed until somebody unhides it (取消隐藏), for forms that few people ever need.
    """

    name: str
    blocks: Blocks
    widths: tuple[float, ...] = FORM_WIDTHS
    orientation: Literal["portrait", "landscape"] = "portrait"
    pages: int = 1
    hidden: bool = False


@dataclass(frozen=True)
class FormLayout:
    """The form of a scheme. 明细 and 评级标准 follow on the sheets named here."""

    title: str
    sheets: tuple[SheetLayout, ...]


def load_layout(scheme: Scheme) -> FormLayout:
    """Return the layout of a scheme: its own file, or the general one (a scheme that a user wrote).

    ``{ use = "ending" }`` stands for the blocks of that name in ``shared.toml``, ``use = "appeal"`` for the sheet there. A sheet
    with ``needs = "peers"`` is left out when the scheme has no such indicator.
    """
    own = _FOLDER / f"{scheme.id}.toml"
    table = _read(own if own.is_file() else _FOLDER / "general.toml")
    known = {indicator.id for indicator in scheme.indicators}
    sheets = [_shared()["sheets"][entry["use"]] if "use" in entry else entry for entry in table["sheets"]]
    wanted = [entry for entry in sheets if "needs" not in entry or entry["needs"] in known]
    return FormLayout(
        str(table.get("title", scheme.name)), tuple(_LAYOUTS.load(SheetLayout, entry, ("needs",)) for entry in wanted)
    )


def _blocks(entries: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in entries:
        if "use" in entry:
            yield from _blocks(_shared()["blocks"][entry["use"]])
        else:
            yield str(entry["kind"]), {key: value for key, value in entry.items() if key != "kind"}


_LAYOUTS = Codec(
    {Blocks: lambda entries, _where, _problems: tuple(_blocks(entries)), float: lambda width, _where, _problems: float(width)}
)


@cache
def _shared() -> Mapping[str, Any]:
    return _read(_FOLDER / "shared.toml")


def _read(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
