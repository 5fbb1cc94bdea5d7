"""``ca-vendor status``."""

from pathlib import Path

import click

from ca_vendor.cli.options import common_options, open_project, show_json
from ca_vendor.workflows.bundles import choose_bundles, find_locked_bundles
from ca_vendor.workflows.check import LAMBDA_LIMIT_BYTES
from ca_vendor.workflows.status import BundleStatus, read_status

_TITLES = ("bundle", "target", "pins", "MB of 250", "state", "functions and layers")


@click.command(
    epilog="Examples:\n\n\b\n  ca-vendor status           every bundle\n  ca-vendor status orders    one of them"
)
@click.argument("bundles", nargs=-1, metavar="[BUNDLE | FUNCTION | REQUIREMENTS.IN]...")
@common_options
def status(*, bundles: tuple[str, ...], directory: Path, quiet: bool, verbose: bool, as_json: bool) -> None:  # noqa: ARG001
    """Show the bundles: target, pins, unzipped size, and whether each is locked and fetched.

    Needs no network and changes nothing. A function has 250 MB unzipped, its own code and its layers included; the
    size shown is that of its wheels and of the layer's that provides for it.
    """
    project = open_project(directory)
    found = read_status(project, choose_bundles(find_locked_bundles(project), bundles))
    if as_json:
        show_json([_as_json(each) for each in found])
        return
    rows = [_TITLES, *(_row(each) for each in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(each: BundleStatus) -> tuple[str, ...]:
    size = "-" if each.total_bytes is None else f"{each.total_bytes / 2**20:.1f}"
    pins = "-" if each.pins is None else f"{each.pins}"
    users = ", ".join(each.bundle.users) or "-"
    if each.bundle.provided_by:
        users += f" (with {each.bundle.provided_by})"
    return each.bundle.name, each.bundle.target.name, pins, size, each.state.value, users


def _as_json(each: BundleStatus) -> dict[str, object]:
    return {
        "bundle": each.bundle.name,
        "target": each.bundle.target.name,
        "users": list(each.bundle.users),
        "pins": each.pins,
        "unzipped_bytes": each.unzipped_bytes,
        "provided_by": each.bundle.provided_by or None,
        "provided_bytes": each.provided_bytes,
        "limit_bytes": LAMBDA_LIMIT_BYTES,
        "state": each.state.value,
    }
