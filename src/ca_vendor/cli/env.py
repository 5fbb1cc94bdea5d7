"""``ca-vendor env``."""

import json
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from ca_vendor.cli.options import open_project
from ca_vendor.sam import container_environment, offline_environment, other_sources
from ca_vendor.workflows.building import plan_build


@click.command(
    epilog="Examples:\n\n"
    "\b\n"
    '  eval "$(ca-vendor env)" && sam build\n'
    '  ca-vendor env --format github >> "$GITHUB_ENV"\n'
    "  ca-vendor env --format samconfig >> samconfig.toml    for containers"
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("shell", "github", "json", "samconfig")),
    default="shell",
    show_default=True,
    help="For a POSIX shell, a GitHub Actions environment file, as JSON (null: unset), or for samconfig.toml.",
)
def env(*, form: str) -> None:
    """Print the settings that keep `sam build` offline.

    With them in the environment, plain `sam build` installs from the wheelhouse for any architecture. samconfig.toml
    can set those of the containers; the wheels have to be where containers see them, as docs/sam.md shows.
    """
    plan = plan_build(open_project(Path()), ())
    if form == "samconfig":
        click.echo(_samconfig(container_environment(plan.targets)))
        return
    settings = offline_environment(plan.targets)
    unset = [name for name in other_sources(os.environ) if name not in settings]
    click.echo(_FORMS[form](settings, unset))


def _shell(settings: Mapping[str, str], unset: Sequence[str]) -> str:
    lines = [f"unset {' '.join(unset)}"]
    return "\n".join([*lines, *(f"export {name}={shlex.quote(value)}" for name, value in settings.items())])


def _github(settings: Mapping[str, str], unset: Sequence[str]) -> str:
    """Return lines for $GITHUB_ENV, which cannot unset: pip and uv pass over what is empty."""
    return "\n".join(f"{name}={value}" for name, value in (dict.fromkeys(unset, "") | dict(settings)).items())


def _json(settings: Mapping[str, str], unset: Sequence[str]) -> str:
    return json.dumps(dict.fromkeys(unset) | dict(settings), indent=2)


def _samconfig(settings: Mapping[str, str]) -> str:
    pairs = "".join(f"    {json.dumps(f'{name}={value}')},\n" for name, value in settings.items())
    return f"[default.build.parameters]\ncontainer_env_var = [\n{pairs}]"


_FORMS: Mapping[str, Callable[[Mapping[str, str], Sequence[str]], str]] = {
    "shell": _shell,
    "github": _github,
    "json": _json,
}
