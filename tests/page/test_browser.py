"""The pages in a real browser: something is drawn, nothing sticks out on a phone, and paper gets the expected A4 pages."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib

import pytest

from kpi_xl.page import render_index, render_person, render_team
from kpi_xl.view.summarise import Cohort, build_department, build_team

from ..conftest import require
from ..view.crowd import sample_issues, sample_people, sample_sources, team_measures
from ..view.samples import ISSUED, PERIOD, flagship, sample_view, weak_view

pytestmark = pytest.mark.browser

PHONE = 390
PAPER = {"person": 2, "pending": 2, "weak": 2, "team": 1, "index": 2}
"""How many A4 pages the samples take: a person's report fits on one sheet, front and back."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    people = sample_people(24)
    cohort = Cohort(people, [flagship()], PERIOD, ISSUED, sample_issues(), sample_sources())
    pages = {
        "person": render_person(sample_view()),
        "pending": render_person(sample_view(rated={"professionalism": "91.5"}, history=[], with_evidence=False)),
        "weak": render_person(weak_view()),
        "team": render_team(build_team(cohort, "华东一组", team_measures())),
        "index": render_index(build_department(cohort, team_measures())),
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return folder


def run(chromium, folder, *options):
    profile = f"--user-data-dir={folder / 'profile'}"
    common = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files", profile]
    return subprocess.run([chromium, *common, *options], check=True, capture_output=True, text=True, timeout=90).stdout


@pytest.mark.parametrize("name", sorted(PAPER))
def test_paper_gets_whole_a4_pages(chromium, folder, name):
    info = shutil.which("pdfinfo")
    require(info is not None, "pdfinfo (poppler-utils) is not installed")
    pdf = folder / f"{name}.pdf"
    run(chromium, folder, f"--print-to-pdf={pdf}", "--no-pdf-header-footer", (folder / f"{name}.html").as_uri())
    facts = subprocess.run([info, pdf], check=True, capture_output=True, text=True).stdout
    assert int(re.search(r"Pages:\s+(\d+)", facts)[1]) == PAPER[name]
    assert "A4" in facts


def test_a_page_is_not_blank(chromium, folder):
    shot = folder / "person.png"
    run(chromium, folder, "--window-size=1000,1400", f"--screenshot={shot}", (folder / "person.html").as_uri())
    packed, data = b"", shot.read_bytes()
    for start in [match.start() for match in re.finditer(b"IDAT", data)]:
        length = int.from_bytes(data[start - 4 : start], "big")
        packed += data[start + 4 : start + 4 + length]
    pixels = zlib.decompress(packed)
    written = sum(1 for byte in pixels if byte not in (0, 255))  # rows are stored as differences: an empty area is all zero
    assert written / len(pixels) > 0.01


@pytest.mark.parametrize("name", sorted(PAPER))
def test_nothing_sticks_out_on_a_phone(chromium, folder, name):
    measure = "document.title = 'width ' + document.querySelector('iframe').contentDocument.documentElement.scrollWidth"
    frame = folder / f"phone-{name}.html"
    frame.write_text(
        f"<iframe src='{name}.html' style='border:0;width:{PHONE}px;height:800px' onload=\"{measure}\"></iframe>",
        encoding="utf-8",
    )
    dom = run(chromium, folder, "--dump-dom", "--virtual-time-budget=4000", frame.as_uri())
    assert re.search(r"<title>width (\d+)</title>", dom)[1] == str(PHONE)
