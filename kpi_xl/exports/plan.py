"""Which tables stand on the sheets of a file, and what each of them feeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kpi_xl.exports.columns.header import Candidate, Feed, Header, candidates, choose_feeds, find_header, guess_header
from kpi_xl.exports.columns.mapping import ExportMapping, MappingFile
from kpi_xl.exports.columns.refusal import check_mapped_headers, has_mapped_headers
from kpi_xl.exports.files.blocks import divide, entry_of, unread_part
from kpi_xl.exports.model import RawSheet, Unread


@dataclass(frozen=True)
class Planned:
    """A table of a sheet with its header, the canonical tables it feeds, and what the mapping file says of it."""

    sheet: RawSheet
    header: Header
    feeds: tuple[Feed, ...]
    entry: ExportMapping | None = None


@dataclass
class Plan:
    """What becomes of the sheets of a file: tables to load, those that cannot be used and why, and what is not read."""

    planned: list[Planned] = field(default_factory=list)
    refused: list[tuple[RawSheet, Header | None, list[Candidate]]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def plan_sheets(sheets: Sequence[RawSheet], maps: MappingFile | None, wanted: Sequence[str] | None, folder: Path) -> Plan:
    """Find the tables of each sheet and what they feed (`wanted`: only these). Raises KpiError where a mapping misfits."""
    plan = Plan()
    for sheet in sheets:
        divided = divide(sheet, maps.entry(sheet.file, sheet.sheet) if maps else None, folder, wanted)
        plan.unread += divided.unread
        for part in divided.tables:
            alone = len(divided.tables) == 1
            if not _plan(part, maps, wanted, plan, alone=alone):
                plan.unread.append(Unread(sheet.sheet) if alone else unread_part(part, plan.refused[-1][1]))
    return plan


def _plan(part: RawSheet, maps: MappingFile | None, wanted: Sequence[str] | None, plan: Plan, *, alone: bool) -> bool:
    """Plan one table; tells whether it can be used. `alone`: it is all of its sheet, so that the mapping file is about it."""
    entry, is_meant = entry_of(maps, part) if maps else (None, True)
    known = find_header(part.head, entry, part.facts.merges)
    header = known or guess_header(part.head, part.facts.merges)
    found = candidates(header, part.head[header.index + 1 :], entry) if header else []
    feeds = choose_feeds(found, wanted) if known and is_meant else []
    if header and feeds and (alone or has_mapped_headers(header, feeds)):
        check_mapped_headers(part, header, feeds)
        plan.planned.append(Planned(part, header, tuple(feeds), entry))
        return True
    plan.refused.append((part, header, found))
    return False
