"""What should be reached, and whether it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.results import Results, Summary, repeated_files
from benchmarks.scenarios import (
    BOTH,
    CHECK,
    CHECK_SAME,
    FETCH_AFTER,
    FETCH_COLD,
    FETCH_WARM,
    LINKS,
    LOCK_CHANGED,
    LOCK_COLD,
    LOCK_SAME,
)

_HASHES = "pip-compile --generate-hashes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A goal beside what was measured.

    Attributes:
        reached: the figure.
        limit: what it should be at most.
    """

    goal: str
    reached: float
    limit: float
    unit: str = "s"

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.reached <= self.limit


def link_limit(results: Results, link: str, subject: str) -> float:
    """Return the seconds that a link needs for the pinned wheels, however they are asked for.

    One request's latency, then the largest wheel over one connection or all bytes over all, whichever takes longer.
    """
    shaping = LINKS[link]
    largest, total = (float(results.facts[f"{what} {subject}"]) for what in ("largest", "bytes"))
    rates = [(largest, shaping.per_connection), (total, shaping.total)]
    return shaping.latency + max((size / rate for size, rate in rates if rate), default=0.0)


def judge(results: Results) -> list[Verdict]:
    """Return every goal that something was measured for."""
    return [
        *(verdict for subject in ("20", "100", "300") for verdict in _set(results, subject)),
        *_large(results),
        *_local(results),
        *_functions(results),
        *_memory(results),
    ]


def _ratio(goal: str, ours: Summary | None, theirs: Summary | None, limit: float) -> Iterator[Verdict]:
    if ours and theirs:
        yield Verdict(goal=goal, reached=ours.seconds / theirs.seconds, limit=limit, unit="x")


def _set(results: Results, subject: str) -> Iterator[Verdict]:
    def of(step: str, tool: str) -> Summary | None:
        return results.of("far", subject, step, tool)

    for_set = f"set {subject}: "
    pip, uv = "ca-vendor", "ca-vendor, uv"
    cold = for_set + "lock, cold, of "
    yield from _ratio(f"{cold}{_HASHES}", of(LOCK_COLD, pip), of(LOCK_COLD, _HASHES), 1 / 8)
    yield from _ratio(f"{cold}uv", of(LOCK_COLD, pip), of(LOCK_COLD, "uv"), 1.3)
    yield from _ratio(f"{cold}uv, with the uv resolver", of(LOCK_COLD, uv), of(LOCK_COLD, "uv"), 1.0)
    given = of(LOCK_COLD, "ca-vendor, uv, token given")
    yield from _ratio(f"{cold}uv, with the uv resolver and a token given", given, of(LOCK_COLD, "uv"), 1.0)
    changed = for_set + "lock, one more requirement, of "
    yield from _ratio(f"{changed}pip-compile", of(LOCK_CHANGED, pip), of(LOCK_CHANGED, "pip-compile"), 1 / 4)
    yield from _ratio(f"{changed}uv, with the uv resolver", of(LOCK_CHANGED, uv), of(LOCK_CHANGED, "uv"), 1.2)
    if same := of(LOCK_SAME, pip):
        yield Verdict(goal=for_set + "lock, nothing changed", reached=same.seconds, limit=0.25)
        yield Verdict(goal=for_set + "lock, nothing changed: requests", reached=same.requests, limit=0, unit="")
    fetch = for_set + "fetch, cold, of "
    yield from _ratio(f"{fetch}pip download", of(FETCH_COLD, pip), of(FETCH_COLD, "pip download"), 1 / 6)
    yield from _ratio(f"{fetch}uv pip install --target", of(FETCH_COLD, pip), of(FETCH_COLD, "uv"), 1.0)
    yield from _of_limits(results, subject)


def _of_limits(results: Results, subject: str) -> Iterator[Verdict]:
    fetched = results.of("far", subject, FETCH_COLD, "ca-vendor")
    if fetched is None:
        return
    for_set, limit = f"set {subject}: ", link_limit(results, "far", subject)
    yield Verdict(
        goal=f"{for_set}fetch, cold, of the link's limit", reached=fetched.seconds / limit, limit=1.25, unit="x"
    )
    for tool in ("ca-vendor", "ca-vendor, uv"):
        if both := results.of("far", subject, BOTH, tool):
            goal = f"{for_set}lock + fetch, cold, {tool}: 1.15 of the link's limit + 2 s"
            yield Verdict(goal=goal, reached=both.seconds, limit=1.15 * limit + 2)
    runs = [run for case, runs in results.runs.items() for run in runs if _is_ours(case, subject)]
    repeated = repeated_files(runs)
    yield Verdict(goal=f"{for_set}files asked for twice in lock + fetch", reached=len(repeated), limit=0, unit="")
    for step in (FETCH_AFTER, FETCH_WARM):
        if warm := results.of("far", subject, step, "ca-vendor"):
            yield Verdict(goal=f"{for_set}{step}", reached=warm.seconds, limit=0.3)
            yield Verdict(goal=f"{for_set}{step}: requests", reached=warm.requests, limit=0, unit="")


def _is_ours(case: object, subject: str) -> bool:
    fields = (getattr(case, "subject", ""), getattr(case, "step", ""))
    return fields == (subject, BOTH) and str(getattr(case, "tool", "")).startswith("ca-vendor")


def _large(results: Results) -> Iterator[Verdict]:
    if both := results.of("far", "large", BOTH, "ca-vendor"):
        limit = 1.15 * link_limit(results, "far", "large") + 2
        yield Verdict(
            goal="800 MB wheel: lock + fetch, cold: 1.15 of the link's limit + 2 s", reached=both.seconds, limit=limit
        )


def _local(results: Results) -> Iterator[Verdict]:
    def of(step: str, tool: str) -> Summary | None:
        return results.of("unshaped", "check", step, tool)

    goal = "check, 200 wheels, 500 MB, of sha256sum on all cores"
    yield from _ratio(goal, of(CHECK, "ca-vendor"), of(CHECK, "sha256sum on all cores"), 1.3)
    if same := of(CHECK_SAME, "ca-vendor"):
        yield Verdict(goal="check, 200 wheels, files unchanged", reached=same.seconds, limit=0.3)
    for name in ("ca-vendor --version", "ca-vendor --help", "ca-vendor, completion"):
        if start := results.of("unshaped", "start-up", "start", name):
            yield Verdict(goal=name, reached=start.seconds, limit=0.12)


def _functions(results: Results) -> Iterator[Verdict]:
    def of(step: str, count: int, tool: str = "ca-vendor") -> Summary | None:
        return results.of("far", f"{count} functions", step, tool)

    yield from _ratio("300 functions: lock, cold, of 24 functions", of(LOCK_COLD, 300), of(LOCK_COLD, 24), 1.5)
    if same := of(LOCK_SAME, 300):
        yield Verdict(goal="300 functions: lock, nothing changed", reached=same.seconds, limit=1.0)


def _memory(results: Results) -> Iterator[Verdict]:
    peaks = [run.peak for case, runs in results.runs.items() for run in runs if case.tool.startswith("ca-vendor")]
    if peaks:
        yield Verdict(goal="memory, most of all runs", reached=max(peaks) / 1e6, limit=150, unit="MB")
