"""The container builder, with a stand-in for the engine that runs everything as an engine would."""

import platform
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ca_vendor.builder import (
    BackendFailedError,
    BuildSettings,
    ContainerBuilder,
    ContainerEngine,
    ContainerEngineError,
    ForeignBinaryError,
    HostBuilder,
)
from ca_vendor.process import ProgramMissingError
from ca_vendor.target import Architecture, Glibc, Target
from ca_vendor.view import ServedHostView
from tests.distributions import build_wheel
from tests.integration.builder.conftest import MakeSource
from tests.integration.builder.engines import write_stand_in
from tests.integration.builder.live import serve_configured_index

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="needs Linux on a Lambda processor",
)

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
OWN = Target(
    python_full_version=".".join(map(str, sys.version_info[:3])),
    architecture=Architecture.ARM64 if platform.machine() == "aarch64" else Architecture.X86_64,
    glibc=Glibc(2, 34),
)


@pytest.fixture
def engine(tmp_path: Path) -> ContainerEngine:
    return ContainerEngine(command=str(write_stand_in(tmp_path)), image="image")


@pytest.fixture
def container(settings: BuildSettings, engine: ContainerEngine) -> ContainerBuilder:
    return ContainerBuilder(settings, engine=engine, target=OWN)


def test_metadata_is_the_backends(container: ContainerBuilder, make_source: MakeSource) -> None:
    assert container.prepare_metadata(make_source({})) == b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"


def test_wheel_is_the_same_as_the_hosts(
    container: ContainerBuilder, builder: HostBuilder, make_source: MakeSource, tmp_path: Path
) -> None:
    source = make_source({})
    inside = container.build_wheel(source, tmp_path / "inside", target=OWN)
    outside = builder.build_wheel(source, tmp_path / "outside", target=OWN)
    assert inside.path.read_bytes() == outside.path.read_bytes()
    assert inside.confined


def test_build_requirements_come_from_the_view(
    container: ContainerBuilder, make_source: MakeSource, view: ServedHostView
) -> None:
    source = make_source({"pyproject.toml": PYPROJECT.replace("[]", '["no-such-tool>=2"]')})
    with pytest.raises(BackendFailedError, match="its build requirements cannot be installed") as caught:
        container.prepare_metadata(source)
    assert "no-such-tool" in caught.value.output
    assert view.url not in caught.value.output


def test_backend_that_fails_is_told_with_its_last_lines(container: ContainerBuilder, make_source: MakeSource) -> None:
    source = make_source({"pyproject.toml": PYPROJECT, "backend.py": "raise RuntimeError('half a file is missing')\n"})
    with pytest.raises(BackendFailedError, match="its backend failed") as caught:
        container.prepare_metadata(source)
    assert any("RuntimeError: half a file is missing" in line for line in caught.value.details)


def test_image_of_another_python_is_told(
    settings: BuildSettings, engine: ContainerEngine, make_source: MakeSource
) -> None:
    other = replace(OWN, python_full_version="3.9.19")
    with pytest.raises(BackendFailedError, match="its build image is not the target's") as caught:
        ContainerBuilder(settings, engine=engine, target=other).prepare_metadata(make_source({}))
    assert f"Python 3.{sys.version_info[1]}" in caught.value.message


def test_foreign_binary_is_refused_with_the_ways_that_are_left(
    container: ContainerBuilder, make_source: MakeSource, tmp_path: Path
) -> None:
    wheel = build_wheel(tmp_path, "foo", "1.0", tag="cp38-cp38-linux_ppc64le")
    backend = (
        "import pathlib\n"
        "def build_wheel(directory, config_settings=None, metadata_directory=None):\n"
        f"    pathlib.Path(directory, {wheel.name!r}).write_bytes(bytes.fromhex({wheel.read_bytes().hex()!r}))\n"
        f"    return {wheel.name!r}\n"
    )
    source = make_source({"pyproject.toml": PYPROJECT, "backend.py": backend})
    with pytest.raises(ForeignBinaryError) as caught:
        container.build_wheel(source, tmp_path / "wheels", target=OWN)
    assert "container" not in caught.value.hint


def test_engine_that_is_not_there_is_told(settings: BuildSettings, make_source: MakeSource) -> None:
    engine = ContainerEngine(command="no-such-engine")
    with pytest.raises(ProgramMissingError, match="`no-such-engine`") as caught:
        ContainerBuilder(settings, engine=engine, target=OWN).prepare_metadata(make_source({}))
    assert "docker, finch, podman" in caught.value.hint


Script = Callable[[str], ContainerEngine]


@pytest.fixture
def scripted(tmp_path: Path) -> Script:
    """Make an engine of a shell script."""

    def make(script: str) -> ContainerEngine:
        command = tmp_path / "scripted"
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)
        return ContainerEngine(command=str(command), image="image")

    return make


BROKEN = {
    "fails": "echo 'exec /bin/sh: exec format error' >&2; exit 1",
    "says nonsense": "echo 'exec format error' >&2; cat > /dev/null & echo 'this is not a frame'; wait",
    "ends without a result": "echo 'exec format error' >&2; head -c 100 > /dev/null",
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_engine_that_fails_is_told(
    settings: BuildSettings, scripted: Script, make_source: MakeSource, script: str
) -> None:
    with pytest.raises(ContainerEngineError, match="this machine does not run `image`") as caught:
        ContainerBuilder(settings, engine=scripted(script), target=OWN).prepare_metadata(make_source({}))
    assert "binfmt" in caught.value.hint


def test_abort_ends_the_build(settings: BuildSettings, engine: ContainerEngine, make_source: MakeSource) -> None:
    source = make_source({"pyproject.toml": PYPROJECT, "backend.py": "import time; time.sleep(60)"})
    abort = threading.Event()
    threading.Timer(2, abort.set).start()
    started = time.monotonic()
    with pytest.raises(ContainerEngineError):
        ContainerBuilder(replace(settings, abort=abort.is_set), engine=engine, target=OWN).prepare_metadata(source)
    assert time.monotonic() - started < 30


@pytest.mark.network
def test_what_goes_in_with_the_frontend_is_not_taken_for_installed(
    engine: ContainerEngine, make_source: MakeSource, tmp_path: Path
) -> None:
    pyproject = PYPROJECT.replace("[]", '["packaging"]')
    backend = "import packaging\nfrom _backend import *\n"
    source = make_source({"pyproject.toml": pyproject, "backend.py": backend})
    with serve_configured_index(tmp_path / "store") as view:
        container = ContainerBuilder(BuildSettings(index_url=view.url), engine=engine, target=OWN)
        assert b"Name: foo" in container.prepare_metadata(source)
        assert [file.name for file in view.files] == ["packaging"]
