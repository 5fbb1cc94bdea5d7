"""``ca-vendor exec``."""

import os
from collections.abc import Mapping
from pathlib import Path

import click

from ca_vendor.cli.options import open_project, open_session
from ca_vendor.process import run_foreground
from ca_vendor.workflows.building import offline_command_environment, plan_build
from ca_vendor.workflows.exclusive import exclusive
from ca_vendor.workflows.staging import staged_wheels, vendored_wheels


@click.command(
    name="exec",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="Examples:\n\n"
    "\b\n"
    "  ca-vendor exec -- sam sync --stack-name orders\n"
    "  ca-vendor exec --use-container -- sam sync --use-container --stack-name orders",
)
@click.option(
    "-u",
    "--use-container",
    is_flag=True,
    help="Put the wheels where containers see them while COMMAND runs; what to tell the containers is in `ca-vendor "
    "env --format samconfig`.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
def exec_(*, use_container: bool, command: tuple[str, ...]) -> int:
    """Run a command in the environment of `ca-vendor build`.

    pip and uv in it install from the wheelhouse alone. Nothing is checked first.
    """
    project = open_project(Path())
    plan = plan_build(project, ("--use-container",) if use_container else ())
    session = open_session(project, quiet=False, verbose=False)
    environment = offline_command_environment(plan, os.environ)
    if not plan.code_directories:
        return _run(command, environment)
    with exclusive(session, "exec"), staged_wheels(vendored_wheels(project, plan.code_directories)):
        return _run(command, environment)


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
    return run_foreground(command, environment=environment, missing_hint="install it, or put it on the PATH")
