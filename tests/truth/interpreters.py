"""The real interpreters there are on this machine."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ca_vendor.target import Architecture, Glibc, Target

PYTHONS = ("3.9", "3.10", "3.11", "3.12", "3.13")

_PROBE = "import os, platform; print(platform.python_version(), os.confstr('CS_GNU_LIBC_VERSION'), platform.machine())"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A CPython on this machine.

    Attributes:
        executable: absolute.
        full_version: ``x.y.z``.
        glibc: of this machine.
    """

    executable: Path
    full_version: str
    glibc: Glibc

    @property
    def version(self) -> str:
        """Major and minor version, such as ``3.11``."""
        return self.full_version.rpartition(".")[0]

    def target(self, *, glibc: Glibc | None = None) -> Target:
        """Return the target that is this interpreter, on this machine's C library or an older one."""
        return Target(
            python_full_version=self.full_version, architecture=Architecture.X86_64, glibc=glibc or self.glibc
        )


def own_interpreter() -> Interpreter:
    """Return the interpreter that runs this."""
    found = _probe(Path(sys.executable))
    assert found is not None, "needs CPython on Linux with glibc on x86_64"
    return found


@functools.cache
def find_interpreter(version: str) -> Interpreter | None:
    """Return an interpreter of that major and minor version; ``None`` where there is none.

    Looked for in CA_VENDOR_TEST_PYTHONS (executables, separated as in PATH), among pyenv's, and on PATH.
    """
    for candidate in _candidates(version):
        found = _probe(candidate)
        if found is not None and found.version == version:
            return found
    return None


def _candidates(version: str) -> Iterator[Path]:
    named = os.environ.get("CA_VENDOR_TEST_PYTHONS", "")
    yield from (Path(entry) for entry in named.split(os.pathsep) if entry)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    installed = [path for path in pyenv.glob(f"{version}.*") if path.name.rpartition(".")[2].isdigit()]
    for path in sorted(installed, key=lambda path: int(path.name.rpartition(".")[2]), reverse=True):
        yield path / "bin" / "python"
    if found := shutil.which(f"python{version}"):
        yield Path(found)


def _probe(executable: Path) -> Interpreter | None:
    """Return what an executable is; ``None`` unless it is a CPython on Linux with glibc on x86_64."""
    try:
        answer = subprocess.run(
            [executable, "-I", "-c", _PROBE], capture_output=True, text=True, timeout=30, check=True
        )
        full_version, library, glibc, machine = answer.stdout.split()
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    if library != "glibc" or machine != "x86_64":
        return None
    major, minor = glibc.split(".")[:2]
    return Interpreter(executable=executable, full_version=full_version, glibc=Glibc(int(major), int(minor)))
