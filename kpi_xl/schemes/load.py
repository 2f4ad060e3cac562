"""Finds, reads and validates schemes: built-in ones by id, a user's own by file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from kpi_xl.codec import parse_toml
from kpi_xl.errors import KpiError, Place, Problem, Text
from kpi_xl.nearest import did_you_mean
from kpi_xl.schemes.check import check_scheme
from kpi_xl.schemes.codec import read_scheme_table
from kpi_xl.schemes.model import Scheme
from kpi_xl.schemes.variants import apply_variants

_FOLDER = Path(__file__).resolve().parent


def list_schemes() -> tuple[Scheme, ...]:
    """Return the built-in schemes without variants, in the order of the documents (`Scheme.number`)."""
    return tuple(sorted((_builtin(name) for name in _builtin_files()), key=lambda scheme: (scheme.number, scheme.id)))


def load_scheme(reference: str | os.PathLike[str], variants: Sequence[str] = ()) -> Scheme:
    """Load a scheme by id or TOML file, with its variants worked in (``id:variant+variant`` or `variants`, or both).

    Raises KpiError: unknown id, unreadable file, mistakes (all of them), variants that exclude each other or do not add up.
    """
    name, inline = _split_reference(os.fspath(reference))
    return apply_variants(read_base_scheme(name), tuple(dict.fromkeys((*inline, *variants))))


def read_base_scheme(reference: str | os.PathLike[str]) -> Scheme:
    """Load a scheme to look at: without variants, also when it scores with one only. Inline variants are worked in.

    Raises KpiError like `load_scheme`.
    """
    name, inline = _split_reference(os.fspath(reference))
    scheme = read_scheme_file(Path(name)) if _is_file(name) else _builtin(name)
    return apply_variants(scheme, inline) if inline else scheme


def without_variants(reference: str) -> str:
    """Return a reference without its inline variants: ``appliance-agent`` of ``appliance-agent:technical``."""
    return _split_reference(reference)[0]


def read_scheme_file(path: Path) -> Scheme:
    """Read a scheme file (TOML, UTF-8), variants not worked in. Raises KpiError with every problem."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise KpiError(
            Text(f"打不开方案文件 {path}", f"cannot open the scheme file {path}"),
            Text("检查路径和读取权限", "check the path and your permissions"),
            where=Place.of(path),
        ) from error
    except UnicodeDecodeError as error:
        raise KpiError(
            Text(f"方案文件 {path} 不是 UTF-8 编码", f"the scheme file {path} is not UTF-8"),
            Text("用编辑器另存为 UTF-8", "save it as UTF-8"),
            where=Place.of(path),
        ) from error
    return read_scheme_text(text, str(path))


def read_scheme_text(text: str, origin: str) -> Scheme:
    """Read a scheme from TOML text; `origin` names it in messages. Raises KpiError with every problem."""
    try:
        table = parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise KpiError(
            Text(f"方案文件 {origin} 不是合法的 TOML：{error}", f"{origin} is not valid TOML: {error}"),
            Text("检查该行的引号、等号、括号是否成对", "check quotes, equal signs and brackets of that line"),
            where=Place.of(Path(origin)),
        ) from error
    return parse_scheme(table, origin)


def parse_scheme(table: Mapping[str, Any], origin: str, locate: Callable[[str], str] | None = None) -> Scheme:
    """Turn plain tables into a validated scheme. `locate` turns a key path into where the user sees it (a cell address).

    Raises KpiError with every problem, each with its place and fix.
    """
    problems: list[Problem] = []
    scheme = read_scheme_table(table, problems)
    problems += check_scheme(scheme, [problem.where for problem in problems])
    if problems:
        if locate:
            problems = [replace(problem, where=locate(problem.where)) for problem in problems]
        raise KpiError(
            Text(f"方案 {origin} 有 {len(problems)} 处错误", f"scheme {origin} has {len(problems)} mistakes"),
            Text("逐条修改后用 kpi-xl scheme check 再检查", "fix each of them, then run kpi-xl scheme check"),
            problems,
            where=Place.of(Path(origin), key=problems[0].where),
        )
    return scheme


def _split_reference(reference: str) -> tuple[str, tuple[str, ...]]:
    """Split ``id:a+b`` or ``path.toml:a+b``; a drive letter (``C:\\...``) is part of the path."""
    name, colon, rest = reference.rpartition(":")
    if not colon or "/" in rest or "\\" in rest or rest.endswith(".toml"):
        return reference, ()
    return name, tuple(part for part in rest.split("+") if part)


def _is_file(name: str) -> bool:
    return name.endswith(".toml") or "/" in name or "\\" in name


def _builtin_files() -> dict[str, Path]:
    return {path.stem: path for path in sorted(_FOLDER.glob("*.toml"))}


@lru_cache(maxsize=64)
def _builtin(name: str) -> Scheme:
    files = _builtin_files()
    if name not in files:
        raise KpiError(
            Text(f"没有名为 {name!r} 的方案", f"there is no scheme {name!r}"),
            did_you_mean(name, files),
        )
    return read_scheme_file(files[name])
