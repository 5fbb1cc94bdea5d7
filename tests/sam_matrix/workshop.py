"""A project to build with SAM CLI: private packages, a template, and every command run as a user runs it."""

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ca_vendor.emulator import Emulator
from tests.distributions import build_wheel
from tests.truth.interpreters import find_interpreter

SAM = Path(os.environ.get("CA_VENDOR_TEST_SAM", Path(__file__).parents[2] / ".venv-sam" / "bin" / "sam"))
RUNTIMES = ("python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14")
MACHINES = {"x86_64": 62, "aarch64": 183}
"""``e_machine`` of ELF files. Source: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html"""

CUT = ("unshare", "--user", "--map-root-user", "--net")
_SOURCE = "import acme_core\n\n\ndef handler(event, context):\n    return acme_core.__version__\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    def succeeded(self) -> "Outcome":
        """Return itself, where the command succeeded."""
        assert self.code == 0, f"exit code {self.code}\n{self.out}\n{self.err}"
        return self


@dataclass(slots=True, kw_only=True)
class Workshop:
    """A project directory, and a user's environment.

    Attributes:
        root: the project.
        home: the user's.
        environment: besides the usual; what a test sets in it counts.
        cut: whether commands run in a network namespace without a network.
    """

    root: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    cut: bool = True

    def write(self, path: str, text: str) -> Path:
        """Write a text file of the project, its indentation removed."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    def code(self, directory: str, *requirements: str) -> None:
        """Write a function's code and its requirements.in."""
        self.write(f"{directory}/app.py", _SOURCE)
        self.write(f"{directory}/requirements.in", "\n".join(requirements) + "\n")

    def vendor(self, packages: Path) -> None:
        """Lock and fetch, while the index is there."""
        if not (self.root / "ca-vendor.toml").exists():
            self.write("ca-vendor.toml", 'domain = "acme"\nrepository = "python"\nresolver = "uv"\n')
        with Emulator(packages=packages) as emulator:
            for command in ("lock", "fetch"):
                self.ca_vendor(command, extra=emulator.environment(), cut=False).succeeded()

    def lock(self, packages: Path) -> None:
        """Lock, and keep nothing of it but the locks."""
        self.write("ca-vendor.toml", 'domain = "acme"\nrepository = "python"\nresolver = "uv"\n')
        with Emulator(packages=packages) as emulator:
            self.ca_vendor("lock", extra=emulator.environment(), cut=False).succeeded()
        shutil.rmtree(self.home / "store")

    def build_online(self, packages: Path, *arguments: str) -> Outcome:
        """Run `ca-vendor build --online` where the index can be reached, and `sam` in it where nothing can."""
        _script(self.home / "bin" / "sam", SAM, *CUT)
        with Emulator(packages=packages) as emulator:
            return self.ca_vendor("build", "--online", *arguments, extra=emulator.environment(), cut=False)

    def ca_vendor(self, *arguments: str, extra: Mapping[str, str] | None = None, cut: bool | None = None) -> Outcome:
        """Run `ca-vendor` in the project."""
        return self.run([sys.executable, "-m", "ca_vendor", *arguments], extra=extra, cut=cut)

    def sam(self, *arguments: str, extra: Mapping[str, str] | None = None) -> Outcome:
        """Run `sam` itself in the project."""
        return self.run(["sam", *arguments], extra=extra)

    def run(self, argv: Sequence[str], *, extra: Mapping[str, str] | None = None, cut: bool | None = None) -> Outcome:
        """Run a command in the project."""
        cut = self.cut if cut is None else cut
        done = subprocess.run(
            [*(CUT if cut else ()), *argv],
            cwd=self.root,
            env={**self._usual(), **self.environment, **(extra or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        return Outcome(code=done.returncode, out=done.stdout, err=done.stderr)

    def artifact(self, logical_id: str) -> Path:
        """Return where SAM puts what it built."""
        return self.root / ".aws-sam" / "build" / logical_id

    def _usual(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name.startswith(("COVERAGE_", "COV_CORE_"))}
        return inherited | {
            "PATH": user_path(self.home / "bin"),
            "HOME": f"{self.home}",
            "CA_VENDOR_CACHE_DIR": f"{self.home / 'store'}",
            "SAM_CLI_TELEMETRY": "0",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "LANG": "C.UTF-8",
        }


def open_workshop(directory: Path, *, without: Sequence[str] = ()) -> Workshop:
    """Return an empty project and a home.

    Args:
        directory: above both.
        without: runtimes that are not to be on the user's PATH.
    """
    workshop = Workshop(root=directory / "project", home=directory / "home")
    workshop.root.mkdir(parents=True)
    programs = workshop.home / "bin"
    programs.mkdir(parents=True)
    for runtime in RUNTIMES:
        interpreter = find_interpreter(runtime.removeprefix("python"))
        if interpreter is not None and runtime not in without:
            _script(programs / runtime, interpreter.executable)
    _script(programs / "sam", SAM)
    for program in ("uv", "make", "docker", "unshare"):
        if found := shutil.which(program, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))):
            _script(programs / program, Path(found))
    return workshop


def user_path(programs: Path) -> str:
    """Return a PATH with chosen programs and the system's own, but no Python of it."""
    return f"{programs}{os.pathsep}{_system(programs.parent / 'system')}"


def _system(directory: Path) -> Path:
    """Return a directory with the few programs of the system that builds use."""
    if not directory.is_dir():
        directory.mkdir()
        for program in ("sh", "cp", "mkdir", "cat", "ls", "rm", "env", "uname", "bash"):
            if found := shutil.which(program):
                (directory / program).symlink_to(found)
    return directory


def _script(path: Path, program: Path, *before: str) -> None:
    path.write_text(f'#!/bin/sh\nexec {" ".join(before)} "{program}" "$@"\n')
    path.chmod(0o755)


def build_packages(directory: Path) -> Path:
    """Build the private packages: two pure ones, and a native one for every runtime and architecture."""
    build_wheel(directory, "acme-core", "1.1.0", requires=["acme-native>=2", "pywin32; sys_platform == 'win32'"])
    build_wheel(directory, "acme-http", "0.4.0")
    for runtime in RUNTIMES:
        for machine in MACHINES:
            build_native(directory, "2.0", runtime, f"manylinux_2_17_{machine}")
    return directory


def build_native(directory: Path, version: str, runtime: str, platform: str) -> Path:
    """Build a wheel of acme-native for one runtime and platform."""
    interpreter = "cp" + runtime.removeprefix("python").replace(".", "")
    machine = next(machine for machine in MACHINES if platform.endswith(machine))
    files: dict[str, str | bytes] = {
        "acme_native/__init__.py": f'__version__ = "{version}"\n',
        f"acme_native/_speed.{interpreter}-{machine}-linux-gnu.so": elf(machine),
    }
    return build_wheel(directory, "acme-native", version, tag=f"{interpreter}-{interpreter}-{platform}", files=files)


def elf(machine: str) -> bytes:
    """Return the header of a shared object for a machine."""
    identity = b"\x7fELF\x02\x01\x01" + bytes(9)
    return identity + (3).to_bytes(2, "little") + MACHINES[machine].to_bytes(2, "little") + bytes(44)


@contextmanager
def changed_directory(path: Path) -> Iterator[None]:
    """Work elsewhere for a while."""
    before = Path.cwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)
