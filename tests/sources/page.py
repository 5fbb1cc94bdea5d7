"""The table of docs/sources.md."""

from collections.abc import Mapping
from pathlib import Path

from tests.sources.rows import ROWS, Row

BEGIN, END = "<!-- sources: written by `make sources` -->", "<!-- end of sources -->"
BUILDERS = ("host", "container")

Problems = Mapping[tuple[str, str], str]
"""By a row's title and a builder; empty where all is as it must be."""


def write_table(page: Path, problems: Problems) -> None:
    """Write the table between its markers; what was not tried this time stays as it was, where that is as expected.

    Args:
        page: what holds the markers.
        problems: of each row with each builder it was tried with.
    """
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    table, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{render_table(_met(table) | dict(problems))}{END}{after}", encoding="utf-8")


def _met(table: str) -> dict[tuple[str, str], str]:
    """Return what an earlier table says to be as it must be now."""
    lines = set(table.splitlines())
    cells = [line.split(" | ") for line in lines if line.startswith("| ")]
    told = {cell[0].removeprefix("| "): (cell[2], cell[3].removesuffix(" |")) for cell in cells if len(cell) == 4}
    return {
        (row.title, builder): ""
        for row in ROWS
        for builder, text in zip(BUILDERS, told.get(row.title, ("", "")), strict=True)
        if text == _cell(row, builder, "")
    }


def render_table(problems: Problems) -> str:
    """Render the table: a row a source, a column a builder."""
    lines = ["| source | backend, or what is wrong with it | host | container |", "|---|---|---|---|"]
    for row in ROWS:
        cells = [_cell(row, builder, problems.get((row.title, builder))) for builder in BUILDERS]
        lines.append(f"| {row.title} | {row.backend} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(row: Row, builder: str, problem: str | None) -> str:
    if problem is None:
        return "—"
    expected = row.host if builder == "host" else row.container
    return str(expected) if not problem else f"**{problem.partition(':')[0]}**"
