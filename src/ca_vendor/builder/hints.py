"""What to do about a build that failed, from what it wrote."""

import re
from dataclasses import dataclass

from ca_vendor.builder.errors import BackendFailedError
from ca_vendor.builder.model import BuildSettings, Source
from ca_vendor.builder.workspace import Workspace

_OTHER = "use a version that has a wheel, or report it to the package's maintainer"

_STEPS = {
    "image": "its build image is not the target's",
    "environment": "its build environment cannot be made",
    "source": "its build system cannot be read",
    "requirements": "its build requirements cannot be installed",
    "backend": "its backend failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """What a backend writes, in lower case, and what helps then."""

    pattern: str
    hint: str


_SIGNS = (
    _Sign(
        pattern="no matching distribution found for|could not find a version that satisfies",
        hint="publish that build requirement to the index, or connect the index to one that has it",
    ),
    _Sign(
        pattern="(unable|failed) to (detect|determine) version|can't determine version",
        hint="its version comes from git, and it sees no tag there: make one, or write the version into pyproject.toml",
    ),
    _Sign(
        # maturin asks for puccinialin, which downloads a toolchain, where there is none.
        pattern="rust (compiler|toolchain)|can't find rust|(cargo|rustc).{0,80}(not found|no such file|not installed)|"
        "puccinialin",
        hint="it needs a Rust toolchain: pin a version that has a wheel, or use `--builder container` with an image "
        "that has one",
    ),
    _Sign(
        pattern="failure in name resolution|network is unreachable|name or service not known|could not resolve host|"
        "failed to establish a new connection|(cannot|could not|failed to) download",
        hint="it wants to download something, and a build reaches only the index: use a version that has a wheel",
    ),
    _Sign(
        pattern=r"unknown compiler|python\.h: no such file|unable to find a compiler|"
        r"(no such file or directory: |command )'[^']*\b(gcc|cc|c\+\+|g\+\+|clang)\b",
        hint="it needs a C compiler and headers: pin a version that has a wheel, or use `--builder container`",
    ),
)


def describe_step(step: str, problem: str) -> str:
    """Say what failed.

    Args:
        step: the frontend's name of it.
        problem: the frontend's words on it.
    """
    step = _STEPS.get(step, _STEPS["backend"])
    return f"{step} ({problem})" if problem else step


def find_hint(output: str) -> str:
    """Return the next step after a build that wrote this."""
    for sign in _SIGNS:
        if re.search(sign.pattern, output.lower()):
            return sign.hint
    return _OTHER


def backend_failure(source: Source, workspace: Workspace, output: str, settings: BuildSettings) -> BackendFailedError:
    """Return the error of a build that failed.

    Args:
        source: what was to be built.
        workspace: with the frontend's answer, if there is one.
        output: all that was written meanwhile.
        settings: of the build; the index's URL, which is a secret of the run, is left out.
    """
    shown, answer = output.replace(settings.index_url, ""), workspace.read_answer()
    problem = describe_step(answer.get("step", ""), answer.get("problem", ""))
    return BackendFailedError(source.shown, problem, shown, hint=find_hint(shown))
