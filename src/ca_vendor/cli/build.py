"""``ca-vendor build``."""

import os
from pathlib import Path

import click

from ca_vendor.cli.options import open_project, open_session
from ca_vendor.process import run_foreground
from ca_vendor.workflows.building import BuildPlan, build_environment, plan_build, sam_arguments
from ca_vendor.workflows.exclusive import exclusive
from ca_vendor.workflows.preflight import require_buildable
from ca_vendor.workflows.project import Project
from ca_vendor.workflows.staging import staged_wheels

SAM_HINT = "install SAM CLI (`pip install aws-sam-cli`), or put it on the PATH"


@click.command(
    context_settings={"ignore_unknown_options": True},
    epilog="Examples:\n\n"
    "\b\n"
    "  ca-vendor build                              what the template names, for any architecture\n"
    "  ca-vendor build Orders --cached --parallel   `sam build --help` shows what it takes\n"
    "  ca-vendor build --use-container",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[SAM ARGUMENTS]...")
def build(*, arguments: tuple[str, ...]) -> int:
    """Run `sam build`, offline.

    Checks first that it will find all it needs. pip and uv in it, on this machine and in containers, then install from
    the wheelhouse: they reach no index, and get no token.
    """
    project = open_project(Path())
    plan = plan_build(project, arguments)
    environment = build_environment(plan, os.environ)
    require_buildable(project, plan, environment=environment)
    if not plan.code_directories:
        return _run(plan, environment)
    return _run_staged(project, plan, environment)


def _run_staged(project: Project, plan: BuildPlan, environment: dict[str, str]) -> int:
    session = open_session(project, quiet=False, verbose=False)
    with exclusive(session, "build"), staged_wheels(project, plan.code_directories):
        return _run(plan, environment)


def _run(plan: BuildPlan, environment: dict[str, str]) -> int:
    return run_foreground(["sam", *sam_arguments(plan)], environment=environment, missing_hint=SAM_HINT)
