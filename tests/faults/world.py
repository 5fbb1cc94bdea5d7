"""A CodeArtifact with a few small packages, and projects that the real command works on as a process of its own."""

import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ca_vendor.emulator import Emulator, ShiftedClock
from tests.distributions import build_sdist, build_wheel

Tree = Mapping[str, bytes]
"""Content by path, relative to a project."""

REQUIREMENTS = "src/app/requirements.in"
COMPILED = "src/app/requirements.txt"
LOCK = "vendor/pylock.app.toml"
WHEELHOUSE = "vendor/wheelhouse/python3.12-arm64"
BIG_BYTES = 600_000

_CONFIGURATION = f"""\
domain = "acme"
repository = "python"

[[bundle]]
name = "app"
requirements = "{REQUIREMENTS}"
target = "python3.12-arm64"
"""
_FOREIGN = ("AWS_", "PIP_", "UV_", "CODEARTIFACT_", "CA_VENDOR_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_LONGEST_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str
    seconds: float


@dataclass(slots=True, kw_only=True)
class Site:
    """A project of its own, with a store of its own.

    Attributes:
        home: the directory that everything of it is in.
        environment: of the command.
    """

    home: Path
    environment: dict[str, str]

    @property
    def root(self) -> Path:
        """The project."""
        return self.home / "project"

    @property
    def store(self) -> Path:
        """The store."""
        return self.home / "store"

    def start(self, arguments: Sequence[str], *, wrapper: Sequence[str] = ()) -> "subprocess.Popen[str]":
        """Start the command in the project."""
        return subprocess.Popen(
            [*wrapper, sys.executable, "-m", "ca_vendor", *arguments],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: Sequence[str], *, wrapper: Sequence[str] = ()) -> Done:
        """Run the command in the project to its end."""
        started = time.monotonic()
        process = self.start(arguments, wrapper=wrapper)
        return finish(process, started)

    def tree(self) -> Tree:
        """Return every file of the project, those that begin with a dot included."""
        return tree_of(self.root)


def finish(process: "subprocess.Popen[str]", started: float) -> Done:
    """Wait for a command, and return what it did; one that hangs is ended, and that is what it did."""
    try:
        out, err = process.communicate(timeout=_LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err += f"it hung for {_LONGEST_SECONDS:.0f} s\n"
    return Done(code=process.returncode, out=out, err=err, seconds=time.monotonic() - started)


def tree_of(directory: Path) -> Tree:
    """Return the content of every file below a directory."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            found[path.relative_to(directory).as_posix()] = path.read_bytes()
    return found


def visible(tree: Tree) -> Tree:
    """Return the files that are not hidden."""
    return {path: content for path, content in tree.items() if not path.rpartition("/")[2].startswith(".")}


@dataclass(slots=True, kw_only=True)
class World:
    """What the cases have in common.

    Attributes:
        references: what a project holds after a command that met no fault.
        seconds: how long such a command took.
        clock: the emulator's.
    """

    scratch: Path
    emulator: Emulator
    clock: ShiftedClock
    packages: Path
    references: dict[str, Tree] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def site(self, command: str) -> Iterator[Site]:
        """Yield a project as it is before a command, and an empty store; both vanish afterwards."""
        home = self.scratch / uuid.uuid4().hex
        tree = self.references["lock"] if command == "fetch" else _new_project()
        try:
            (home / "tmp").mkdir(parents=True)
            write_tree(home / "project", tree)
            yield Site(home=home, environment=self._environment(home))
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def _environment(self, home: Path) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_FOREIGN) and name.lower() not in _PROXIES
        }
        places = dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR"), str(home / "tmp"))
        return {
            **inherited,
            **places,
            **self.emulator.environment(),
            "AWS_EC2_METADATA_DISABLED": "true",
            "CA_VENDOR_CACHE_DIR": str(home / "store"),
            "PIP_CONFIG_FILE": os.devnull,
        }


@contextmanager
def open_world() -> Iterator[World]:
    """Yield a world, with what each command does in it when nothing is wrong."""
    clock = ShiftedClock()
    with tempfile.TemporaryDirectory(prefix="ca-vendor-faults-") as name:
        packages = build_packages(Path(name) / "packages")
        with Emulator(packages=packages, clock=clock) as emulator:
            world = World(scratch=Path(name), emulator=emulator, clock=clock, packages=packages)
            for command in ("lock", "fetch"):
                with world.site(command) as site:
                    done = site.run(arguments_of(command))
                    assert done.code == 0, done.err
                    world.references[command] = site.tree()
                    world.seconds[command] = done.seconds
            yield world


def arguments_of(command: str, resolver: str = "uv") -> list[str]:
    """Return a command's arguments."""
    return [command, "--resolver", resolver] if command == "lock" else [command]


def build_packages(directory: Path) -> Path:
    """Write the packages: pure and native ones, a large one, and one that is an sdist alone and cannot be built."""
    noise = random.Random(1).randbytes(BIG_BYTES)
    build_wheel(
        directory, "acme-app", "1.0", requires=["acme-core>=1", "acme-big", "acme-native; python_version>'3.8'"]
    )
    build_wheel(directory, "acme-core", "1.0")
    build_wheel(directory, "acme-core", "1.1", requires=["acme-text"])
    build_wheel(directory, "acme-text", "0.9")
    build_wheel(directory, "acme-big", "3.0", files={"acme_big/data.bin": noise})
    build_wheel(directory, "acme-native", "2.0", tag="cp312-cp312-manylinux_2_17_aarch64")
    build_wheel(directory, "acme-native", "2.1", tag="cp312-cp312-manylinux_2_38_aarch64")
    build_wheel(directory, "acme-windows", "1.0", tag="cp312-cp312-win_amd64")
    needing = '[build-system]\nrequires = ["acme-nowhere"]\nbuild-backend = "acme_nowhere"\n'
    build_sdist(directory, "acme-source", "1.0", root_files={"pyproject.toml": needing})
    return directory


def write_tree(directory: Path, tree: Tree) -> None:
    """Write files by path."""
    for path, content in tree.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)


def store_problems(store: Path) -> Iterator[str]:
    """Say which files of a store are not what their name says."""
    for path in (store / "files").rglob("*"):
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
            yield f"the store's `{path.name}` is not what its name says"


def _new_project() -> Tree:
    return {"ca-vendor.toml": _CONFIGURATION.encode(), REQUIREMENTS: b"acme-app\n"}
