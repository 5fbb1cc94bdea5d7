"""Failures that users of `sam build` report, as far as no other test of this directory meets them.

docs/sam.md lists all of them, each with its test.
"""

import pytest

from ca_vendor.emulator import Emulator
from ca_vendor.errors import ExitCode
from tests.distributions import build_sdist, build_wheel
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


BACKEND = """\
import pathlib, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "acme_source-0.6.2-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as archive:
        archive.writestr("acme_source/__init__.py", pathlib.Path("src/acme_source/__init__.py").read_text())
        archive.writestr("acme_source-0.6.2.dist-info/METADATA", pathlib.Path("PKG-INFO").read_text())
        archive.writestr(
            "acme_source-0.6.2.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        )
        archive.writestr("acme_source-0.6.2.dist-info/RECORD", "")
    return name

class __legacy__:
    build_wheel = staticmethod(build_wheel)
"""
"""A build backend; what matters here is where it comes from."""


def _without_wheels(bench: Bench, pyproject: str | None) -> None:
    """Publish a project that is an sdist alone, and require it."""
    root_files = {"pyproject.toml": pyproject} if pyproject else {"pyproject.toml": "", "setup.py": ""}
    build_sdist(bench.packages, "acme-source", "0.6.2", requires=["acme-core"], root_files=root_files)
    bench.workshop.write("src/orders/requirements.in", "acme-source==0.6.2\n")


SDISTS = pytest.mark.parametrize(
    ("pyproject", "missing"),
    [(None, "setuptools>=40.8.0"), (SETUPTOOLS, "setuptools>=40.8.0"), (PRIVATE, "acme-build-tools")],
    ids=["setup.py", "PEP 517", "private build requirements"],
)


@pytest.mark.slow
@SDISTS
def test_project_without_wheels_is_built_before(bench: Bench, pyproject: str | None, missing: str) -> None:
    require_sam("python3.11")
    _without_wheels(bench, pyproject)
    build_wheel(bench.packages, "setuptools", "99.0", files={"setuptools/build_meta.py": BACKEND})
    build_wheel(bench.packages, "acme-build-tools", "1.0", files={"acme_build_tools.py": BACKEND})
    bench.vendor()
    bench.workshop.cut = True
    bench.build()
    bench.expect("Orders", "orders", "src/orders")
    assert (bench.workshop.artifact("Orders") / "acme_source" / "__init__.py").is_file()


@SDISTS
def test_build_requirement_that_no_index_has_is_named(bench: Bench, pyproject: str | None, missing: str) -> None:
    _without_wheels(bench, pyproject)
    outcome = lock(bench)
    assert outcome.code == ExitCode.BUILD
    assert "`acme_source-0.6.2.tar.gz` cannot be built" in outcome.err
    assert missing in outcome.err
    assert "hint: publish that build requirement to the index" in outcome.err


def test_build_needs_no_credentials(bench: Bench) -> None:
    require_sam("python3.11")
    bench.vendor()
    bench.workshop.environment |= dict.fromkeys(
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CODEARTIFACT_AUTH_TOKEN"), "expired"
    )
    bench.workshop.environment["AWS_PROFILE"] = "assumed-role-of-nobody"
    bench.build()
    bench.expect("Orders", "orders", "src/orders")
