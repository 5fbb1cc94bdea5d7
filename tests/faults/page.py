"""The page that a run writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from tests.faults.cases import Case, Fails
from tests.faults.kills import Kills
from tests.faults.matrix import Result
from tests.faults.rounds import FETCHES
from tests.faults.rows import GROUPS

_INTRODUCTION = """\
# Reliability

`make faults` writes this page. It runs `ca-vendor lock` and `ca-vendor fetch` as processes of their own against the
emulator on loopback, and lets each meet one fault at a time.

"completes" means: exit code 0, and every file of the project has the bytes it has without the fault. A code means: the
command fails with it and says what stands under "message", with a hint; the project is byte for byte what it was, no
temporary file is left in it, every file of the store is what its name says, and the same command completes with the
same bytes once the fault is over. In no case is more than one token asked for besides the first, and no token is in the
output or in the project. "same pins" means: it completes, and the lock records what the index then said of the files,
another host's URL or no size. "—" stands where a command cannot meet the fault.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What there is to tell; ``None`` for a part that was not run.

    Attributes:
        rounds: how many rounds of fetches at once there were, and what was wrong.
        seconds: the run took.
    """

    made: date
    versions: str
    results: Sequence[Result]
    kills: Kills
    rounds: tuple[int, list[str]]
    seconds: float


def render_page(page: Page) -> str:
    """Render the page in Markdown."""
    return "\n".join(
        [
            _INTRODUCTION,
            f"{page.made.isoformat()}, {page.versions}, {page.seconds / 60:.0f} minutes.\n",
            render_table(page.results),
            "## Killed\n",
            render_kills(page.kills),
            "",
            "## At once\n",
            render_rounds(*page.rounds),
            "",
        ]
    )


def render_table(results: Sequence[Result]) -> str:
    """Render the matrix, a table for each group."""
    return "\n".join(line for group in GROUPS for line in _group(group, results))


def render_kills(kills: Kills) -> str:
    """Render what became of the kills in a paragraph."""
    verdict = f"{len(kills.problems)} problems" if kills.problems else "each time every visible file was whole"
    parts = ", ".join(f"{count} of `{command}`" for command, count in sorted(kills.hit.items()))
    return (
        f"{kills.hit.total()} runs were ended by SIGKILL at a random moment ({parts}), half of them after their first\n"
        f"request: {verdict}, and the next run completed with the same bytes.\n"
        f"{kills.left} of the kills came between the first and the last file that a command puts in place."
    )


def render_rounds(rounds: int, problems: Sequence[str]) -> str:
    """Render what became of the rounds in a paragraph."""
    verdict = f"{len(problems)} problems" if problems else "none failed, and the wheelhouse was complete and the same"
    return (
        f"{rounds} rounds of {FETCHES} `fetch` at once on one project and one store, every second one empty: {verdict}."
    )


def _group(group: str, results: Sequence[Result]) -> Iterator[str]:
    rows = [result for result in results if result.row.group == group]
    if rows:
        yield from (f"## {group}\n", "| fault | `lock` | `fetch` | message |", "|---|---|---|---|")
        yield from (_line(result) for result in rows)
        yield ""


def _line(result: Result) -> str:
    row = result.row
    cells = [_cell(result, command, case) for command, case in (("lock", row.lock), ("fetch", row.fetch))]
    return f"| {row.name} | {' | '.join(cells)} | {_message(result)} |"


def _cell(result: Result, command: str, case: Case | None) -> str:
    if case is None:
        return "—"
    if result.skipped:
        return f"not tried, {result.skipped}"
    if result.verdicts[command].problems:
        return "✗"
    if isinstance(case.expected, Fails):
        return f"exit {case.expected.code}"
    return "same pins" if case.expected.pins_only else "completes"


def _message(result: Result) -> str:
    messages = {
        command: case.expected.phrases[0] for command, case in result.row.cases if isinstance(case.expected, Fails)
    }
    if len(set(messages.values())) <= 1:
        return next(iter(messages.values()), "")
    return "; ".join(f"`{command}`: {message}" for command, message in messages.items())
