"""Compare live: ``python -m tests.truth``."""

import argparse
import shutil
import sys
import tempfile
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from ca_vendor.selection import DistributionFile
from tests.truth.environments import CACHE, ROOT
from tests.truth.freezing import freeze
from tests.truth.interpreters import PYTHONS, own_interpreter
from tests.truth.live import Speed, configured_index, time_behind_view
from tests.truth.matrix import Referee, columns, compare
from tests.truth.plain_index import PlainIndex, serve_plain_index
from tests.truth.recording import RECORDED, write_recording
from tests.truth.sets import BIG, SDISTS, SETS
from tests.truth.table import Page, merge_pages, render_page

PAGE = ROOT / "docs" / "truth.md"


def main() -> int:
    options = _options()
    source = configured_index(CACHE / "index")

    def body(file: DistributionFile) -> Path:
        return source.store.file_path(source.ensure_file(file))

    with serve_plain_index(source, body=body) as index:
        page = _run(options, index)
        _show(page, write=options.write)
        if options.record:
            targets = list(dict.fromkeys(outcome.column.target for outcome in page.outcomes))
            size = write_recording(freeze(index, options.sets, targets, jobs=options.jobs))
            sys.stderr.write(f"recorded {size} bytes\n")
        for failure in index.failures:
            sys.stderr.write(f"the index failed: {failure}\n")
    # Files that were downloaded for their METADATA are of no more use.
    shutil.rmtree(source.store.directory / "files", ignore_errors=True)
    return 1 if index.failures or any(outcome.differences for outcome in page.outcomes) else 0


def _show(page: Page, *, write: bool) -> None:
    text = render_page(page)
    sys.stdout.write(text)
    sys.stdout.flush()
    if write:
        earlier = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
        PAGE.write_text(merge_pages(earlier, text), encoding="utf-8")


def _run(options: argparse.Namespace, index: PlainIndex) -> Page:
    behind_view = None
    referee = Referee(index_url=index.url, newest=True)
    across = [column for column in columns(options.pythons) if options.section in column.section]
    sets = [*options.sets, *SDISTS] if options.sets == list(SETS) else options.sets
    outcomes = compare(sets, across, referee, cache=CACHE / "own", jobs=options.jobs)
    if BIG in options.sets:
        behind_view = _time_big(index)
    return Page(
        made=datetime.now(timezone.utc).date(),
        versions=_versions(referee),
        outcomes=outcomes,
        behind_view=behind_view,
    )


def _time_big(index: PlainIndex) -> Speed:
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.in"
        requirements.write_text("\n".join(SETS[BIG]) + "\n", encoding="utf-8")
        return time_behind_view(index.source, requirements, own_interpreter().target())


def _versions(referee: Referee) -> dict[str, str]:
    """Return versions by name; those of pip and pip-tools as the real interpreters have them."""
    found = {name: version(name) for name in ("pip", "pip-tools", "uv")}
    for name in ("pip", "pip-tools"):
        by_python = {python: made.version_of(name) for python, made in sorted(referee.environments.items())}
        others = [f"{v} under the real {python}" for python, v in by_python.items() if v != found[name]]
        if others:
            found[name] += f" ({', '.join(others)})"
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=[*SETS, *SDISTS], default=list(SETS), help="only these sets")
    parser.add_argument("--pythons", nargs="+", choices=PYTHONS, default=list(PYTHONS), help="only these targets")
    parser.add_argument("--section", default="", help="only tables whose heading contains this")
    parser.add_argument("--jobs", type=int, default=2, help="how many comparisons at once (default: 2)")
    parser.add_argument("--record", action="store_true", help=f"write {RECORDED.name}")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    options = parser.parse_args()
    if options.write and (options.sets != list(SETS) or options.pythons != list(PYTHONS)):
        parser.error("--write needs all sets and all targets; a section may be written alone")
    return options


if __name__ == "__main__":
    sys.exit(main())
