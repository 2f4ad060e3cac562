"""Every option that names an output keeps what HR has there; which options there are, the command line itself tells."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from kpi_xl.cli.app import app

from ..command_line import kpi_xl
from ..job.samples import write_roster, write_tickets

READ = {
    "exports", "roster", "mapping", "ratings", "measures", "forms", "files", "file", "password_file", "backup_file", "book",
}  # fmt: skip
"""The parameters that name files which are read. What is neither here nor among `FILES` and `FOLDERS` fails the first test."""

HR = "人力资源的文件，不能丢\n".encode()


@dataclass(frozen=True)
class Desk:
    """A folder with what the commands read."""

    folder: Path
    tickets: Path
    roster: Path
    ledger: Path
    scheme: Path


Recipe = Callable[[Desk], list[object]]
"""The arguments of a command without its output."""

FILES: dict[str, tuple[str, Recipe, Callable[[Desk], Path] | None]] = {
    "map": ("m.toml", lambda d: [d.tickets], lambda d: d.tickets),
    "measure": ("结果.csv", lambda d: [d.tickets, "--period", "2025-09", "--roster", d.roster], lambda d: d.tickets),
    "check": ("导入检查.xlsx", lambda d: [d.tickets, "--roster", d.roster], lambda d: d.tickets),
    "ledger export": ("台账.jsonl", lambda d: ["--ledger", d.ledger], lambda d: d.ledger),
    "ledger backup": ("台账.gz", lambda d: ["--ledger", d.ledger], lambda d: d.ledger),
    "scheme export": ("my.toml", lambda d: [d.scheme], lambda d: d.scheme),
    "template fill": ("blank.xlsx", lambda d: ["appliance-agent"], None),
    "template ratings": ("ratings.xlsx", lambda d: ["appliance-agent", "--roster", d.roster], lambda d: d.roster),
    "template lower": ("原生.xlsx", lambda d: [_book(d)], lambda d: _book(d)),
    "calc build": ("kpi-xl.oxt", lambda _: [], None),
    "excel addin": ("kpi-xl.xlam", lambda _: [], None),
    "collect": ("收集结果.xlsx", lambda d: [_form(d), "--ledger", d.ledger, "--workers", "1"], lambda d: _form(d)),
}
"""Commands with an output file: its name, the arguments, and one of the files read."""

FOLDERS: dict[str, tuple[str, Recipe]] = {
    "generate": (
        "2025-09/汇总.xlsx",
        lambda d: [d.tickets, "--scheme", "appliance-agent", "--period", "2025-09", "--workers", "1"],
    ),
    "demo": ("原始导出/花名册.xlsx", lambda _: []),
    "schemes": ("appliance-agent.md", lambda _: ["--docs"]),
    "template build": ("appliance-agent.xlsx", lambda _: ["appliance-agent"]),
    "excel lite": ("main.py", lambda _: []),
}
"""Commands that fill a folder: one of the files in it, and the arguments."""


def _form(desk: Desk) -> Path:
    """A form that `generate` made, under another name."""
    found = desk.folder / "收回" / "001.xlsx"
    if not found.exists():
        out = desk.folder / "发放"
        asked = ["generate", desk.tickets, "--scheme", "appliance-agent", "--period", "2025-09", "--workers", "1", "--no-html"]
        assert kpi_xl(*asked, "--out", out, "--ledger", desk.ledger).returncode == 0
        found.parent.mkdir()
        found.write_bytes(next(out.rglob("*_*.xlsx")).read_bytes())
    return found


def _book(desk: Desk) -> Path:
    """A workbook of HR's own with a call."""
    import openpyxl

    found = desk.folder / "月报.xlsx"
    if not found.exists():
        book = openpyxl.Workbook()
        book.worksheets[0]["A1"], book.worksheets[0]["B1"] = 95, "=KPI_GRADE(A1)"
        book.save(found)
    return found


def _commands() -> Iterator[tuple[str, Any]]:
    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, (*path, name))
        if not getattr(command, "commands", {}):
            yield " ".join(path), command

    return walk(get_command(app), ())


def _parameters(command: Any) -> Iterator[tuple[str, bool]]:
    """Yield each parameter, and whether it may name a file: by its type, or because an output is called so."""
    original = inspect.unwrap(command.callback)
    hints = typing.get_type_hints(original)
    for name in inspect.signature(original).parameters:
        yield name, "Path" in str(hints.get(name)) or name.startswith("out")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    ledger, scheme = tmp_path / "台账.db", tmp_path / "my-scheme.toml"
    assert kpi_xl("scheme", "export", "appliance-agent", "--out", scheme).returncode == 0
    found = Desk(tmp_path, write_tickets(tmp_path), write_roster(tmp_path), ledger, scheme)
    _form(found)
    return found


def test_every_parameter_that_names_a_file_is_known() -> None:
    """A new output option has to say here how it is tried, a new input that it is one."""
    outputs = {command: [name for name, file in _parameters(of) if file and name not in READ] for command, of in _commands()}
    assert {command for command, names in outputs.items() if names} == FILES.keys() | FOLDERS.keys()
    assert {name for names in outputs.values() for name in names} == {"out"}


