"""``--only-binary`` and ``--no-binary``, over what configuration says."""

from collections.abc import Iterable

import click
from packaging.utils import canonicalize_name

from ca_vendor.config import Settings
from ca_vendor.config.settings import project_problem
from ca_vendor.selection import ALL, Formats


def chosen_formats(settings: Settings, only_binary: Iterable[str], no_binary: Iterable[str]) -> Formats:
    """Return which kinds of files may be used: the command line outweighs the configuration.

    Args:
        settings: the configuration.
        only_binary: values of the option, each names with commas between.
        no_binary: likewise.

    Raises:
        click.UsageError: a name is none, or both options name one project.
    """
    only, no = _projects("--only-binary", only_binary), _projects("--no-binary", no_binary)
    if both := sorted(only & no):
        raise click.UsageError(f"--only-binary and --no-binary both name `{both[0]}`", ctx=click.get_current_context())
    return Formats(only_binary=settings.only_binary - no | only, no_binary=settings.no_binary - only | no)


def _projects(option: str, values: Iterable[str]) -> frozenset[str]:
    names = [name.strip() for value in values for name in value.split(",")]
    for name in names:
        if problem := project_problem(name):
            raise click.UsageError(f"{option} {problem}", ctx=click.get_current_context())
    return frozenset(name if name == ALL else canonicalize_name(name) for name in names)
