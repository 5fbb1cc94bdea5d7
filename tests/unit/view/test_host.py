import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import urllib3
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.errors import IndexUnavailableError
from ca_vendor.selection import DistributionFile, ProjectMissingError, ProjectPage
from ca_vendor.view import ServedFile, ServedHostView, serve_host_view
from tests.distributions import build_sdist, build_wheel

NAME = canonicalize_name("build-tool")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Directory:
    """An index of the distributions in a directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ensured = list[str]()
        self.entries = dict[str, Mapping[str, Any]]()

    def add(self, path: Path, **entry: object) -> Path:
        self.entries[path.name] = {"hashes": {"sha256": sha256(path)}} | entry
        return path

    def page(self, name: NormalizedName) -> ProjectPage:
        if name != NAME:
            raise ProjectMissingError(name, "https://index.example/simple/")
        files = tuple(
            DistributionFile(filename=filename, url=f"https://index.example/{filename}", **entry)
            for filename, entry in self.entries.items()
        )
        return ProjectPage.of(name=name, url="https://index.example/simple/", files=files)

    def ensure(self, name: NormalizedName, file: DistributionFile) -> Path:
        assert name == NAME
        self.ensured.append(file.filename)
        return self.path / file.filename


@contextmanager
def serving(
    directory: Directory, allowed: Mapping[NormalizedName, Collection[Version]] | None = None
) -> Iterator[tuple[ServedHostView, urllib3.PoolManager]]:
    view = serve_host_view(pages=directory.page, ensure_file=directory.ensure, allowed=allowed or {})
    with urllib3.PoolManager(retries=False, timeout=10) as client, view as served:
        yield served, client


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    directory = Directory(tmp_path)
    directory.add(build_wheel(tmp_path, "build-tool", "1.0"), requires_python=">=3.9")
    directory.add(build_wheel(tmp_path, "build-tool", "2.0", tag="cp312-cp312-win_amd64"), yanked="broken")
    directory.add(build_sdist(tmp_path, "build-tool", "2.0"))
    return directory


def test_page_lists_every_file_as_it_is(directory: Directory) -> None:
    with serving(directory) as (served, client):
        answer = client.request("GET", urljoin(served.url, "Build.Tool/"))
        page = json.loads(answer.data)
        assert answer.headers["Content-Type"] == "application/vnd.pypi.simple.v1+json"
    wheel, foreign, sdist = page["files"]
    assert wheel == {
        "filename": "build_tool-1.0-py3-none-any.whl",
        "url": "build_tool-1.0-py3-none-any.whl",
        "hashes": {"sha256": sha256(directory.path / "build_tool-1.0-py3-none-any.whl")},
        "core-metadata": True,
        "yanked": False,
        "requires-python": ">=3.9",
    }
    assert (foreign["filename"], foreign["yanked"]) == ("build_tool-2.0-cp312-cp312-win_amd64.whl", "broken")
    assert (sdist["filename"], sdist["core-metadata"]) == ("build_tool-2.0.tar.gz", False)
    assert directory.ensured == []


def test_body_is_the_file_and_is_remembered(directory: Directory) -> None:
    with serving(directory) as (served, client):
        for filename in ("build_tool-2.0.tar.gz", "build_tool-1.0-py3-none-any.whl", "build_tool-2.0.tar.gz"):
            body = client.request("GET", urljoin(served.url, f"build-tool/{filename}")).data
            assert body == (directory.path / filename).read_bytes()
        assert served.files == [
            ServedFile(name=NAME, version=Version(version), filename=name, sha256=sha256(directory.path / name))
            for version, name in (("1.0", "build_tool-1.0-py3-none-any.whl"), ("2.0", "build_tool-2.0.tar.gz"))
        ]


def test_metadata_is_served_and_not_remembered(directory: Directory) -> None:
    with serving(directory) as (served, client):
        url = urljoin(served.url, "build-tool/build_tool-1.0-py3-none-any.whl.metadata")
        assert b"Name: build-tool" in client.request("GET", url).data
        assert served.files == []


def test_file_without_a_hash_on_its_page_is_remembered_with_one(directory: Directory) -> None:
    directory.add(directory.path / "build_tool-2.0.tar.gz", hashes={})
    with serving(directory) as (served, client):
        client.request("GET", urljoin(served.url, "build-tool/build_tool-2.0.tar.gz"))
        assert [file.sha256 for file in served.files] == [sha256(directory.path / "build_tool-2.0.tar.gz")]


def test_only_allowed_versions_are_there(directory: Directory) -> None:
    with serving(directory, {NAME: (Version("2"),)}) as (served, client):
        page = json.loads(client.request("GET", urljoin(served.url, "build-tool/")).data)
        assert [file["filename"] for file in page["files"]] == [
            "build_tool-2.0-cp312-cp312-win_amd64.whl",
            "build_tool-2.0.tar.gz",
        ]
        url = urljoin(served.url, "build-tool/build_tool-1.0-py3-none-any.whl")
        assert client.request("GET", url).status == 404
        assert client.request("GET", f"{url}.metadata").status == 404
    assert directory.ensured == []


@pytest.mark.parametrize("path", ["other/", "build-tool/other-1.0.tar.gz", "build-tool/a/b", "build-tool/..%2Fx"])
def test_what_the_index_does_not_have_is_not_found(directory: Directory, path: str) -> None:
    with serving(directory) as (served, client):
        assert client.request("GET", urljoin(served.url, path)).status == 404
        assert served.failure is None


def test_file_of_another_project_on_the_page_is_left_out(directory: Directory) -> None:
    directory.add(build_wheel(directory.path, "other", "1.0"))
    with serving(directory) as (served, client):
        names = [
            file["filename"] for file in json.loads(client.request("GET", f"{served.url}build-tool/").data)["files"]
        ]
    assert "other-1.0-py3-none-any.whl" not in names


def test_failure_to_read_the_index_stops_the_run(directory: Directory) -> None:
    error = IndexUnavailableError("down")

    def fails(name: NormalizedName, file: DistributionFile) -> Path:
        raise error

    directory.ensure = fails  # type: ignore[method-assign]
    with serving(directory) as (served, client):
        assert client.request("GET", f"{served.url}build-tool/build_tool-2.0.tar.gz").status == 503
        assert served.failed.is_set()
        assert served.failure is error
        assert client.request("GET", f"{served.url}build-tool/").status == 503
        assert served.files == []
