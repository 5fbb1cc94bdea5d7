"""The page that a live run writes."""

import re
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
and tags. With sdists, both sides build them for their metadata; everywhere else, both run with `--only-binary :all:`.
glibc 2.26 is a `_manylinux` module that limits the real interpreter. The sets are in `tests/truth/sets.py`;
"vary" is the number of a row's projects that are not pinned alike in all its columns.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What there is to tell.

    Attributes:
        versions: of what took part, by name.
        behind_view: how fast pip-compile is; ``None`` where that was not measured.
    """

    made: date
    versions: Mapping[str, str]
    outcomes: Sequence[Outcome]
    behind_view: Speed | None


def render_page(page: Page) -> str:
    """Render the page in Markdown."""
    wrong = [outcome for outcome in page.outcomes if outcome.differences]
    parts = [
        _INTRODUCTION,
        *(_section(section, page) for section in dict.fromkeys(o.column.section for o in page.outcomes)),
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


def merge_pages(earlier: str, later: str) -> str:
    """Return an earlier page with the sections of a later one in place of its own, which may be fewer.

    Each section says when it was made, so a run may be of some alone.
    """
    kept, fresh = _split(earlier), _split(later)
    return "".join((kept | fresh).values())


def _split(page: str) -> dict[str, str]:
    """Return the parts of a page by their heading, the introduction under an empty one."""
    parts = re.split(r"(?m)^(?=## )", page)
    return {part.partition("\n")[0] if part.startswith("## ") else "": part for part in parts}


def _section(section: str, page: Page) -> str:
    mine = [outcome for outcome in page.outcomes if outcome.column.section == section]
    titles = list(dict.fromkeys(outcome.column.title for outcome in mine))
    rows = [["set", "vary", *titles], ["---"] * (len(titles) + 2)]
    for name in dict.fromkeys(outcome.name for outcome in mine):
        row = {outcome.column.title: outcome for outcome in mine if outcome.name == name}
        rows.append([name, str(_varying(list(row.values()))), *(_cell(row[title]) for title in titles)])
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"## {section}\n\n{_made(mine, page)}\n\n{lines}\n"


def _made(outcomes: Sequence[Outcome], page: Page) -> str:
    wrong = sum(bool(outcome.differences) for outcome in outcomes)
    pins = sum(len(outcome.expected) for outcome in outcomes if not isinstance(outcome.expected, NoSolution))
    versions = ", ".join(f"{name} {version}" for name, version in page.versions.items())
    verdict = f"{wrong} of them differ" if wrong else "every one is the same"
    return f"{page.made.isoformat()}, with {versions}: {len(outcomes)} locks, {pins} pins, {verdict}."


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
