"""``ca-vendor build``."""

import os
from collections.abc import Mapping
from pathlib import Path

import click

from ca_vendor.cli.options import open_project, open_session
from ca_vendor.process import run_foreground
from ca_vendor.workflows.building import BuildPlan, build_environment, plan_build, sam_arguments
from ca_vendor.workflows.exclusive import exclusive
from ca_vendor.workflows.online import online_wheels, resolve_online
from ca_vendor.workflows.preflight import require_buildable
from ca_vendor.workflows.project import Project
from ca_vendor.workflows.session import Session
from ca_vendor.workflows.staging import staged_wheels, vendored_wheels

SAM_HINT = "install SAM CLI (`pip install aws-sam-cli`), or put it on the PATH"


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Examples:\n\n"
    "\b\n"
    "  ca-vendor build                              what the template names, for any architecture\n"
    "  ca-vendor build Orders --cached --parallel   `sam build --help` shows what it takes\n"
    "  ca-vendor build --use-container\n"
    "  ca-vendor build --online                     with nothing fetched before",
)
@click.option(
    "--online",
    is_flag=True,
    help="Get the locked wheels from the index before SAM starts, into a directory that is removed afterwards; what "
    "has no lock is resolved for this build. SAM and what it runs get no token.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[SAM ARGUMENTS]...")
def build(*, online: bool, arguments: tuple[str, ...]) -> int:
    """Run `sam build`, offline.

    Checks first that it will find all it needs. pip and uv in it, on this machine and in containers, then install from
    the wheelhouse: they reach no index, and get no token.
    """
    project = open_project(Path())
    plan = plan_build(project, arguments)
    environment = build_environment(plan, os.environ)
    require_buildable(project, plan, environment=environment, is_vendored=not online)
    if online:
        return _run_online(open_session(project, quiet=False, verbose=False), plan)
    if not plan.code_directories:
        return _run(plan, environment)
    return _run_staged(project, plan, environment)


def _run_online(session: Session, plan: BuildPlan) -> int:
    online = resolve_online(session, plan)
    with exclusive(session, "build"), online_wheels(session, online) as wheels, staged_wheels(wheels.staged):
        environment = build_environment(online.plan, os.environ) | dict(wheels.environment)
        return _run(online.plan, environment)


def _run_staged(project: Project, plan: BuildPlan, environment: Mapping[str, str]) -> int:
    session = open_session(project, quiet=False, verbose=False)
    with exclusive(session, "build"), staged_wheels(vendored_wheels(project, plan.code_directories)):
        return _run(plan, environment)


def _run(plan: BuildPlan, environment: Mapping[str, str]) -> int:
    return run_foreground(["sam", *sam_arguments(plan)], environment=environment, missing_hint=SAM_HINT)
