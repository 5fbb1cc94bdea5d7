import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from ca_vendor.builder import Source
from ca_vendor.builder.payload import write_payload
from ca_vendor.builder.workspace import open_workspace
from ca_vendor.target import Target, find_target
from tests.distributions import build_sdist

ARM = find_target("python3.12-arm64")


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(path=build_sdist(tmp_path, "foo", "1.0"), shown="foo==1.0", subdirectory="")


def payload(source: Source, path: Path, target: Target) -> tarfile.TarFile:
    with open_workspace(source) as workspace:
        workspace.write_request(wheel=True, paths=("/somewhere",))
        write_payload(path, workspace, target=target, port=8080, environment={"TZ": "UTC"})
    return tarfile.open(path)


def read(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    assert member is not None
    return member.read()


def test_programs_tools_and_source_go_in(source: Source, tmp_path: Path) -> None:
    with payload(source, tmp_path / "payload.tar", ARM) as archive:
        names = set(archive.getnames())
        task, request = json.loads(read(archive, "task.json")), json.loads(read(archive, "request.json"))
        # The package's own modules stay outside: inside there is nothing that they import.
        assert read(archive, "ca_vendor/__init__.py") == read(archive, "ca_vendor/builder/__init__.py") == b""
    assert {"ca_vendor/builder/inside.py", "ca_vendor/builder/frontend.py", "ca_vendor/builder/wire.py"} <= names
    assert {"lib/build/__init__.py", "lib/pip/__main__.py", "lib/packaging/__init__.py"} <= names
    assert {"lib/pyproject_hooks/__init__.py", "source/foo-1.0/pyproject.toml"} <= names
    assert not [name for name in names if name.endswith(".pyc") or name.startswith(("/", ".."))]
    assert task == {
        "port": 8080,
        "python": [3, 12],
        "machine": "aarch64",
        "install": [],
        "environment": {"TZ": "UTC"},
    }
    assert request == {
        "source": "source/foo-1.0",
        "output": "output",
        "answer": "answer.json",
        "wheel": True,
        "paths": ["/somewhere"],
    }


@pytest.mark.parametrize("version", ["3.9.19", "3.5.0"])
def test_old_python_is_left_to_the_images_pip(source: Source, tmp_path: Path, version: str) -> None:
    old = replace(ARM, python_full_version=version)
    with payload(source, tmp_path / "payload.tar", old) as archive:
        assert json.loads(read(archive, "task.json"))["install"] == ["build"]
        assert not [name for name in archive.getnames() if name.startswith("lib/")]


def test_tool_that_is_not_installed_here_is_left_to_the_images_pip(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ca_vendor.builder.payload._TOOLS", ("build", "no-such-tool"))
    with payload(source, tmp_path / "payload.tar", ARM) as archive:
        assert json.loads(read(archive, "task.json"))["install"] == ["build"]
