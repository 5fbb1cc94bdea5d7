"""``ca-vendor check``."""

from pathlib import Path

import click

from ca_vendor.cli.options import common_options, open_project, open_session, show_json
from ca_vendor.cli.progress import ConsoleProgress
from ca_vendor.cli.timings import timings_option
from ca_vendor.store import Store, default_store_directory
from ca_vendor.workflows.bundles import choose_bundles, find_locked_bundles
from ca_vendor.workflows.check import Difference, DifferencesError, check_bundles
from ca_vendor.workflows.routing import index_router


@click.command(
    epilog="Examples:\n\n"
    "\b\n"
    "  ca-vendor check           everything, as CI should\n"
    "  ca-vendor check orders    one bundle\n"
    "  ca-vendor check --online  what the indexes say of it today, too"
)
@click.argument("bundles", nargs=-1, metavar="[BUNDLE | FUNCTION | REQUIREMENTS.IN]...")
@click.option("--online", is_flag=True, help="Ask the indexes too: what is gone or yanked, whose names others have.")
@timings_option
@common_options
def check(  # noqa: PLR0913 - one parameter an option is click's way
    *, bundles: tuple[str, ...], online: bool, directory: Path, quiet: bool, verbose: bool, as_json: bool
) -> None:
    """See that inputs, locks, requirements files and wheels agree.

    Needs no network unless told otherwise, and changes nothing. Prints one line for each difference, ending with the
    command that mends it; exits with 9 if there are any.
    """
    project = open_project(directory)
    chosen = choose_bundles(find_locked_bundles(project), bundles)
    known = Store(default_store_directory()).digests
    differences = check_bundles(
        project, chosen, router=index_router(project.settings), whole=not bundles, digests=known
    )
    known.write()
    if online:
        from ca_vendor.workflows.index_check import check_online

        differences += check_online(open_session(project, quiet=quiet, verbose=verbose), chosen)
    if as_json:
        show_json([{"bundle": each.bundle, "problem": each.problem, "mend": each.mend} for each in differences])
    else:
        for difference in differences:
            click.echo(_line(difference))
    if differences:
        raise DifferencesError(differences)
    pins = f"{len(chosen)} bundle{'' if len(chosen) == 1 else 's'}"
    agreeing = "requirements files, wheels and indexes" if online else "requirements files and wheels"
    ConsoleProgress(quiet=quiet).note(f"{pins} checked: inputs, locks, {agreeing} agree")


def _line(difference: Difference) -> str:
    whose = f"{difference.bundle}: " if difference.bundle else ""
    return f"{whose}{difference.problem} → {difference.mend}"
