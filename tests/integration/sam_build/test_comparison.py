"""The comparison of artifacts with locks, which all builds here rest on, finds what it is to find."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sam_matrix.artifacts import differences
from tests.sam_matrix.workshop import Workshop, elf

Spoil = Callable[[Path], object]


@pytest.fixture
def artifact(fetched: Workshop) -> Path:
    """What SAM would build: code and unzipped wheels."""
    artifact = fetched.artifact("Orders")
    shutil.copytree(fetched.root / "src" / "orders", artifact)
    for wheel in fetched.root.glob("vendor/wheelhouse/*/*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(artifact)
    return artifact


def library(artifact: Path) -> Path:
    [path] = artifact.glob("acme_native/*.so")
    return path


def test_what_agrees(fetched: Workshop, artifact: Path) -> None:
    assert differences(fetched, artifact, "orders", source="src/orders") == []


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda artifact: library(artifact).unlink(), "missing: acme_native/_speed"),
        (lambda artifact: shutil.rmtree(artifact / "acme_core-1.1.0.dist-info"), "missing: acme_core-1.1.0.dist-info"),
        (lambda artifact: library(artifact).write_bytes(elf("aarch64") + b"\0"), "changed: acme_native/_speed"),
        (lambda artifact: library(artifact).write_bytes(elf("x86_64")), "of another architecture: acme_native/_speed"),
        (lambda artifact: (artifact / "acme_core" / "more.py").touch(), "not from the lock: acme_core/more.py"),
        (lambda artifact: (artifact / "six.py").touch(), "not from the lock: six.py"),
        (lambda artifact: (artifact / "acme.whl").touch(), "of the wheelhouse: acme.whl"),
        (lambda artifact: _write(artifact / ".cache" / "ca-vendor" / "x"), "of the wheelhouse: .cache/ca-vendor/x"),
    ],
    ids=["no file", "no distribution", "changed", "architecture", "more", "another", "wheel", "cache"],
)
def test_what_does_not(fetched: Workshop, artifact: Path, spoil: Spoil, found: str) -> None:
    spoil(artifact)
    problems = differences(fetched, artifact, "orders", source="src/orders")
    assert [problem for problem in problems if problem.startswith(found)], problems


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
