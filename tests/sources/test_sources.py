"""The quick ones of the sources on the host, and what the table says of itself; `make sources` tries every one."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ca_vendor.emulator import Emulator, Upstream
from tests.sources import private
from tests.sources.page import BUILDERS, render_table, write_table
from tests.sources.rows import ROWS, Builds, Refused, Row
from tests.sources.run import Cell, Shop

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
QUICK = [row for row in ROWS if row.quick]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    scratch = tmp_path_factory.mktemp("sources")
    private.publish(scratch / "packages")
    with Emulator(packages=scratch / "packages", upstream=Upstream.from_pip(), state=scratch / "state") as emulator:
        yield Shop(scratch=scratch, index=emulator.environment())


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("row", QUICK, ids=lambda row: row.name)
def test_source_comes_to_what_the_table_says(row: Row, shop: Shop) -> None:
    assert sys.platform == "linux"
    assert Cell(row, "host", shop).problem() == ""


def test_expectation_that_is_not_met_is_a_problem(shop: Shop) -> None:
    [row] = [row for row in ROWS if row.name == "acme-truncated"]
    other = replace(row, name="acme-other", host=Refused(words="something else"))
    assert Cell(other, "host", shop).problem().startswith("ends with 16: ")
    wished = replace(row, name="acme-wished", host=Builds(tags="py3-none-any"))
    assert Cell(wished, "host", shop).problem().startswith("is refused: ")


def test_table_has_every_source_and_builder() -> None:
    assert len({row.title for row in ROWS}) == len(ROWS) >= 20
    table = render_table({(ROWS[0].title, "host"): "", (ROWS[0].title, "container"): "fails: in some way"})
    lines = table.splitlines()[2:]
    assert len(lines) == len(ROWS)
    assert lines[0].endswith(f"| {ROWS[0].host} | **fails** |")
    assert lines[1].endswith("| — | — |")


def test_page_was_written_by_a_run_of_all_that_met_every_expectation() -> None:
    everything = {(row.title, builder): "" for row in ROWS for builder in BUILDERS}
    assert render_table(everything) in PAGE.read_text(encoding="utf-8")


def test_only_the_table_of_a_page_is_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- sources: written by `make sources` -->\nold\n<!-- end of sources -->\nafter\n")
    write_table(page, {})
    text = page.read_text()
    assert text.startswith("before\n<!-- sources")
    assert text.endswith("<!-- end of sources -->\nafter\n")
    assert "old" not in text


def test_what_was_not_tried_again_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- sources: written by `make sources` -->\n<!-- end of sources -->\n")
    first, second = ROWS[0], ROWS[-1]
    write_table(page, {(first.title, "host"): "", (second.title, "container"): "fails: somehow"})
    write_table(page, {(second.title, "host"): ""})
    lines = page.read_text().splitlines()
    assert lines[3].endswith(f"| {first.host} | — |")
    assert lines[-2].endswith(f"| {second.host} | — |")
