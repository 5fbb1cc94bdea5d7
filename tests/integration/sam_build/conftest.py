"""Projects that real SAM CLI builds, with interpreters of their runtimes and no network."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.sam_build.decoy import Decoy
from tests.sam_matrix.arrangements import Bench
from tests.sam_matrix.workshop import CUT, SAM, Workshop, build_packages, open_workshop
from tests.truth.interpreters import find_interpreter

RUNTIME = "python3.12"

OpenBench = Callable[..., Bench]


def require_sam(*runtimes: str) -> None:
    """Skip by name what this machine has not."""
    if not SAM.is_file():
        pytest.skip("needs SAM CLI")
    for runtime in runtimes:
        if find_interpreter(runtime.removeprefix("python")) is None:
            pytest.skip(f"needs {runtime}")


def require_cut() -> None:
    """Skip where no network namespace can be made."""
    if shutil.which(CUT[0]) is None or subprocess.run([*CUT, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs unshare")


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_packages(tmp_path_factory.mktemp("packages"))


@pytest.fixture
def open_bench(tmp_path: Path, packages: Path) -> OpenBench:
    """Open a project on a runtime, with the private packages in a directory of its own."""

    def opened(runtime: str = RUNTIME, **settings: object) -> Bench:
        shutil.copytree(packages, tmp_path / "packages")
        workshop = open_workshop(tmp_path / "work", **settings)  # type: ignore[arg-type]
        return Bench(workshop=workshop, packages=tmp_path / "packages", runtime=runtime)

    return opened


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> Path:
    """A project of one arm64 function, locked and fetched, to be copied and spoiled."""
    directory = tmp_path_factory.mktemp("locked")
    workshop = open_workshop(directory)
    bench = Bench(workshop=workshop, packages=packages, runtime=RUNTIME)
    bench.template(bench.function("Orders", "src/orders", "arm64"))
    bench.vendor()
    return directory


@pytest.fixture
def fetched(locked: Path, tmp_path: Path) -> Workshop:
    """A copy of the locked project, with the network as it is."""
    shutil.copytree(locked, tmp_path / "work", symlinks=True)
    return Workshop(root=tmp_path / "work" / "project", home=tmp_path / "work" / "home", cut=False)


@pytest.fixture
def decoy() -> Iterator[Decoy]:
    with Decoy() as decoy:
        yield decoy
