"""What docs/sam.md says was tried, was tried."""

import re
from pathlib import Path

from tests.sam_matrix.arrangements import ARRANGEMENTS, DOCKERFILE, MAKEFILE
from tests.sam_matrix.page import BEGIN, END, render_table, write_table

PAGE = Path(__file__).parents[3] / "docs" / "sam.md"


def test_every_section_is_an_arrangement_of_the_matrix() -> None:
    *sections, last = re.findall(r"^## (.+)$", PAGE.read_text(), re.MULTILINE)
    assert "report" in last
    assert sorted(sections) == sorted(arrangement.name for arrangement in ARRANGEMENTS)


def test_table_is_that_of_these_arrangements_and_tells_of_no_failure() -> None:
    table = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    tried = {(each.name, runtime): "" for each in ARRANGEMENTS for runtime in each.runtimes}
    assert table.strip() == render_table(tried).strip()


def test_failures_are_written_into_the_table(tmp_path: Path) -> None:
    page = tmp_path / "sam.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_table(page, {(ARRANGEMENTS[0].name, "python3.9"): "fails: why", (ARRANGEMENTS[0].name, "python3.11"): ""})
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert f"| {ARRANGEMENTS[0].name} | fails | — | works | — | — | — |" in text
    assert "old" not in text


def test_what_the_page_shows_is_what_was_run() -> None:
    text = PAGE.read_text()
    recipe = MAKEFILE.format(python="python3.12").strip().splitlines()
    assert "\n".join(recipe[:2]) in text
    [run] = re.findall(r"^RUN python3 -m (.+?) --target", DOCKERFILE, re.MULTILINE)
    assert f"RUN {run}" in text


def test_every_test_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert named <= set(re.findall(r"^def (test_\w+)\(", tests, re.MULTILINE))
    assert len(re.findall(r"^\| .+ \| .+ \| .+ \|$", PAGE.read_text().rpartition("## ")[2], re.MULTILINE)) == 16
