"""Virtual environments: of the references, and of the hosts that our command is run on."""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock

from tests.truth import disguise
from tests.truth.interpreters import Interpreter

ROOT = Path(__file__).parents[2]
CACHE = Path(
    os.environ.get("CA_VENDOR_TRUTH_CACHE") or platformdirs.user_cache_dir("ca-vendor-truth", appauthor=False)
).absolute()
LIMITED = Path(__file__).with_name("limited")

# A test has a home and settings of its own, which know neither what is cached nor where packages come from.
_SETTINGS = dict(os.environ)
_DISGUISE = "ca_vendor_truth_disguise"
_PROBE = """
import packaging.markers, packaging.tags, pip._vendor.packaging.markers, pip._vendor.packaging.tags
for copy in (packaging, pip._vendor.packaging):
    print(copy.markers.default_environment()["sys_platform"], next(iter(copy.tags.sys_tags())).platform)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment, ready to be used."""

    directory: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.directory / "bin" / "python"

    def version_of(self, project: str) -> str:
        """Return the version of what is installed there."""
        code = f"from importlib.metadata import version; print(version({project!r}))"
        return _run([str(self.python), "-I", "-c", code]).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What our command runs on.

    Attributes:
        python: the interpreter, ca-vendor and its dependencies included.
    """

    name: str
    python: Path


def reference_environment(interpreter: Interpreter, *, newest: bool = False) -> Environment:
    """Return an environment of that interpreter with the newest pip and pip-tools it supports.

    Args:
        interpreter: the real one.
        newest: look for newer ones than those that are there.
    """
    directory = CACHE / f"reference-{interpreter.full_version}"

    def install(environment: Environment) -> None:
        _run([str(environment.python), "-m", "pip", "install", "--quiet", "--upgrade", "pip", "pip-tools"])

    made = _ensure(directory, interpreter.executable, install)
    if newest:
        install(made)
    return made


def own_host() -> Host:
    """Return the interpreter that runs this."""
    return Host(name=".".join(map(str, sys.version_info[:2])), python=Path(sys.executable))


def other_host(interpreter: Interpreter) -> Host:
    """Return an environment of another interpreter with this checkout of ca-vendor in it."""
    wanted = hashlib.sha256(str(ROOT).encode() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()[:8]
    directory = CACHE / f"host-{interpreter.full_version}-{wanted}"

    def install(environment: Environment) -> None:
        pip = [str(environment.python), "-m", "pip", "install", "--quiet"]
        _run([*pip, "--upgrade", "pip"])
        _run([*pip, "--editable", str(ROOT)])

    return Host(name=interpreter.version, python=_ensure(directory, interpreter.executable, install).python)


def disguised_host(machine: str) -> Host:
    """Return an environment that shares this one's packages and pretends to be macOS or Windows."""
    name = f"host-{sys.version_info.major}.{sys.version_info.minor}-{machine.lower()}"
    own = Path(sysconfig.get_path("purelib"))
    key = hashlib.sha256(f"{own}{Path(disguise.__file__).read_text()}".encode()).hexdigest()[:8]

    def install(environment: Environment) -> None:
        packages = Path(_run([str(environment.python), "-c", "import site; print(site.getsitepackages()[0])"]).strip())
        shutil.copyfile(disguise.__file__, packages / f"{_DISGUISE}.py")
        lines = [f"import {_DISGUISE}; {_DISGUISE}.install({machine!r})", f"import site; site.addsitedir({str(own)!r})"]
        (packages / f"{_DISGUISE}.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")

    made = _ensure(CACHE / f"{name}-{key}", Path(sys.executable), install)
    believed = set(_run([str(made.python), "-I", "-c", _PROBE]).splitlines())
    expected = {"macOS": "darwin macosx_15_0_arm64", "Windows": "win32 win_amd64"}[machine]
    assert believed == {expected}, f"the disguise does not hold: {believed}"
    return Host(name=machine, python=made.python)


def _ensure(directory: Path, python: Path, install: Callable[[Environment], None]) -> Environment:
    """Return an environment, made first where it is missing or was left unfinished."""
    environment = Environment(directory=directory)
    ready = directory / "ready"
    directory.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(directory.with_name(f"{directory.name}.lock")):
        if not ready.exists():
            shutil.rmtree(directory, ignore_errors=True)
            _run([str(python), "-m", "venv", str(directory)])
            install(environment)
            ready.touch()
    return environment


def _run(argv: list[str]) -> str:
    completed = subprocess.run(argv, env=_SETTINGS, capture_output=True, text=True, timeout=600, check=False)
    if completed.returncode:
        raise RuntimeError(f"{' '.join(argv)}\n{completed.stderr}{completed.stdout}")
    return completed.stdout
