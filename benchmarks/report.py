"""RESULTS.md."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.goals import Verdict, judge, link_limit
from benchmarks.results import Results, Summary
from benchmarks.scenarios import LINKS, STEPS
from benchmarks.sets import SETS

_BOUNDS = Path(__file__).with_name("bounds.md")
_LINK_TITLES = {
    "far": "80 ms a request, 10 MB/s a connection, 100 MB/s in all",
    "near": "20 ms a request, 50 MB/s a connection",
    "unshaped": "loopback, unshaped",
}


def render(results: Results) -> str:
    """Return the page."""
    lines = ["# Benchmark results", "", *_head(results)]
    if verdicts := judge(results):
        lines += ["", "## Goals", "", *_goals(verdicts)]
    if _BOUNDS.exists():
        lines += ["", _BOUNDS.read_text().strip()]
    subjects = dict.fromkeys((case.link, case.subject) for case in results.runs)
    for link, subject in sorted(subjects, key=lambda pair: ([*LINKS].index(pair[0]), pair[1])):
        lines += ["", f"## {_title(subject)}: {_LINK_TITLES[link]}", "", *_tables(results, link, subject)]
    return "\n".join(lines) + "\n"


def _head(results: Results) -> Iterator[str]:
    facts = results.facts
    yield f"Written by `make bench` on {facts['date']}: {facts['machine']}, Python {facts['python']}."
    yield (
        f"ca-vendor {facts['ca-vendor']}, uv {facts['uv']}, pip {facts['pip']}, pip-tools {facts['pip-tools']},"
        f" pex {facts['pex']}."
    )
    yield ""
    yield "![time per tool, and how it grows](results.svg)"
    yield ""
    yield "Medians of whole processes, every tool in turn in every round; [README.md](README.md) says how it is done."
    yield "*CPU* is user and system time of the process and all it starts; *peak* the memory of the largest of them;"
    yield "*requests* and *received* are from the index's log. *Ratio* is to ca-vendor with pip-compile, same row."


def _goals(verdicts: list[Verdict]) -> Iterator[str]:
    yield "| goal | at most | reached | |"
    yield "|---|---:|---:|---|"
    for verdict in verdicts:
        limit, reached = (_number(value, verdict.unit) for value in (verdict.limit, verdict.reached))
        yield f"| {verdict.goal} | {limit} | {reached} | {'yes' if verdict.is_met else '**no**'} |"


def _number(value: float, unit: str) -> str:
    if unit in {"MB", ""}:
        return f"{value:.0f} {unit}".strip()
    return f"{value:.3f} {unit}" if value < 1 else f"{value:.2f} {unit}"


def _title(subject: str) -> str:
    return SETS[subject].title if subject in SETS else subject


def _tables(results: Results, link: str, subject: str) -> Iterator[str]:
    if f"bytes {subject}" in results.facts:
        megabytes = float(results.facts[f"bytes {subject}"]) / 1e6
        wheels, limit = results.facts[f"wheels {subject}"], link_limit(results, link, subject)
        yield f"{wheels} wheels, {megabytes:.0f} MB; the link's limit for them is {limit:.2f} s."
        yield ""
    yield "| step | tool | seconds | (fastest to slowest, runs) | ratio | CPU s | peak MB | requests | received MB |"
    yield "|---|---|---:|---|---:|---:|---:|---:|---:|"
    cases = [case for case in results.runs if (case.link, case.subject) == (link, subject)]
    for step in STEPS:
        ours = results.of(link, subject, step, "ca-vendor")
        for case in (case for case in cases if case.step == step):
            summary = results.of(link, subject, step, case.tool)
            assert summary
            yield f"| {step} | {case.tool} | {_figures(summary, ours)} |"


def _figures(summary: Summary, ours: Summary | None) -> str:
    ratio = f"{summary.seconds / ours.seconds:.2f}" if ours else ""
    late = "> " if summary.is_late else ""
    spread = f"{summary.fastest:.2f} to {summary.slowest:.2f}, {summary.runs}"
    figures = f"{late}{summary.seconds:.2f} | {spread} | {late}{ratio} | {summary.processor:.2f}"
    return f"{figures} | {summary.peak / 1e6:.0f} | {summary.requests:.0f} | {summary.received / 1e6:.1f}"
