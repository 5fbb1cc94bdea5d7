"""The two sides: what the real interpreter pins, and what ``ca-vendor lock`` does."""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from ca_vendor.process import minimal_environment
from ca_vendor.target import Target
from tests.truth.environments import LIMITED, Environment, Host

_OPTIONS = ("--allow-unsafe", "--strip-extras", "--no-header", "--no-annotate", "--no-emit-options", "--no-config")
_SECONDS = 900
_SHOWN = 1500

Pins = Mapping[str, str]
"""Version by normalised name."""


@dataclass(frozen=True, slots=True)
class NoSolution:
    """What a side said when it pinned nothing."""

    output: str


def run_real_pip_compile(
    environment: Environment,
    lines: Sequence[str],
    index_url: str,
    *,
    limited: bool = False,
    only_binary: bool = True,
) -> Pins | NoSolution:
    """Resolve with pip-compile under the interpreter of an environment.

    Args:
        environment: with pip-tools in it.
        lines: of requirements.in.
        index_url: the only index.
        limited: load no wheel that needs a newer glibc than 2.26.
        only_binary: take no sdists.
    """
    with tempfile.TemporaryDirectory(prefix="ca-vendor-truth-") as name:
        home = Path(name)
        (home / "requirements.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
        settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_DEFAULT_TIMEOUT": "300"}
        if limited:
            settings["PYTHONPATH"] = str(LIMITED)
        argv = [str(environment.python), "-m", "piptools", "compile", *_OPTIONS, "--quiet"]
        argv += ["--cache-dir", str(home / "cache"), "--index-url", index_url]
        argv += ["--pip-args", "--only-binary :all:"] if only_binary else []
        return _compiled([*argv, "--output-file", "requirements.txt", "requirements.in"], home, settings)


def run_uv_for_platform(target: Target, lines: Sequence[str], index_url: str) -> Pins | NoSolution:
    """Resolve with uv's own idea of a target that no interpreter here is."""
    uv = str(Path(sysconfig.get_path("scripts")) / "uv")
    platform = f"{target.architecture.machine}-manylinux_{target.glibc.major}_{target.glibc.minor}"
    with tempfile.TemporaryDirectory(prefix="ca-vendor-truth-") as name:
        home = Path(name)
        (home / "requirements.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
        argv = [uv, "pip", "compile", "--python-platform", platform, "--python-version", target.python_full_version]
        argv += ["--only-binary", ":all:", "--default-index", index_url, "--no-config", "--no-cache", "--quiet"]
        argv += ["--no-header", "--no-annotate", "--strip-extras", "--python", sys.executable, "--no-python-downloads"]
        return _compiled(
            [*argv, "--output-file", "requirements.txt", "requirements.in"], home, {"UV_HTTP_TIMEOUT": "300"}
        )


def run_our_command(
    host: Host, target: Target, lines: Sequence[str], index_url: str, *, cache: Path, only_binary: bool = True
) -> Pins | NoSolution:
    """Lock with the command itself, in a project that describes the target."""
    with tempfile.TemporaryDirectory(prefix="ca-vendor-truth-") as name:
        project = Path(name)
        described = f'python-full-version = "{target.python_full_version}"\nglibc = "{target.glibc}"\n'
        (project / "ca-vendor.toml").write_text(f'[targets."{target}"]\n{described}', encoding="utf-8")
        (project / "requirements.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
        argv = [str(host.python), "-m", "ca_vendor", "lock", "requirements.in", "--quiet", "--json"]
        argv += ["--target", target.name, "--index-url", index_url]
        argv += ["--only-binary", ":all:"] if only_binary else []
        completed = _run(argv, project, {"CA_VENDOR_CACHE_DIR": str(cache)})
        if completed.returncode:
            return NoSolution((completed.stderr + completed.stdout)[-_SHOWN:])
        (bundle,) = json.loads(completed.stdout)
        return _sorted({pin["name"]: pin["version"] for pin in bundle["pins"]})


def parse_compiled(text: str) -> Pins:
    """Return the pins of a compiled requirements file."""
    pins: dict[str, str] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith(("#", " ", "-")):
            requirement = Requirement(line)
            (specifier,) = requirement.specifier
            pins[canonicalize_name(requirement.name)] = str(Version(specifier.version))
    return _sorted(pins)


def differences(expected: Pins | NoSolution, got: Pins | NoSolution) -> list[str]:
    """Say where two sides differ, one project a line; empty where they do not.

    That neither has a solution counts as agreement.
    """
    if isinstance(expected, NoSolution) or isinstance(got, NoSolution):
        if isinstance(expected, NoSolution) and isinstance(got, NoSolution):
            return []
        side, other = ("the real one", expected) if isinstance(expected, NoSolution) else ("ours", got)
        assert isinstance(other, NoSolution)
        return [f"{side} has no solution: {other.output}"]
    return [
        f"{name}: the real one {expected.get(name, 'none')}, ours {got.get(name, 'none')}"
        for name in sorted({*expected, *got})
        if expected.get(name) != got.get(name)
    ]


def _compiled(argv: list[str], home: Path, settings: Mapping[str, str]) -> Pins | NoSolution:
    completed = _run(argv, home, settings)
    if completed.returncode:
        return NoSolution((completed.stderr + completed.stdout)[-_SHOWN:])
    return parse_compiled((home / "requirements.txt").read_text(encoding="utf-8"))


def _run(argv: list[str], home: Path, settings: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    environment = minimal_environment(home) | dict(settings)
    return subprocess.run(
        argv, env=environment, cwd=home, capture_output=True, text=True, timeout=_SECONDS, check=False
    )


def _sorted(pins: Mapping[str, str]) -> Pins:
    return dict(sorted(pins.items()))
