"""The command line, run in this process in a project of its own."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ca_vendor.cli.main import run
from tests.unit.workflows.projects import NOWHERE, Workplace

CONFIGURATION = f"""\
index-url = "{NOWHERE}"

[[bundle]]
name = "orders"
requirements = "src/orders/requirements.in"
target = "python3.12-arm64"
"""


@dataclass(frozen=True)
class Ended:
    """What a run wrote, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """A project with one bundle and an index that nobody serves."""
    place = Workplace(tmp_path / "project")
    place.bundle()
    (place.root / "ca-vendor.toml").write_text(CONFIGURATION)
    monkeypatch.chdir(place.root)
    for name in [name for name in os.environ if name.startswith(("AWS_", "CODEARTIFACT_", "CA_VENDOR_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(place.store.directory))
    monkeypatch.setenv("CA_VENDOR_TIMEOUT", "0.3")
    return place


@pytest.fixture
def ca_vendor(place: Workplace, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    handler = signal.getsignal(signal.SIGTERM)

    def command(*arguments: str) -> Ended:
        capsys.readouterr()
        code = run(arguments)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    yield command
    signal.signal(signal.SIGTERM, handler)
