"""VBA projects as files: the compression, the compound file, the project; oletools and olefile read them independently."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_xl.excel.vba.compound_file import read_streams, write_streams
from kpi_xl.excel.vba.compression import compress, decompress
from kpi_xl.excel.vba.project import Module, Project, read_project, write_project

from .add_in_files import oletools, vba_of

TEMPLATES = ("quickstart_addin.xlam", "quickstart_addin_ribbon.xlam", "quickstart_standalone.xlsm", "addin/xlwings.xlam")
PIECES = st.sampled_from([b"Function ", b"End Function\r\n", b"a", b"aaaaaaaa", b"\x00", b"x = y\r\n", b"\xff\xfe"])
TEXTS = st.lists(PIECES, max_size=2000).map(b"".join)


# --- compression ----------------------------------------------------------------------------------------------------------


@given(TEXTS)
def test_what_is_compressed_comes_back(data: bytes) -> None:
    assert decompress(compress(data)) == data


@given(st.binary(max_size=3640))
def test_bytes_that_do_not_shrink_come_back(data: bytes) -> None:
    assert decompress(compress(data)) == data


@given(TEXTS)
def test_oletools_expands_what_we_compress(data: bytes) -> None:
    oletools()
    from oletools.olevba import decompress_stream

    assert bytes(decompress_stream(bytearray(compress(data)))) == data


def test_the_example_of_the_specification() -> None:
    """MS-OVBA 3.2.2, normal compression: the text and its container."""
    text = b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
    container = bytes.fromhex(
        "012FB000236161616263646582660070616768696A013808616B6C0030 6D6E6F700671027004107273747576107778797A003C".replace(" ", "")
    )
    assert decompress(container) == text
    assert decompress(compress(text)) == text
    assert len(compress(text)) <= len(container)


def test_text_shrinks_and_a_run_is_one_copy() -> None:
    assert len(compress(b"a" * 4096)) < 16
    assert len(compress(b"Function Probe()\r\n" * 1000)) < 1500


def test_whole_pieces_that_do_not_shrink_are_kept_as_they_are() -> None:
    data = random.Random(1).randbytes(8192)
    assert decompress(compress(data)) == data


def test_a_last_piece_that_does_not_shrink_is_refused() -> None:
    with pytest.raises(ValueError, match="do not shrink"):
        compress(random.Random(1).randbytes(4000))


@pytest.mark.parametrize(
    ("container", "why"),
    [
        (b"", "not a compressed container"),
        (b"\x02\x00\xb0", "not a compressed container"),
        (b"\x01\x05\x00abc", "no chunk begins"),
        (b"\x01\xff\xbf\x00abc", "cut short"),
        (b"\x01\x02\xb0\x01\x00\x00", "before the beginning"),
    ],
)
def test_what_is_no_container_is_refused(container: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        decompress(container)


# --- the compound file ----------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 9000), max_size=40))
def test_streams_come_back_by_olefile(sizes: list[int]) -> None:
    streams = {f"VBA/Module{place}": bytes([place + 1]) * size for place, size in enumerate(sizes)} | {
        "PROJECT": b"x" * len(sizes)
    }
    assert read_streams(write_streams(streams)) == streams


@given(st.sets(st.text("abcdefgXYZ", min_size=1, max_size=8), max_size=40))
def test_every_stream_is_found_by_its_name(names: set[str]) -> None:
    """As Excel looks one up: down the tree, by length and capitals, not by reading the whole directory."""
    unique = {name.upper(): name for name in names}.values()
    data = write_streams({f"VBA/{name}": name.encode() for name in unique})
    for name in unique:
        assert _look_up(data, ["VBA", name]) == name


def _look_up(data: bytes, path: list[str]) -> str | None:
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as opened:
        entry = opened.direntries[0]
        for name in path:
            number = entry.sid_child
            while number != 0xFFFFFFFF:
                entry = opened.direntries[number]
                sought, here = (len(name), name.upper()), (len(entry.name), entry.name.upper())
                if sought == here:
                    break
                number = entry.sid_left if sought < here else entry.sid_right
            else:
                return None
        return str(entry.name)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 20, 40])
def test_the_directory_is_a_red_black_tree(count: int) -> None:
    import olefile

    with olefile.OleFileIO(io.BytesIO(write_streams({f"VBA/m{n}": b"x" for n in range(count)}))) as opened:
        entries = opened.direntries

    def blacks(number: int, parent_is_red: bool) -> set[int]:
        """Return how many black entries lie on the ways down; one number when the tree is balanced."""
        if number == 0xFFFFFFFF:
            return {0}
        entry = entries[number]
        red = entry.color == 0
        assert not (red and parent_is_red)
        below = blacks(entry.sid_left, red) | blacks(entry.sid_right, red)
        return {one + (not red) for one in below}

    for entry in entries:
        if entry is not None and entry.entry_type in (1, 5):
            assert len(blacks(entry.sid_child, False)) == 1


def test_a_large_project_takes_more_than_one_table_of_sectors() -> None:
    streams = {"VBA/big": random.Random(1).randbytes(400_000), "VBA/small": b"x"}
    assert read_streams(write_streams(streams)) == streams


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="31 characters"):
        write_streams({"VBA/" + "n" * 32: b"x"})
    with pytest.raises(ValueError, match="more than"):
        write_streams({"VBA/big": bytes(8_000_000)})


# --- the project ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_project_comes_back_with_every_module(name: str) -> None:
    """Projects that Excel and Aspose saved, with and without compiled code, references and ribbons."""
    project = read_project(vba_of(name))
    again = read_project(write_project(project))
    assert again.modules == project.modules
    assert again.head == project.head
    assert again.name == project.name
    assert again.properties.split() == project.properties.split()


@pytest.mark.parametrize("name", TEMPLATES)
def test_oletools_reads_the_same_modules(name: str) -> None:
    oletools()
    assert _by_oletools(write_project(read_project(vba_of(name)))) == _by_oletools(vba_of(name)) != {}


def _by_oletools(data: bytes) -> dict[str, str]:
    from oletools.olevba import VBA_Parser

    return {stream: code for _, stream, _, code in VBA_Parser("vbaProject.bin", data=data).extract_macros()}


@pytest.fixture
def project() -> Project:
    return read_project(vba_of("quickstart_addin.xlam"))


def test_no_compiled_code_is_written(project: Project) -> None:
    streams = read_streams(write_project(project))
    assert streams["VBA/_VBA_PROJECT"] == b"\xcc\x61\xff\xff\x00\x00\x00"
    assert not [name for name in streams if "__SRP_" in name]
    for module in project.modules:
        assert decompress(streams[f"VBA/{module.name}"]).decode("cp1252") == module.source


def test_a_module_is_added_replaced_and_removed(project: Project) -> None:
    added = project.with_module(Module("extra", "standard", 'Attribute VB_Name = "extra"\r\nSub a()\r\nEnd Sub\r\n'))
    names = [module.name for module in project.modules]
    assert [module.name for module in read_project(write_project(added)).modules] == [*names, "extra"]
    replaced = added.with_module(replace(added.module("extra"), source='Attribute VB_Name = "extra"\r\n'))
    assert [module.name for module in replaced.modules] == [*names, "extra"]
    assert read_project(write_project(replaced)).module("extra").source == 'Attribute VB_Name = "extra"\r\n'
    assert read_project(write_project(replaced.without_module("extra"))).modules == project.modules
    with pytest.raises(KeyError):
        project.module("extra")


def test_the_kinds_of_modules_are_told_apart(project: Project) -> None:
    assert {module.name: module.kind for module in read_project(write_project(project)).modules} == {
        "ThisWorkbook": "document",
        "Dictionary": "class",
        "xlwings": "standard",
        "Sheet2": "document",
        "Module1": "standard",
    }


def test_text_that_the_code_page_cannot_hold_is_refused(project: Project) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_project(project.with_module(Module("extra", "standard", "' 考核\r\n")))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", write_streams({"PROJECT": b"x"})])
def test_what_is_no_project_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, OSError)):
        read_project(data)
