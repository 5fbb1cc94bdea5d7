"""The Lambda runtimes ca-vendor knows, and the ones a project describes itself."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ca_vendor.errors import TargetError
from ca_vendor.target.model import Architecture, Glibc, Target

_AMAZON_LINUX_2 = Glibc(2, 26)
_AMAZON_LINUX_2023 = Glibc(2, 34)

_TARGET_NAME = re.compile(r"python(?P<major>3)\.(?P<minor>\d{1,3})-(?P<architecture>arm64|x86_64)")
_FULL_VERSION = re.compile(r"\d+\.\d+\.\d+")
_GLIBC = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDescription:
    """What configuration says of a target; ``None`` keeps what ca-vendor knows.

    Attributes:
        python_full_version: the interpreter's ``x.y.z``.
        glibc: the runtime's glibc, written ``2.34``.
    """

    python_full_version: str | None = None
    glibc: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """A Lambda runtime: the newest patch level AWS is known to run, and its operating system's glibc.

    Attributes:
        source: where AWS was seen to run that patch level.
    """

    python_full_version: str
    glibc: Glibc
    source: str


RUNTIMES: Mapping[str, Runtime] = {
    "python3.9": Runtime(
        python_full_version="3.9.19",
        glibc=_AMAZON_LINUX_2,
        source="https://github.com/pantsbuild/pants/blob/main/src/python/pants/backend/awslambda/python/"
        "complete_platform_3.9-x86_64.json",
    ),
    "python3.10": Runtime(
        python_full_version="3.10.15",
        glibc=_AMAZON_LINUX_2,
        source="`sys.version` printed beside a Lambda traceback on Amazon Linux 2, build of 2024-10-09",
    ),
    "python3.11": Runtime(
        python_full_version="3.11.13",
        glibc=_AMAZON_LINUX_2,
        source="`sys.version` asserted by a test that runs inside Lambda, build of 2025-06-16",
    ),
    "python3.12": Runtime(
        python_full_version="3.12.13",
        glibc=_AMAZON_LINUX_2023,
        source="the user agent `exec-env/AWS_Lambda_python3.12 lang/python#3.12.13` in CloudTrail, 2026-08-27",
    ),
    "python3.13": Runtime(
        python_full_version="3.13.9",
        glibc=_AMAZON_LINUX_2023,
        source="https://github.com/aws/aws-lambda-base-images/issues/364",
    ),
    "python3.14": Runtime(
        python_full_version="3.14.3",
        glibc=_AMAZON_LINUX_2023,
        source="the user agent `exec-env/AWS_Lambda_python3.14 lang/python#3.14.3` in CloudTrail, 2026-05-21",
    ),
}
"""The runtimes ca-vendor knows. AWS updates patch levels without notice: a project that must match one exactly
describes its target in configuration."""


class UnknownTargetError(TargetError):
    """A target that is neither known nor described in configuration."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        suggestion = f"did you mean `{close[0]}`? otherwise " if close else ""
        super().__init__(
            f"unknown target `{name}`",
            details=(f"known: {', '.join(known)}",),
            hint=f'{suggestion}describe `[tool.ca-vendor.targets."{name}"]` with `python-full-version` and `glibc`',
        )
        self.name = name
        self.known = known


class InvalidTargetError(TargetError):
    """A target's description in configuration that cannot be used."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(
            f"the description of target `{name}` cannot be used: {problem}",
            hint='write for example `python-full-version = "3.15.1"` and `glibc = "2.34"`',
        )
        self.name = name
        self.problem = problem


def known_target_names(described: Mapping[str, TargetDescription] | None = None) -> tuple[str, ...]:
    """Return the names :func:`find_target` accepts, oldest runtime first."""
    built_in = [f"{runtime}-{architecture.value}" for runtime in RUNTIMES for architecture in Architecture]
    return tuple(dict.fromkeys((*built_in, *(described or {}))))


def find_target(name: str, *, described: Mapping[str, TargetDescription] | None = None) -> Target:
    """Return the target of that name.

    Args:
        name: runtime and architecture, such as ``python3.12-arm64``.
        described: descriptions from configuration, by target name; they win over what ca-vendor knows.

    Raises:
        UnknownTargetError: the name is neither known nor described.
        InvalidTargetError: its description cannot be used.
    """
    described = described or {}
    match = _TARGET_NAME.fullmatch(name)
    if match is None:
        raise UnknownTargetError(name, known_target_names(described))
    runtime = name.rsplit("-", 1)[0]
    own, known = described.get(name, TargetDescription()), RUNTIMES.get(runtime)
    full_version = own.python_full_version or (known.python_full_version if known else None)
    glibc = _parse_glibc(name, own.glibc) if own.glibc else (known.glibc if known else None)
    if full_version is None or glibc is None:
        if name not in described:
            raise UnknownTargetError(name, known_target_names(described))
        missing = "python-full-version" if full_version is None else "glibc"
        raise InvalidTargetError(name, f"`{missing}` is missing")
    return Target(
        python_full_version=_checked_full_version(name, runtime, full_version),
        architecture=Architecture(match["architecture"]),
        glibc=glibc,
    )


def _checked_full_version(name: str, runtime: str, full_version: str) -> str:
    if not _FULL_VERSION.fullmatch(full_version):
        raise InvalidTargetError(name, f"`python-full-version` is `{full_version}`, not a version x.y.z")
    if f"python{full_version.rsplit('.', 1)[0]}" != runtime:
        raise InvalidTargetError(name, f"`python-full-version` `{full_version}` is no {runtime}")
    return full_version


def _parse_glibc(name: str, text: str) -> Glibc:
    match = _GLIBC.fullmatch(text)
    if match is None:
        raise InvalidTargetError(name, f"`glibc` is `{text}`, not a version such as 2.34")
    return Glibc(int(match[1]), int(match[2]))
