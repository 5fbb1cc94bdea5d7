"""The same wheel from the same source, whoever builds it, where and when: real backends, from this machine's index."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ca_vendor.view import ServedHostView
from tests.integration.builder.backends import BACKENDS, project_files
from tests.integration.builder.conftest import ROOT
from tests.integration.builder.live import serve_configured_index
from tests.other_user import OTHER, as_another_user, can_be_another_user

pytestmark = [pytest.mark.network, pytest.mark.slow]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHostView]:
    """The host's view of the index that pip on this machine uses."""
    with serve_configured_index(tmp_path_factory.mktemp("store")) as served:
        yield served


def write_source(directory: Path, backend: str) -> Path:
    source = directory / "source"
    for name, text in project_files(backend).items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return source


def build(source: Path, directory: Path, index: ServedHostView, **machine: Any) -> Path:
    """Build in a process of its own, on a machine that differs."""
    directory.mkdir(mode=0o777)
    directory.chmod(0o777)
    task = {
        "source": str(source),
        "wheels": str(directory / "wheels"),
        "target": "python3.12-arm64",
        "index": index.url,
    }
    argv = [sys.executable, "-m", "tests.integration.builder.once", json.dumps(task)]
    (directory / "tmp").mkdir()
    (directory / "tmp").chmod(0o777)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(directory),
        "TMPDIR": str(directory / "tmp"),
        "TZ": machine["zone"],
        "LANG": machine["language"],
    }
    done = subprocess.run(
        as_another_user(argv) if machine["other"] else argv,
        env=environment,
        cwd=directory,
        umask=machine["umask"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert index.failure is None
    return Path(json.loads(done.stdout)["path"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_wheels_are_the_same_byte_for_byte(backend: str, index: ServedHostView, world: Path) -> None:
    source = write_source(world, backend)
    one = build(source, world / "a", index, zone="America/St_Johns", umask=0o077, language="C", other=False)
    for path in source.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        if path.is_file():
            path.chmod(0o664)
    longer = world / "a-longer-name-of-a-directory"
    other = can_be_another_user()
    two = build(source, longer, index, zone="Asia/Kathmandu", umask=0o002, language="de_DE.UTF-8", other=other)
    assert one.read_bytes() == two.read_bytes()
    assert one != two
    used = {file.name: file.sha256 for file in index.files}
    assert any(name.startswith(backend.partition(",")[0]) and len(sha256) == 64 for name, sha256 in used.items())
    if other:
        assert (one.stat().st_uid, two.stat().st_uid) == (os.getuid(), OTHER)
    with zipfile.ZipFile(two) as archive:
        names = archive.namelist()
        assert {"foo/__init__.py", "foo/data.txt", "foo/sub/__init__.py", "foo-1.0.dist-info/METADATA"} <= set(names)
        assert b"Requires-Dist: bar" in archive.read("foo-1.0.dist-info/METADATA")
