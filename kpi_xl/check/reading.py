"""Read exports whatever is wrong with them: files that cannot be used are left out and named, questions never stop."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi_xl.errors import KpiError, Place, Text, shown_name
from kpi_xl.exports.columns import mapping_words as words
from kpi_xl.exports.columns.mapping import MappingFile, read_mapping
from kpi_xl.exports.columns.mapping_fit import check_names
from kpi_xl.exports.load import read_what_can_be_read
from kpi_xl.exports.model import Tables
from kpi_xl.exports.usable import FailedFile
from kpi_xl.periods import Period, Reckoning

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls")
"""Files of a folder that are taken for exports."""


@dataclass(frozen=True)
class ReadInputs:
    """What could be read (`tables` None: nothing), what could not, and the mapping file, held against the names of the files."""

    tables: Tables | None
    failed: tuple[FailedFile, ...]
    mapping: MappingFile | None


def files_of(given: Sequence[Path], beside: Sequence[Path | None] = ()) -> tuple[Path, ...]:
    """Return the files, those of a folder in the order of their names. Raises KpiError for a folder without any.

    Of a folder, files given otherwise (`beside`: the roster, ratings) are left out, and so are hidden ones and 导入检查.xlsx.
    """
    others = {path.resolve() for path in beside if path is not None}
    found: dict[Path, None] = {}
    for path in given:
        if not path.is_dir():
            found[path] = None
            continue
        inside = [one for one in sorted(path.iterdir()) if _is_export(one) and one.resolve() not in others]
        if not inside:
            raise KpiError.at(
                Place(str(path)),
                Text("文件夹里没有导出文件", "the folder holds no export"),
                Text("请放入 CSV、TSV、XLSX 或 XLS 文件", "put CSV, TSV, XLSX or XLS files into it"),
            )
        found |= dict.fromkeys(inside)
    return tuple(found)


def _is_export(path: Path) -> bool:
    if path.name.startswith((".", "~$")) or path.suffix.lower() not in ENDINGS or not path.is_file():
        return False
    return not is_check_book(path)


def is_check_book(path: Path) -> bool:
    """Tell whether a file is 导入检查.xlsx, whatever it is called and whichever program saved it."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    except (OSError, zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError):
        return False
    return all(f'"{sheet}"' in names for sheet in (words.DECISIONS, words.COLUMNS))


def read_inputs(
    exports: Sequence[Path],
    roster: Path | None,
    mapping: Path | None,
    period: Period | None,
    reckoning: Reckoning | None = None,
) -> ReadInputs:
    """Read everything that can be read. Raises KpiError for a mapping file that is wrong or does not fit the files."""
    maps = read_mapping(mapping) if mapping is not None else None
    if maps is not None:
        maps = check_names(maps, [shown_name(path) for path in [*exports, *([roster] if roster else [])]])
    try:
        tables, failed = _read(exports, roster, maps, period, reckoning)
    except KpiError as error:
        return _one_by_one(exports, roster, maps, period, reckoning, error)
    return ReadInputs(tables, failed, maps)


def _read(
    exports: Sequence[Path],
    roster: Path | None,
    maps: MappingFile | None,
    period: Period | None,
    reckoning: Reckoning | None = None,
) -> tuple[Tables, tuple[FailedFile, ...]]:
    """Read; where the reading room can go on with a question that it otherwise stops at, it does."""
    tables, refused = read_what_can_be_read(
        exports, mapping=maps, roster=roster, period=period, reckoning=reckoning, lenient=True
    )
    return tables, tuple(FailedFile(shown_name(one.path), one.error) for one in refused)


def _one_by_one(
    exports: Sequence[Path],
    roster: Path | None,
    maps: MappingFile | None,
    period: Period | None,
    reckoning: Reckoning | None,
    stopped: KpiError,
) -> ReadInputs:
    """Find out which of the files stop the reading, and read the others."""
    failed: list[FailedFile] = []
    usable: list[Path] = []
    for path in exports:
        try:
            _read([path], None, maps, None)[0].connection.close()
            usable.append(path)
        except KpiError as error:
            failed.append(FailedFile(shown_name(path), error))
    people = roster
    if roster is not None:
        try:
            _read([], roster, maps, None)[0].connection.close()
        except KpiError as error:
            failed.append(FailedFile(shown_name(roster), error))
            people = None
    if not failed:
        raise stopped
    tables = _read(usable, people, maps, period, reckoning)[0] if usable or people else None
    return ReadInputs(tables, tuple(failed), maps)
