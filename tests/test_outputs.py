"""The rule of outputs: what is not ours, or was changed since, is kept; what a command reads is never written."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from kpi_xl import outputs
from kpi_xl.errors import KpiError
from kpi_xl.outputs import (
    GENERATED,
    MEMORY,
    is_ours,
    put_output,
    refuse_inputs,
    replacing,
    require_free,
    write_output,
    write_page,
)

PACKAGE = Path(outputs.__file__).parent


def test_a_file_of_ours_is_replaced_until_somebody_changes_it(tmp_path: Path) -> None:
    out = tmp_path / "结果.csv"
    for text in ("九月", "十月"):
        write_output(out, text)
        assert out.read_text(encoding="utf-8") == text
    out.write_text("十月，人力资源改过", encoding="utf-8")
    with pytest.raises(KpiError, match="没有覆盖"):
        write_output(out, "十一月")
    assert out.read_text(encoding="utf-8") == "十月，人力资源改过"


@pytest.mark.parametrize("content", [b"", b"theirs", bytes(range(256))])
def test_a_file_that_we_did_not_write_is_kept(tmp_path: Path, content: bytes) -> None:
    out = tmp_path / "花名册.xlsx"
    out.write_bytes(content)
    with pytest.raises(KpiError, match="移走"):
        write_output(out, "ours")
    assert out.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_the_same_content_again_is_no_loss_whoever_wrote_it(tmp_path: Path) -> None:
    out = tmp_path / "same.txt"
    out.write_bytes(b"content")
    write_output(out, "content")
    assert is_ours(out)


def test_a_copy_that_somebody_made_at_another_place_is_not_ours(tmp_path: Path) -> None:
    write_output(tmp_path / "结果.csv", "九月")
    archive = tmp_path / "存档.csv"
    archive.write_bytes((tmp_path / "结果.csv").read_bytes())
    with pytest.raises(KpiError, match="没有覆盖"):
        write_output(archive, "十月")


def test_links_are_not_followed_and_not_replaced(tmp_path: Path) -> None:
    theirs, link, nowhere = tmp_path / "花名册.csv", tmp_path / "结果.csv", tmp_path / "空.csv"
    theirs.write_text("张三", encoding="utf-8")
    link.symlink_to(theirs)
    nowhere.symlink_to(tmp_path / "没有.csv")
    for out in (link, nowhere):
        with pytest.raises(KpiError, match="没有覆盖"):
            write_output(out, "ours")
        assert out.is_symlink()
    assert theirs.read_text(encoding="utf-8") == "张三"


def test_an_input_is_never_written_by_whatever_name(tmp_path: Path) -> None:
    read = tmp_path / "工单.csv"
    write_output(read, "written by us, and read by this command")
    hard, soft, folder = tmp_path / "hard.csv", tmp_path / "soft.csv", tmp_path / "folder"
    hard.hardlink_to(read)
    soft.symlink_to(read)
    folder.symlink_to(tmp_path, target_is_directory=True)
    for out in (read, hard, soft, folder / "工单.csv", tmp_path / "x" / ".." / "工单.csv"):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(KpiError, match="要读取的文件"):
            write_output(out, "new", [None, tmp_path / "absent.csv", read])
    with pytest.raises(KpiError, match="要读取的文件"):
        refuse_inputs(read, [f"sqlite:///{read}"])
    refuse_inputs(read, ["appliance-agent", "postgresql+psycopg://host/db", None])


def test_where_the_file_system_ignores_case_so_does_the_rule(tmp_path: Path) -> None:
    read = tmp_path / "Tickets.csv"
    read.write_text("x", encoding="utf-8")
    other = tmp_path / "tickets.CSV"
    if not other.exists():
        pytest.skip("this file system tells upper from lower case")
    with pytest.raises(KpiError, match="要读取的文件"):
        require_free(other, [read])


def test_a_file_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "结果.csv"
    write_output(out, "old")

    def write_half() -> None:
        with replacing(out) as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert out.read_text(encoding="utf-8") == "old"
    assert is_ours(out)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_a_folder_of_ours_keeps_what_somebody_changed_beside(tmp_path: Path) -> None:
    out = tmp_path / "汇总.xlsx"
    assert put_output(out, "first") is None
    assert put_output(out, "second") is None
    out.write_text("changed", encoding="utf-8")
    kept = put_output(out, "third")
    assert kept is not None
    assert (kept.read_text(encoding="utf-8"), out.read_text(encoding="utf-8")) == ("changed", "third")


def test_without_a_place_to_remember_the_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "no folder").write_text("", encoding="utf-8")
    monkeypatch.setenv(MEMORY, str(tmp_path / "no folder"))
    out = tmp_path / "结果.csv"
    write_output(out, "one")
    with pytest.raises(KpiError, match="没有覆盖"):
        write_output(out, "two")


def test_what_is_remembered_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY, str(tmp_path / "memory"))
    write_output(tmp_path / "张三.csv", "李四")
    (note,) = (tmp_path / "memory").iterdir()
    assert note.name.isascii()
    assert len(note.name) == len(note.read_text(encoding="ascii")) == 64


def test_a_page_that_says_it_is_generated_is_replaced_and_no_other(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for number in range(2):
        write_page(page, f"# Page\n\n{GENERATED[0]}x`\n{number}")
    page.write_text("# 我们的说明\n", encoding="utf-8")
    with pytest.raises(KpiError, match="没有覆盖"):
        write_page(page, "# Page")


def test_a_folder_in_the_place_of_a_file_has_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(KpiError, match="写不了"):
        write_output(tmp_path, "x")


# --- nothing goes round the rule ----------------------------------------------------------------------------------------------

_WRITES = {"write_text", "write_bytes", "copyfile", "copy", "copy2", "copytree", "move", "touch"}
_ALLOWED = {
    "outputs.py": "the rule itself",
    "excel/configuration.py": "the add-in's own settings, of which others' lines are kept",
    "excel/install.py": "the memory of the installation and the add-in, which is kept and put back",
    "job/period.py": "forms in a temporary folder",
    "calc/install.py": "a temporary folder",
    "exports/": "temporary folders",
    "functions/tables.py": "a temporary folder",
    "workbook/": "in memory, and temporary folders",
    "drawing/": "in memory",
}


def test_every_file_is_written_through_the_rule() -> None:
    """Whoever writes a file elsewhere is named here with the reason, or goes through `kpi_xl.outputs`."""
    found = {
        path.relative_to(PACKAGE).as_posix(): call
        for path in PACKAGE.rglob("*.py")
        for call in _writing_calls(ast.parse(path.read_text(encoding="utf-8")))
    }
    strangers = {name: call for name, call in found.items() if not any(name.startswith(allowed) for allowed in _ALLOWED)}
    assert strangers == {}


def _writing_calls(tree: ast.AST) -> list[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    found = [node.func.attr for node in calls if node.func.attr in _WRITES and _is_of_files(node)]  # type: ignore[attr-defined]
    opened = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "open"]
    return found + ["open" for node in opened if any(_writes(one) for one in (*node.args, *(k.value for k in node.keywords)))]


def _is_of_files(node: ast.Call) -> bool:
    """``shutil.copy`` writes a file, ``copy.copy`` and a view's own ``copy`` do not."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    return _name(node.func) in ("write_text", "write_bytes", "touch") or (isinstance(owner, ast.Name) and owner.id == "shutil")


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def _writes(argument: ast.expr) -> bool:
    return isinstance(argument, ast.Constant) and argument.value in ("w", "wb", "w+", "x", "xb", "wt")


def test_the_memory_is_of_the_user_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(MEMORY)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert os.fspath(outputs.memory_folder()).endswith("outputs")
    assert "kpi-xl" in outputs.memory_folder().parts
