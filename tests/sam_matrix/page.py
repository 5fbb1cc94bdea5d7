"""The table of docs/sam.md."""

from collections.abc import Mapping
from pathlib import Path

from tests.sam_matrix.arrangements import ARRANGEMENTS
from tests.sam_matrix.workshop import RUNTIMES

BEGIN, END = "<!-- matrix: written by `make sam-matrix` -->", "<!-- end of matrix -->"


def write_table(page: Path, problems: Mapping[tuple[str, str], str]) -> None:
    """Write the table between its markers; what was not tried this time stays as it was.

    Args:
        page: what holds the markers.
        problems: of each arrangement on each runtime it was tried on; empty where it works.
    """
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    table, _, after = rest.partition(END)
    text = render_table(_read_table(table) | dict(problems))
    page.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


def _read_table(table: str) -> dict[tuple[str, str], str]:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    return {
        (name, runtime): "" if cell == "works" else cell
        for name, *cells in (row for row in rows if len(row) == len(RUNTIMES) + 1)
        for runtime, cell in zip(RUNTIMES, cells, strict=True)
        if cell != "—"
    }


def render_table(problems: Mapping[tuple[str, str], str]) -> str:
    """Render the table: a row an arrangement, a column a runtime."""
    names = [runtime.removeprefix("python") for runtime in RUNTIMES]
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for arrangement in ARRANGEMENTS:
        cells = [_cell(problems.get((arrangement.name, runtime))) for runtime in RUNTIMES]
        lines.append(f"| {arrangement.name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(problem: str | None) -> str:
    if problem is None:
        return "—"
    return "works" if not problem else problem.partition(":")[0]
