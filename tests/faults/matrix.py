"""Every row by every command it is about."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.faults.cases import Verdict, try_case
from tests.faults.rows import Row
from tests.faults.world import open_world


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a row.

    Attributes:
        verdicts: by command.
        skipped: why it was not tried; empty where it was.
    """

    row: Row
    verdicts: dict[str, Verdict]
    skipped: str = ""

    @property
    def problems(self) -> list[str]:
        """Say what is not as expected."""
        return [
            f"{self.row.name}: {command}: {problem}"
            for command, verdict in self.verdicts.items()
            for problem in verdict.problems
        ]


def run_matrix(rows: Sequence[Row], *, jobs: int, tell: Callable[[Result], None]) -> list[Result]:
    """Try rows, in several worlds at a time, and return the results in the order of the rows."""
    found: dict[str, Result] = {}
    waiting = list(reversed(rows))

    def work() -> None:
        with open_world() as world:
            while waiting:
                row = waiting.pop()
                missing = "" if row.needs is None or row.needs[1]() else f"needs {row.needs[0]}"
                cases = () if missing else row.cases
                verdicts = {command: try_case(world, command, case) for command, case in cases}
                found[row.name] = Result(row=row, verdicts=verdicts, skipped=missing)
                tell(found[row.name])

    with ThreadPoolExecutor(jobs) as pool:
        for worker in [pool.submit(work) for _ in range(jobs)]:
            worker.result()
    return [found[row.name] for row in rows]
