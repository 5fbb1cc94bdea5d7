"""Sources that have to be compiled, built in the build image of a real engine."""

import json
import shutil
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ca_vendor.builder import (
    BuildSettings,
    ContainerBuilder,
    ContainerEngine,
    ContainerEngineError,
    ForeignBinaryError,
    Source,
)
from ca_vendor.target import find_target
from tests.distributions import build_sdist
from tests.integration.builder.live import serve_configured_index
from tests.sam_matrix.engine import Engine

X86 = find_target("python3.11-x86_64")
ARM = find_target("python3.11-arm64")

SETUP = """\
from setuptools import Extension, setup

setup(name="foo", version="1.0", ext_modules=[Extension("foo", ["foo.c"])])
"""
MODULE = """\
#include <Python.h>
#include <stdio.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "foo"};
PyMODINIT_FUNC PyInit_foo(void) { %s return PyModule_Create(&module); }
"""
PROBE = """\
import json, os, pathlib, socket

def seen():
    found = {"user": os.getuid(), "environment": sorted(os.environ)}
    found["interfaces"] = [name for _, name in socket.if_nameindex()]
    found["rights"] = [line for line in open("/proc/self/status").read().splitlines() if line.startswith("CapEff")]
    found["mounts"] = [line.split()[1] for line in open("/proc/mounts")]
    return json.dumps(found)

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    pathlib.Path(directory, "foo-1.0.dist-info").mkdir()
    text = "Metadata-Version: 2.1\\nName: foo\\nVersion: 1.0\\n\\n" + seen()
    pathlib.Path(directory, "foo-1.0.dist-info", "METADATA").write_text(text)
    return "foo-1.0.dist-info"
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "probe"\nbackend-path = ["."]\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


@pytest.fixture
def command(engine: Engine, tmp_path: Path) -> ContainerEngine:
    """The engine's own client, told where the engine is as a user would by DOCKER_HOST."""
    wrapper = tmp_path / "docker"
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("docker")} --host {engine.host} "$@"\n')
    wrapper.chmod(0o755)
    return ContainerEngine(command=str(wrapper), image=engine.images["3.11"])


@pytest.fixture
def builder(command: ContainerEngine, tmp_path: Path) -> Iterator[ContainerBuilder]:
    with serve_configured_index(tmp_path / "store") as served:
        yield ContainerBuilder(BuildSettings(index_url=served.url), engine=command, target=X86)


def extension(directory: Path, code: str = "") -> Source:
    files = {"setup.py": SETUP, "foo.c": MODULE % code, "pyproject.toml": SETUPTOOLS}
    sdist = build_sdist(directory / "sdist", "foo", "1.0", metadata_version="2.1", root_files=files, files={})
    return Source(path=sdist, shown="foo==1.0")


@pytest.mark.network
def test_extension_is_compiled_for_the_target(builder: ContainerBuilder, tmp_path: Path) -> None:
    built = builder.build_wheel(extension(tmp_path), tmp_path / "wheels", target=X86)
    assert built.tags == "cp311-cp311-linux_x86_64"
    with zipfile.ZipFile(built.path) as archive:
        [module] = [name for name in archive.namelist() if name.endswith(".so")]
        assert archive.read(module).startswith(b"\x7fELF")


@pytest.mark.network
def test_extension_that_needs_a_newer_glibc_is_refused(builder: ContainerBuilder, tmp_path: Path) -> None:
    # The image is Debian's, whose glibc is newer than the target's: as if it were the wrong one.
    source = extension(tmp_path, "if (arc4random() == 0) return NULL;")
    with pytest.raises(ForeignBinaryError, match=r"GLIBC_2\.36"):
        builder.build_wheel(source, tmp_path / "wheels", target=X86)


def test_build_has_no_network_no_rights_and_nothing_of_this_machine(builder: ContainerBuilder, tmp_path: Path) -> None:
    files = {"pyproject.toml": PYPROJECT, "probe.py": PROBE}
    sdist = build_sdist(tmp_path / "sdist", "foo", "1.0", metadata_version="2.1", root_files=files)
    metadata = builder.prepare_metadata(Source(path=sdist, shown="foo==1.0")).decode()
    found = json.loads(metadata.partition("\n\n")[2])
    assert found["interfaces"] == ["lo"]
    assert found["rights"] == ["CapEff:\t0000000000000000"]
    assert not [name for name in found["environment"] if name.startswith(("AWS", "CODEARTIFACT", "DOCKER"))]
    assert not [mount for mount in found["mounts"] if str(tmp_path) in mount or "sock" in mount]


def test_image_of_another_machine_is_told(builder: ContainerBuilder, tmp_path: Path) -> None:
    if sys.platform == "linux" and Path("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists():
        pytest.skip("this machine runs the other kind as well")
    with pytest.raises(ContainerEngineError, match="cannot be built in a container"):
        builder.build_wheel(extension(tmp_path), tmp_path / "wheels", target=ARM)


def test_missing_image_is_told(command: ContainerEngine, builder: ContainerBuilder, tmp_path: Path) -> None:
    missing = ContainerBuilder(
        BuildSettings(index_url="http://127.0.0.1:9/"), engine=replace(command, image="localhost/absent:1"), target=X86
    )
    with pytest.raises(ContainerEngineError, match="no image `localhost/absent:1`") as caught:
        missing.prepare_metadata(extension(tmp_path))
    assert "pull it" in caught.value.hint
