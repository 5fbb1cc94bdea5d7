"""The page that a live run writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.truth.live import Speed
from tests.truth.matrix import Outcome
from tests.truth.resolutions import NoSolution

_INTRODUCTION = """\
# The truth table

`make lock-truth` writes this page. Each cell compares every pin of `ca-vendor lock` with the pins that pip-compile
gives when the target's own interpreter runs it, both against the same index: ✓ where all are the same. Where no such
interpreter runs here (arm64), `uv pip compile --python-platform` is what is compared with. A host that pretends to be
macOS or Windows is a virtual environment in which packaging, and pip's own copy of it, report that system's markers
and tags. glibc 2.26 is a `_manylinux` module that limits the real interpreter. The sets are in `tests/truth/sets.py`;
"vary" is the number of a row's projects that are not pinned alike in all its columns.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What there is to tell.

    Attributes:
        versions: of what took part, by name.
        behind_view: how fast pip-compile is; ``None`` where that was not measured.
        seconds: the run took.
    """

    made: date
    versions: Mapping[str, str]
    outcomes: Sequence[Outcome]
    behind_view: Speed | None
    seconds: float


def render_page(page: Page) -> str:
    """Render the page in Markdown."""
    wrong = [outcome for outcome in page.outcomes if outcome.differences]
    pins = sum(len(outcome.expected) for outcome in page.outcomes if not isinstance(outcome.expected, NoSolution))
    versions = ", ".join(f"{name} {version}" for name, version in page.versions.items())
    verdict = f"{len(wrong)} of them differ" if wrong else "every one is the same"
    minutes = f"{page.seconds / 60:.0f} minutes"
    parts = [
        _INTRODUCTION,
        f"{page.made.isoformat()}, with {versions}.\n",
        f"{len(page.outcomes)} locks, {pins} pins, {minutes}: {verdict}.\n",
        *(_section(section, page.outcomes) for section in dict.fromkeys(o.column.section for o in page.outcomes)),
    ]
    if page.behind_view is not None:
        speed = page.behind_view
        parts.append(
            f"## Speed\n\nBehind a warm view, pip-compile pins {speed.pins} projects in {speed.seconds:.1f} s, for "
            f"{speed.processor_seconds:.1f} s of which it has a processor.\n"
        )
    if wrong:
        parts.append("## Differences\n\n" + "\n".join(_difference(outcome) for outcome in wrong))
    return "\n".join(parts)


def _section(section: str, outcomes: Sequence[Outcome]) -> str:
    mine = [outcome for outcome in outcomes if outcome.column.section == section]
    titles = list(dict.fromkeys(outcome.column.title for outcome in mine))
    rows = [["set", "vary", *titles], ["---"] * (len(titles) + 2)]
    for name in dict.fromkeys(outcome.name for outcome in mine):
        row = {outcome.column.title: outcome for outcome in mine if outcome.name == name}
        rows.append([name, str(_varying(list(row.values()))), *(_cell(row[title]) for title in titles)])
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"## {section}\n\n{lines}\n"


def _varying(row: Sequence[Outcome]) -> int:
    solved = [outcome.expected for outcome in row if not isinstance(outcome.expected, NoSolution)]
    projects = {name for pins in solved for name in pins}
    return sum(len({pins.get(name) for pins in solved}) > 1 for name in projects)


def _cell(outcome: Outcome) -> str:
    if outcome.differences:
        return f"✗ {len(outcome.differences)}"
    return "✓ no solution" if isinstance(outcome.expected, NoSolution) else f"✓ {len(outcome.expected)}"


def _difference(outcome: Outcome) -> str:
    lines = "\n".join(f"  - {' '.join(line.split())}" for line in outcome.differences)
    return f"- {outcome.name}: {outcome.column.section}: {outcome.column.title}\n{lines}\n"
