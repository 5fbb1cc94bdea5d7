"""pip-compile, the default resolver."""

import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote

from ca_vendor.resolver.model import PATIENCE_SECONDS, Resolution
from ca_vendor.resolver.workspace import CONSTRAINTS, OUTPUT, REQUIREMENTS, Program, run_in_workspace

_OPTIONS = (
    "--no-config",
    "--no-header",
    "--no-annotate",
    "--no-emit-options",
    "--strip-extras",
    "--allow-unsafe",  # setuptools and pip are pinned like any other: a function may import them
    "--resolver=backtracking",
    "--quiet",
)

_SETTINGS = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_RETRIES": "0",
    "PIP_DEFAULT_TIMEOUT": str(PATIENCE_SECONDS),
}

_CONFLICT = re.compile(
    r"RequirementInformation\(requirement=\w+\('(?P<requirement>[^']+)'\), parent=(?P<parent>None|\w+\('[^']*'\))"
)


def run_pip_compile(task: Resolution) -> dict[str, str]:
    """Resolve with pip-compile; see :func:`run_in_workspace`.

    It runs without a cache and without any pip configuration of this machine.
    """
    program = Program(
        name="pip-compile", argv=lambda directory: _argv(task, directory), causes=parse_causes, settings=_SETTINGS
    )
    return run_in_workspace(program, task)


def parse_causes(output: str) -> tuple[str, ...]:
    """Read the conflict out of the exception that pip-compile ends with."""
    return tuple(
        dict.fromkeys(
            f"{_parent(match['parent'])} requires `{match['requirement']}`" for match in _CONFLICT.finditer(output)
        )
    )


def _parent(text: str) -> str:
    link = re.search(r"([^/']+)-py3-none-any\.whl", text)
    return f"`{unquote(link[1]).replace('-', '==').replace('_', '-')}`" if link else "`-r requirements.in`"


def _argv(task: Resolution, directory: Path) -> list[str]:
    # -I keeps the user's site-packages and PYTHON* variables out.
    argv = [sys.executable, "-I", "-m", "piptools", "compile", *_OPTIONS, "--cache-dir", str(directory / "cache")]
    argv += ["--index-url", task.index_url, "--output-file", OUTPUT]
    if task.constraints:
        argv += ["--constraint", CONSTRAINTS]
    if task.allow_prereleases:
        argv.append("--pre")
    return [*argv, REQUIREMENTS]
