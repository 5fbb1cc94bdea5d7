"""Options and set-up that several commands share."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ca_vendor.cli.progress import ConsoleProgress
from ca_vendor.config import read_settings
from ca_vendor.config.settings import url_problem
from ca_vendor.errors import ConfigurationError
from ca_vendor.store import Store, default_store_directory
from ca_vendor.workflows.project import Project
from ca_vendor.workflows.routing import index_router
from ca_vendor.workflows.session import Session

_Function = TypeVar("_Function", bound=Callable[..., Any])


def common_options(function: _Function) -> _Function:
    """Add the options every project command has."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Write the result as JSON to standard output."),
        click.option("-v", "--verbose", is_flag=True, help="Show each request."),
        click.option("-q", "--quiet", is_flag=True, help="Show errors only."),
        click.option(
            "--project",
            "directory",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            default=Path(),
            help="Work as if started there.  [default: current directory]",
        ),
    ):
        function = option(function)
    return function


def open_project(directory: Path) -> Project:
    """Return the project that a directory is in.

    Raises:
        ConfigurationError: its configuration cannot be used.
    """
    return Project(settings=read_settings(directory))


def open_session(project: Project, *, quiet: bool, verbose: bool, index_url: str | None = None) -> Session:
    """Return a run's session, with the index that the command line or the configuration names.

    Args:
        project: where to work.
        quiet: show no progress.
        verbose: show each request.
        index_url: from the command line, ``None`` to take the configuration's.

    Raises:
        ConfigurationError: that URL cannot be used.
    """
    if index_url and (problem := url_problem(index_url)):
        raise ConfigurationError(f"`--index-url` {problem}", hint="such as `https://host/simple/`")
    if verbose:
        logging.basicConfig(format="%(message)s")
        logging.getLogger("ca_vendor").setLevel(logging.DEBUG)
    return Session(
        project=project,
        store=Store(default_store_directory()),
        progress=ConsoleProgress(quiet=quiet),
        router=index_router(project.settings, index_url=index_url),
    )


def show_json(value: object) -> None:
    """Write a value as JSON to standard output."""
    click.echo(json.dumps(value, indent=2))


def shown_bytes(count: int) -> str:
    """Return a number of bytes as people read it."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
