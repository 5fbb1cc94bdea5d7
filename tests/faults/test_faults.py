"""The faults that are quick to try, a few kills, and a few rounds of fetches at once; `make faults` tries all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.cases import Case, Fails, try_case
from tests.faults.kills import Killer
from tests.faults.matrix import Result
from tests.faults.page import render_table
from tests.faults.rounds import fetch_together
from tests.faults.rows import ROWS
from tests.faults.world import World, open_world

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with open_world() as world:
        yield world


QUICK = [
    pytest.param(command, case, id=f"{command}: {row.name}") for row in ROWS if row.quick for command, case in row.cases
]


@pytest.mark.parametrize(("command", "case"), QUICK)
def test_fault(world: World, command: str, case: Case) -> None:
    verdict = try_case(world, command, case)
    assert not verdict.problems, verdict.shown


@pytest.mark.slow
def test_kill_at_any_moment_leaves_whole_files(world: World) -> None:
    killer = Killer(12)
    killer.work_in(world)
    assert not killer.kills.problems
    assert killer.kills.hit.total() == 12


def test_fetches_at_once_leave_what_one_leaves(world: World) -> None:
    assert not fetch_together(world, 3, tell=lambda *_: None)


def test_the_page_tells_of_every_row() -> None:
    page = PAGE.read_text(encoding="utf-8")
    names = [line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if line.startswith("| ")]
    assert set(names) - {"fault"} == {row.name for row in ROWS}


def test_a_row_that_could_not_be_tried_says_why() -> None:
    row = next(row for row in ROWS if row.needs)
    assert "not tried, needs unshare" in render_table([Result(row=row, verdicts={}, skipped="needs unshare")])


def test_every_failure_has_a_message() -> None:
    failing = [case.expected for row in ROWS for _, case in row.cases if isinstance(case.expected, Fails)]
    assert all(expected.phrases for expected in failing)
