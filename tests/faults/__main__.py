"""Run all of it: ``python -m tests.faults``."""

import argparse
import platform
import signal
import sys
import time
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from tests.faults.kills import Kills, kill_at_random
from tests.faults.matrix import Result, run_matrix
from tests.faults.page import Page, render_kills, render_page, render_rounds, render_table
from tests.faults.rounds import fetch_together
from tests.faults.rows import ROWS
from tests.faults.world import open_world

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
KILLS, ROUNDS = 300, 50


def main() -> int:
    options = _options()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As a shell starts what runs in the background; the commands would inherit it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    started = time.monotonic()
    results = run_matrix(ROWS, jobs=options.jobs, tell=_tell_row) if options.matrix else []
    sys.stdout.write(render_table(results) + "\n")
    kills = kill_at_random(options.kills, jobs=options.jobs, tell=_tell_kills) if options.kills else Kills()
    sys.stdout.write(render_kills(kills) + "\n")
    problems = _fetch_together(options.rounds) if options.rounds else []
    sys.stdout.write(render_rounds(options.rounds, problems) + "\n")
    wrong = [*(problem for result in results for problem in result.problems), *kills.problems, *problems]
    for problem in wrong:
        sys.stderr.write(f"{problem}\n")
    if options.write:
        page = Page(
            made=datetime.now(timezone.utc).date(),
            versions=f"Python {platform.python_version()} on {platform.system()}, uv {version('uv')}",
            results=results,
            kills=kills,
            rounds=(options.rounds, problems),
            seconds=time.monotonic() - started,
        )
        PAGE.write_text(render_page(page), encoding="utf-8")
    return 1 if wrong else 0


def _fetch_together(rounds: int) -> list[str]:
    with open_world() as world:
        return fetch_together(world, rounds, tell=_tell_round)


def _tell_row(result: Result) -> None:
    ends = ", ".join(
        f"{command} {'✗' if verdict.problems else '✓'} {verdict.seconds:.1f} s"
        for command, verdict in result.verdicts.items()
    )
    sys.stderr.write(f"{result.row.name}: {ends or result.skipped}\n")
    for verdict in result.verdicts.values():
        if verdict.problems:
            sys.stderr.write("".join(f"  {line}\n" for line in [*verdict.problems, *verdict.shown.splitlines()]))


def _tell_kills(kills: Kills) -> None:
    if kills.hit.total() % 25 == 0:
        sys.stderr.write(f"killed {kills.hit.total()}, too late for {kills.missed}: {len(kills.problems)} problems\n")


def _tell_round(number: int, problems: list[str]) -> None:
    if number % 10 == 0:
        sys.stderr.write(f"round {number}: {len(problems)} problems\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument(
        "--matrix", action="store_true", help="run the matrix; other parts only where they are asked for"
    )
    parser.add_argument("--kills", type=int, metavar="N", help=f"kill N times (default: {KILLS})")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"N rounds of fetches at once (default: {ROUNDS})")
    parser.add_argument("--jobs", type=int, default=2, help="how many worlds at a time (default: 2)")
    parser.add_argument("--no-write", dest="write", action="store_false", help=f"leave docs/{PAGE.name} as it is")
    options = parser.parse_args()
    if options.matrix or options.kills is not None or options.rounds is not None:
        # A page tells of a whole run.
        options.write = False
        options.kills, options.rounds = options.kills or 0, options.rounds or 0
    else:
        options.matrix, options.kills, options.rounds = True, KILLS, ROUNDS
    return options


if __name__ == "__main__":
    sys.exit(main())
