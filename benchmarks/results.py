"""What was measured, kept and condensed."""

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.measuring import Measured


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Case:
    """What a figure is of.

    Attributes:
        link: a link's name.
        subject: a set's name, or another thing that is measured.
        step: what is done.
        tool: who does it.
    """

    link: str
    subject: str
    step: str
    tool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The medians of some runs."""

    runs: int
    seconds: float
    fastest: float
    slowest: float
    processor: float
    peak: float
    requests: float
    received: float
    is_late: bool


@dataclass(slots=True, kw_only=True)
class Results:
    """Every run, by case.

    Attributes:
        facts: of the machine and the tools, and numbers that tables need besides the runs.
    """

    runs: defaultdict[Case, list[Measured]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, str] = field(default_factory=dict)

    def add(self, case: Case, measured: Measured) -> None:
        """Keep a run."""
        self.runs[case].append(measured)

    def of(self, link: str, subject: str, step: str, tool: str) -> Summary | None:
        """Return the medians of a case; ``None`` where it was not measured."""
        return summarize(self.runs.get(Case(link=link, subject=subject, step=step, tool=tool), ()))

    def write(self, path: Path) -> None:
        """Keep everything, for another look."""
        runs = [[asdict(case), [asdict(run) for run in runs]] for case, runs in self.runs.items()]
        path.write_text(json.dumps({"facts": self.facts, "runs": runs}))

    @classmethod
    def read(cls, path: Path) -> "Results":
        """Return what was kept."""
        kept = json.loads(path.read_text())
        results = cls(facts=kept["facts"])
        for case, runs in kept["runs"]:
            results.runs[Case(**case)] = [Measured(**run) for run in runs]
        return results


def summarize(runs: Iterable[Measured]) -> Summary | None:
    """Return the medians of some runs."""
    runs = list(runs)
    if not runs:
        return None
    seconds = [run.seconds for run in runs]
    return Summary(
        runs=len(runs),
        seconds=statistics.median(seconds),
        fastest=min(seconds),
        slowest=max(seconds),
        processor=statistics.median(run.processor for run in runs),
        peak=max(run.peak for run in runs),
        requests=statistics.median(run.requests for run in runs),
        received=statistics.median(run.received for run in runs),
        is_late=any(run.is_late for run in runs),
    )


def repeated_files(runs: Iterable[Measured]) -> Mapping[str, int]:
    """Return the files that a run asked for more than once, with how often."""
    return {name: count for run in runs for name, count in (run.files or {}).items() if count > 1}
