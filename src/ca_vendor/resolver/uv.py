"""uv, an alternative resolver."""

import re
import shutil
import sys
import sysconfig

from ca_vendor.resolver.model import PATIENCE_SECONDS, Resolution
from ca_vendor.resolver.workspace import CONSTRAINTS, OUTPUT, REQUIREMENTS, Program, run_in_workspace

_OPTIONS = (
    "--no-config",
    "--no-cache",
    "--no-header",
    "--no-annotate",
    "--strip-extras",
    "--no-python-downloads",
    "--only-binary=:all:",
    "--quiet",
)


def run_uv(task: Resolution) -> dict[str, str]:
    """Resolve with ``uv pip compile``; see :func:`run_in_workspace`."""
    hint = "install it with `pip install 'ca-vendor[uv]'`, or leave `resolver` at pip-compile"
    settings = {"UV_HTTP_TIMEOUT": str(PATIENCE_SECONDS)}
    program = Program(name="uv", argv=lambda _: _argv(task), causes=parse_causes, settings=settings, missing_hint=hint)
    return run_in_workspace(program, task)


def parse_causes(output: str) -> tuple[str, ...]:
    """Return uv's own account of the conflict."""
    return tuple(
        " ".join(match.split()) for match in re.findall(r"cause: (.+?)(?=\n\s*\n|\n\s*hint|\Z)", output, re.DOTALL)
    )


def _argv(task: Resolution) -> list[str]:
    uv = shutil.which("uv", path=sysconfig.get_path("scripts")) or shutil.which("uv") or "uv"
    argv = [uv, "pip", "compile", *_OPTIONS, "--default-index", task.index_url, "--output-file", OUTPUT]
    argv += ["--python", sys.executable]
    if task.constraints:
        argv += ["--constraint", CONSTRAINTS]
    if task.allow_prereleases:
        argv += ["--prerelease", "allow"]
    return [*argv, REQUIREMENTS]
