"""A local CodeArtifact with private packages, a project that uses them, and the command run in it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ca_vendor.cli.main import run
from ca_vendor.emulator import Emulator
from tests.distributions import build_sdist, build_wheel

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.12, Handler: app.handler}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/orders, Architectures: [arm64]}
  Reports:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/reports}
  Web:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/web, Runtime: nodejs22.x}
"""


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    out: str
    err: str


Command = Callable[..., Result]


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Private packages: pure ones, native ones for several targets, and one that is an sdist alone."""
    directory = tmp_path / "packages"
    directory.mkdir()
    build_wheel(directory, "acme-core", "1.0.0")
    build_wheel(directory, "acme-core", "1.1.0", requires=["acme-native>=2", "pywin32; sys_platform == 'win32'"])
    build_wheel(directory, "acme-core", "2.0.0", requires=["acme-native>=2"], requires_python=">=3.13")
    build_wheel(
        directory, "acme-orders", "0.3.0", requires=["acme-core>=1", "acme-json; extra == 'fast'"], extras=["fast"]
    )
    build_wheel(directory, "acme-json", "1.0")
    for machine in ("aarch64", "x86_64"):
        build_wheel(directory, "acme-native", "2.0", tag=f"cp312-cp312-manylinux_2_17_{machine}")
        build_wheel(directory, "acme-native", "2.1", tag=f"cp312-cp312-manylinux_2_28_{machine}")
        build_wheel(directory, "acme-native", "2.2", tag=f"cp312-cp312-manylinux_2_38_{machine}")
    build_wheel(directory, "acme-native", "2.1", tag="cp312-cp312-macosx_14_0_arm64")
    build_sdist(directory, "acme-source", "1.0")
    return directory


@pytest.fixture
def emulator(packages: Path) -> Iterator[Emulator]:
    """A CodeArtifact that holds the private packages and knows no other."""
    with Emulator(packages=packages) as emulator:
        yield emulator


@pytest.fixture
def project(tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two functions, current directory and AWS environment set."""
    root = tmp_path / "project"
    for name, requirement in (("orders", "acme-orders[fast]\n"), ("reports", "acme-core\n")):
        (root / "src" / name).mkdir(parents=True)
        (root / "src" / name / "requirements.in").write_text(requirement)
    (root / "template.yaml").write_text(TEMPLATE)
    (root / "ca-vendor.toml").write_text('domain = "acme"\nrepository = "python"\n')
    monkeypatch.chdir(root)
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path / "store"))
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    return root


@pytest.fixture
def ca_vendor(project: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process."""
    assert Path.cwd() == project

    def command(*arguments: str) -> Result:
        capfd.readouterr()
        code = run(list(arguments))
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return command


def run_command(arguments: Sequence[str], *, extra: Mapping[str, str] | None = None) -> Result:
    """Run the command as a process of its own, in the current directory."""
    environment = os.environ | dict(extra or {})
    done = subprocess.run(
        [sys.executable, "-m", "ca_vendor", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    return Result(done.returncode, done.stdout, done.stderr)


def tree(root: Path) -> dict[str, bytes]:
    """Return the content of every file below a directory, hidden ones too."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
