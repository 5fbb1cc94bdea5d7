"""``python -m tests.sam_matrix``: build every arrangement on every runtime, and write the table of docs/sam.md."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.sam_matrix.arrangements import ARRANGEMENTS, Arrangement, Bench
from tests.sam_matrix.engine import Engine, EngineUnavailableError, running_engine
from tests.sam_matrix.page import write_table
from tests.sam_matrix.workshop import SAM, build_packages, open_workshop
from tests.truth.interpreters import find_interpreter

NOT_TRIED = "not tried"
PAGE = Path(__file__).parents[2] / "docs" / "sam.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One arrangement on one runtime.

    Attributes:
        problem: empty where all is as it should be.
        seconds: of locking, fetching, building and comparing.
    """

    arrangement: str
    runtime: str
    problem: str
    seconds: float


def main() -> None:
    """Run the matrix; exit with 1 if anything in it fails, or could not be tried."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--engine", type=Path, help="keep the container engine's images there")
    parser.add_argument("--only", action="append", help="a runtime, or part of an arrangement's name; repeatable")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if not SAM.is_file():
        sys.exit("needs SAM CLI")
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ca-vendor-sam-")))
        cells = list(_run(scratch, options.engine or scratch / "engine", options.only, options.jobs))
    if not any(cell.problem.startswith(NOT_TRIED) for cell in cells):
        write_table(PAGE, {(cell.arrangement, cell.runtime): cell.problem for cell in cells})
    failed = [cell for cell in cells if cell.problem]
    sys.exit(f"{len(failed)} of {len(cells)} failed" if failed else None)


def _run(scratch: Path, engine_directory: Path, only: Sequence[str] | None, jobs: int) -> Iterator[Cell]:
    chosen = [
        (arrangement, runtime)
        for arrangement in ARRANGEMENTS
        for runtime in arrangement.runtimes
        if only is None or any(word == runtime or word in arrangement.name for word in only)
    ]
    with ExitStack() as stack:
        engine = _engine(stack, engine_directory) if any(each.in_container for each, _ in chosen) else None
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        for cell in pool.map(lambda each: _cell(*each, scratch=scratch, engine=engine), chosen):
            _say(f"{cell.problem or 'ok':<4} {cell.seconds:>5.1f} s  {cell.runtime:<11} {cell.arrangement}")
            yield cell


def _engine(stack: ExitStack, directory: Path) -> Engine | None:
    try:
        return stack.enter_context(running_engine(directory.absolute()))
    except EngineUnavailableError as error:
        _say(f"no container engine: {error}")
        return None


def _cell(arrangement: Arrangement, runtime: str, *, scratch: Path, engine: Engine | None) -> Cell:
    started = time.monotonic()
    problem = _problem(arrangement, runtime, scratch=scratch, engine=engine)
    seconds = time.monotonic() - started
    return Cell(arrangement=arrangement.name, runtime=runtime, problem=problem, seconds=seconds)


def _problem(arrangement: Arrangement, runtime: str, *, scratch: Path, engine: Engine | None) -> str:
    if arrangement.in_container and engine is None:
        return f"{NOT_TRIED}: needs a container engine"
    if not arrangement.in_container and find_interpreter(runtime.removeprefix("python")) is None:
        return f"{NOT_TRIED}: needs {runtime}"
    workshop = open_workshop(scratch / f"{arrangement.build.__name__}-{runtime}")
    own = build_packages(workshop.home / "packages")
    try:
        arrangement.build(Bench(workshop=workshop, packages=own, runtime=runtime, engine=engine))
    except AssertionError as error:
        return f"fails: {error}"
    return ""


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the progress of a run of minutes


if __name__ == "__main__":
    main()
