"""``ca-vendor fetch``."""

from pathlib import Path

import click

from ca_vendor.cli.options import common_options, open_project, open_session, show_json, shown_bytes
from ca_vendor.cli.timings import timings_option
from ca_vendor.config.settings import BUILDERS
from ca_vendor.workflows.bundles import choose_bundles, find_locked_bundles
from ca_vendor.workflows.exclusive import exclusive
from ca_vendor.workflows.fetch import FetchOutcome, fetch_locks, locks_to_fetch
from ca_vendor.workflows.progress import Progress


@click.command(
    epilog="Examples:\n\n"
    "\b\n"
    "  ca-vendor fetch           what every lock names\n"
    "  ca-vendor fetch orders    what one bundle's lock names"
)
@click.argument("bundles", nargs=-1, metavar="[BUNDLE | FUNCTION | REQUIREMENTS.IN]...")
@click.option(
    "--builder",
    type=click.Choice(BUILDERS),
    help="What builds sdists and source trees.  [default: what did when they were locked]",
)
@click.option("--index-url", metavar="URL", help="The index that credentials in the environment are for.")
@timings_option
@common_options
def fetch(  # noqa: PLR0913 - one parameter an option is click's way
    *,
    bundles: tuple[str, ...],
    builder: str | None,
    index_url: str | None,
    directory: Path,
    quiet: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Download exactly the pinned wheels into the wheelhouse.

    Every file is verified while it arrives. vendor/wheelhouse/TARGET/ then holds what the locks name and nothing
    else, and each requirements.txt installs from there with no index. A second run makes no request.
    """
    project = open_project(directory)
    chosen = choose_bundles(find_locked_bundles(project), bundles)
    session = open_session(project, quiet=quiet, verbose=verbose, index_url=index_url)
    with exclusive(session, "fetch"):
        outcome = fetch_locks(session, locks_to_fetch(project, chosen), builder=builder)
    _report(outcome, session.progress)
    if as_json:
        show_json(_as_json(outcome))


def _report(outcome: FetchOutcome, progress: Progress) -> None:
    for path in outcome.removed:
        progress.note(f"removed {path}")
    for path in outcome.written:
        progress.note(f"wrote {path}")
    for notice in outcome.notices:
        progress.note(f"note: {notice}")
    if outcome.built:
        progress.note(f"built from source: {', '.join(outcome.built)}")
    downloaded = f"{len(outcome.downloaded)} downloaded ({shown_bytes(outcome.downloaded_bytes)})"
    wheels = f"{outcome.wheels} wheel{'' if outcome.wheels == 1 else 's'}"
    progress.note(f"{wheels} in place ({shown_bytes(outcome.total_bytes)}), {downloaded}")


def _as_json(outcome: FetchOutcome) -> dict[str, object]:
    return {
        "wheels": outcome.wheels,
        "bytes": outcome.total_bytes,
        "downloaded": list(outcome.downloaded),
        "downloaded_bytes": outcome.downloaded_bytes,
        "built": list(outcome.built),
        "removed": list(outcome.removed),
        "written": list(outcome.written),
    }
