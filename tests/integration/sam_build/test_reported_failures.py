"""Failures that users of `sam build` report, as far as no other test of this directory meets them.

docs/sam.md lists all of them, each with its test.
"""

import pytest

from ca_vendor.emulator import Emulator
from ca_vendor.errors import ExitCode
from tests.distributions import build_sdist
from tests.integration.sam_build.conftest import OpenBench, require_sam
from tests.sam_matrix.arrangements import Bench
from tests.sam_matrix.workshop import Outcome, build_native

SETUPTOOLS = '[build-system]\nrequires = ["setuptools>=40.8.0"]\nbuild-backend = "setuptools.build_meta"\n'
PRIVATE = '[build-system]\nrequires = ["acme-build-tools"]\nbuild-backend = "acme_build_tools"\n'


@pytest.fixture
def bench(open_bench: OpenBench) -> Bench:
    """A project of one function on python3.11, nothing locked."""
    bench = open_bench("python3.11")
    bench.workshop.cut = False
    bench.template(bench.function("Orders", "src/orders", "arm64"))
    bench.workshop.write("ca-vendor.toml", 'domain = "acme"\nrepository = "python"\nresolver = "uv"\n')
    return bench


def lock(bench: Bench) -> Outcome:
    with Emulator(packages=bench.packages) as emulator:
        return bench.workshop.ca_vendor("lock", extra=emulator.environment())


def test_wheel_that_needs_a_newer_glibc_is_passed_over(bench: Bench) -> None:
    build_native(bench.packages, "3.0", "python3.11", "manylinux_2_28_aarch64")
    lock(bench).succeeded()
    assert "acme-native==2.0 " in (bench.workshop.root / "src" / "orders" / "requirements.txt").read_text()


def test_wheel_that_needs_a_newer_glibc_is_named_with_one_that_fits(bench: Bench) -> None:
    build_native(bench.packages, "3.0", "python3.11", "manylinux_2_28_aarch64")
    bench.workshop.write("src/orders/requirements.in", "acme-core\nacme-native==3.0\n")
    outcome = lock(bench)
    assert outcome.code in {ExitCode.RESOLUTION, ExitCode.TARGET}
    assert "acme_native-3.0-cp311-cp311-manylinux_2_28_aarch64.whl" in outcome.err
    assert "needs glibc 2.28" in outcome.err
    assert "`acme-native==2.0` fits" in outcome.err


@pytest.mark.parametrize(
    "pyproject", [None, SETUPTOOLS, PRIVATE], ids=["setup.py", "PEP 517", "private build requirements"]
)
def test_project_without_wheels_is_named_when_locking(bench: Bench, pyproject: str | None) -> None:
    root_files = {"pyproject.toml": pyproject} if pyproject else {"setup.py": "import setuptools\nsetuptools.setup()\n"}
    build_sdist(bench.packages, "acme-source", "0.6.2", root_files=root_files)
    bench.workshop.write("src/orders/requirements.in", "acme-source==0.6.2\n")
    outcome = lock(bench)
    assert outcome.code in {ExitCode.RESOLUTION, ExitCode.TARGET}
    assert "acme-source==0.6.2" in outcome.err
    assert "hint: " in outcome.err


def test_build_needs_no_credentials(bench: Bench) -> None:
    require_sam("python3.11")
    bench.vendor()
    bench.workshop.environment |= dict.fromkeys(
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CODEARTIFACT_AUTH_TOKEN"), "expired"
    )
    bench.workshop.environment["AWS_PROFILE"] = "assumed-role-of-nobody"
    bench.build()
    bench.expect("Orders", "orders", "src/orders")