@pytest.mark.parametrize("command", FILES)
def test_a_file_of_hr_is_kept_and_ours_is_written_again(command: str, desk: Desk) -> None:
    name, recipe, _ = FILES[command]
    out = desk.folder / "结果" / name
    out.parent.mkdir()
    asked = [*command.split(), *recipe(desk), "--out", out]
    out.write_bytes(HR)
    refused = kpi_xl(*asked)
    assert (refused.returncode, out.read_bytes()) == (2, HR)
    assert "没有覆盖" in refused.stderr
    assert "移走" in refused.stderr
    out.unlink()
    for _ in range(2):
        assert kpi_xl(*asked).returncode == 0
    changed = out.read_bytes() + b" "
    out.write_bytes(changed)
    again = kpi_xl(*asked)
    assert any(path.read_bytes() == changed for path in out.parent.iterdir())
    assert (again.returncode == 2) == (out.read_bytes() == changed)


@pytest.mark.parametrize("command", [name for name, (_, _, reads) in FILES.items() if reads is not None])
@pytest.mark.parametrize("kind", ["itself", "symlink", "hard link"])
def test_what_is_read_is_never_written(command: str, kind: str, desk: Desk) -> None:
    name, recipe, reads = FILES[command]
    assert reads is not None
    read = reads(desk)
    asked, content = recipe(desk), read.read_bytes()
    out = desk.folder / f"链接{Path(name).suffix}"
    if kind == "itself":
        out = read
    elif kind == "symlink":
        out.symlink_to(read)
    else:
        out.hardlink_to(read)
    refused = kpi_xl(*command.split(), *asked, "--out", out)
    assert refused.returncode == 2
    assert out.samefile(read)
    assert command.startswith("ledger") or read.read_bytes() == content


@pytest.mark.parametrize("command", FOLDERS)
def test_a_folder_is_filled_around_what_hr_has_there(command: str, desk: Desk) -> None:
    name, recipe = FOLDERS[command]
    out = desk.folder / "结果"
    theirs = out / name
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(HR)
    told = kpi_xl(*command.split(), *recipe(desk), "--out", out)
    (kept,) = [path for path in theirs.parent.iterdir() if path.is_file() and path.read_bytes() == HR]
    assert told.returncode == (2 if kept == theirs else 0)
    assert kept == theirs or kept.name in told.stderr


@pytest.mark.parametrize("name", ["汇总.xlsx", "数据问题.xlsx", "run.json"])
def test_generate_never_writes_what_it_reads(name: str, desk: Desk) -> None:
    """An export that lies in the period's folder under the name of a result."""
    inside = desk.folder / "out" / "2025-09" / name
    inside.parent.mkdir(parents=True)
    inside.hardlink_to(desk.tickets)
    asked = ["generate", desk.tickets, "--scheme", "appliance-agent", "--period", "2025-09", "--workers", "1"]
    refused = kpi_xl(*asked, "--out", desk.folder / "out")
    assert refused.returncode == 2
    assert inside.samefile(desk.tickets)


def test_filled_ratings_are_not_replaced_by_blank_ones(desk: Desk) -> None:
    """The sheet that `template ratings` wrote, filled in by hand: the work of days."""
    import openpyxl

    out = desk.folder / "ratings.xlsx"
    asked = ["template", "ratings", "appliance-agent", "--roster", desk.roster, "--out", out]
    assert kpi_xl(*asked).returncode == 0
    book = openpyxl.load_workbook(out)
    book.worksheets[0]["C6"] = 88
    book.save(out)
    filled = out.read_bytes()
    assert kpi_xl(*asked).returncode == 2
    assert out.read_bytes() == filled


def test_a_template_that_hr_edited_is_kept_when_templates_are_built(tmp_path: Path) -> None:
    """Built on another computer, so nothing is remembered: an untouched template is known by itself, an edited one kept."""
    import openpyxl

    asked = ["template", "build", "appliance-agent", "--out", tmp_path / "b"]
    assert kpi_xl("template", "build", "appliance-agent", "--out", tmp_path / "a").returncode == 0
    untouched = (tmp_path / "a" / "appliance-agent.xlsx").read_bytes()
    target = tmp_path / "b" / "appliance-agent.xlsx"
    target.parent.mkdir()
    target.write_bytes(untouched)
    assert kpi_xl(*asked).returncode == 0
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    book = openpyxl.load_workbook(target)
    book.worksheets[0]["A1"] = "本公司考核表"
    book.save(target)
    edited = target.read_bytes()
    told = kpi_xl(*asked)
    assert (told.returncode, target.read_bytes()) == (0, untouched)
    assert (target.parent / "appliance-agent_保留1.xlsx").read_bytes() == edited
    assert "保留1" in told.stderr


def test_an_edited_result_of_collecting_is_kept_beside_and_nothing_else_is_renamed(desk: Desk) -> None:
    import openpyxl

    out = desk.folder / "收集结果.xlsx"
    asked = ["collect", _form(desk), "--ledger", desk.ledger, "--workers", "1", "--out", out]
    assert kpi_xl(*asked).returncode == 0
    book = openpyxl.load_workbook(out)
    book.worksheets[0]["A20"] = "已决定"
    book.save(out)
    decided = out.read_bytes()
    assert kpi_xl(*asked).returncode == 0
    assert (desk.folder / "收集结果_保留1.xlsx").read_bytes() == decided
    roster = desk.roster.read_bytes()
    assert kpi_xl(*asked[:-1], desk.roster).returncode == 2
    assert desk.roster.read_bytes() == roster
