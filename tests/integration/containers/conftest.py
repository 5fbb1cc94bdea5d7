"""A real container engine, prepared where CA_VENDOR_TEST_ENGINE says; `make containers` says so."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.sam_build.conftest import require_sam
from tests.integration.sam_build.decoy import Decoy
from tests.sam_matrix.arrangements import Bench
from tests.sam_matrix.engine import Engine, running_engine
from tests.sam_matrix.workshop import build_packages, open_workshop

RUNTIMES = ("python3.11", "python3.14")
"""The two kinds of runtime, by their glibc; `make sam-matrix` tries all that Debian has."""

OpenContainerBench = Callable[[str], Bench]


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine. Where one was asked for and cannot be had, that is an error and no skip."""
    directory = os.environ.get("CA_VENDOR_TEST_ENGINE")
    if not directory:
        pytest.skip("needs a container engine (`make containers` prepares one)")
    versions = [runtime.removeprefix("python") for runtime in RUNTIMES]
    with running_engine(Path(directory).absolute(), versions) as engine:
        yield engine


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_packages(tmp_path_factory.mktemp("packages"))


@pytest.fixture
def open_bench(engine: Engine, packages: Path, tmp_path: Path) -> OpenContainerBench:
    """Open a project on a runtime, with the private packages in a directory of its own."""
    require_sam()

    def opened(runtime: str) -> Bench:
        shutil.copytree(packages, tmp_path / "packages")
        workshop = open_workshop(tmp_path / "work")
        # SAM's own temporary files have to be where the engine sees them, which is everywhere here.
        (tmp_path / "tmp").mkdir()
        workshop.environment["TMPDIR"] = f"{tmp_path / 'tmp'}"
        return Bench(workshop=workshop, packages=tmp_path / "packages", runtime=runtime, engine=engine)

    return opened


@pytest.fixture
def decoy() -> Iterator[Decoy]:
    with Decoy() as decoy:
        yield decoy
