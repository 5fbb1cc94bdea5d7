"""The same pins and the same bytes, whatever an earlier run has left in the store, and whoever resolves."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.workflows.conftest import Command, tree


def damage(directory: Path, data: bytes | None = None) -> None:
    """Let every file lose its end, as on a disk that failed, or hold something else."""
    for path in directory.rglob("*"):
        if path.is_file():
            kept = path.read_bytes()[:-7] if data is None else data
            path.unlink()  # the wheelhouse may have a link to it
            path.write_bytes(kept)


def as_it_was(store: Path) -> None:
    """Nothing is missing."""


def empty(store: Path) -> None:
    shutil.rmtree(store)


def without_files(store: Path) -> None:
    shutil.rmtree(store / "files")


def without_metadata(store: Path) -> None:
    shutil.rmtree(store / "metadata")


def damaged_files(store: Path) -> None:
    damage(store / "files")


def damaged_files_without_metadata(store: Path) -> None:
    shutil.rmtree(store / "metadata")
    damage(store / "files")


def without_digests(store: Path) -> None:
    (store / "digests.json").unlink()


def damaged_digests(store: Path) -> None:
    (store / "digests.json").write_bytes(b'{"1:2": [3, 4')


def digests_of_others(store: Path) -> None:
    """As if the store had been restored on another machine: the same inodes and sizes, other files and times."""
    path = store / "digests.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({key: [*entry[:4], entry[4] - 1, "0" * 64] for key, entry in kept.items()}))


STATES = (
    as_it_was,
    empty,
    without_files,
    without_metadata,
    damaged_files,
    damaged_files_without_metadata,
    without_digests,
    damaged_digests,
    digests_of_others,
)


def outputs(project: Path) -> dict[str, bytes]:
    """Return what lock and fetch have written, and the wheels."""
    return {
        path: data
        for path, data in tree(project).items()
        if path.startswith("vendor/") or path.endswith("requirements.txt")
    }


def forget(project: Path) -> None:
    shutil.rmtree(project / "vendor", ignore_errors=True)
    for path in project.rglob("requirements.txt"):
        path.unlink()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    store = tmp_path / "states"
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(store))
    return store


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("resolver", ["pip-compile", "uv"])
def test_same_pins_and_bytes(
    project: Path, ca_vendor: Command, store: Path, state: Callable[[Path], None], resolver: str
) -> None:
    for arguments in (("lock", "--resolver", "pip-compile"), ("fetch",)):
        assert ca_vendor(*arguments).code == 0
    expected = outputs(project)
    assert sum(path.endswith(".whl") for path in expected) > 2
    state(store)
    forget(project)
    for arguments in (("lock", "--resolver", resolver), ("fetch",), ("check",)):
        result = ca_vendor(*arguments)
        assert result.code == 0, result.err
    assert outputs(project) == expected


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_wheels_stay_when_the_store_changes_under_them(
    project: Path, ca_vendor: Command, store: Path, state: Callable[[Path], None]
) -> None:
    for arguments in (("lock",), ("fetch",)):
        assert ca_vendor(*arguments).code == 0
    expected = outputs(project)
    state(store)
    for arguments in (("lock",), ("check",), ("fetch",), ("check",)):
        assert ca_vendor(*arguments).code == 0
    assert outputs(project) == expected
