import io
import socket
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import urllib3
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from ca_vendor.errors import IndexUnavailableError
from ca_vendor.view import ServedView, serve_view
from ca_vendor.wheel import read_wheel_metadata
from tests.unit.view.index import MemoryIndex


@dataclass
class Client:
    """A view that is being served, and requests to it."""

    index: MemoryIndex
    served: ServedView
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=10))

    def get(self, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        return self.pool.request("GET", urljoin(self.served.url, path), **options)

    def page(self, project: str) -> dict[str, Any]:
        response = self.get(f"{project}/")
        assert (response.status, response.headers["Content-Type"]) == (200, "application/vnd.pypi.simple.v1+json")
        page: dict[str, Any] = response.json()
        return page

    def files(self, project: str) -> list[dict[str, Any]]:
        files: list[dict[str, Any]] = self.page(project)["files"]
        return files


@pytest.fixture
def client() -> Iterator[Client]:
    index = MemoryIndex()
    with index.view() as view, serve_view(view) as served:
        client = Client(index, served)
        yield client
        client.pool.clear()


def test_page_lists_one_wheel_for_every_machine_a_version(client: Client) -> None:
    client.index.add("Foo.Bar", "1.0", tag="cp312-cp312-manylinux_2_17_aarch64")
    client.index.add("Foo.Bar", "1.0")
    client.index.add("Foo.Bar", "2.0", tag="cp312-cp312-win_amd64")
    client.index.add("Foo.Bar", "3.0", requires_python=">=3.8")
    page = client.page("foo-bar")
    assert (page["name"], page["meta"]["api-version"]) == ("foo-bar", "1.0")
    assert [file["filename"] for file in page["files"]] == [
        "foo_bar-1.0-py3-none-any.whl",
        "foo_bar-3.0-py3-none-any.whl",
    ]
    # A hash of the real file would be held against the stub; a Requires-Python against the host.
    assert all(file["hashes"] == {} and file["core-metadata"] is True for file in page["files"])
    assert all("requires-python" not in file for file in page["files"])


@pytest.mark.parametrize("version", ["1.0", "1!2.0", "1.0+cu121", "2.0rc1", "1.0.post1.dev2"])
def test_entry_leads_to_metadata_and_a_wheel_of_that_version(client: Client, version: str) -> None:
    client.index.add("foo-bar", version, ["a ; platform_machine == 'aarch64'", "b ; os_name == 'nt'"])
    [entry] = client.files("foo-bar")
    assert parse_wheel_filename(entry["filename"])[:2] == ("foo-bar", Version(version))
    url = urljoin(f"{client.served.url}foo-bar/", entry["url"])
    metadata = client.get(f"{url}.metadata")
    assert metadata.status == 200
    assert metadata.data.decode().splitlines() == [
        "Metadata-Version: 2.2",
        "Name: foo-bar",
        f"Version: {version}",
        "Requires-Dist: a",
    ]
    body = client.get(url).data
    assert read_wheel_metadata(io.BytesIO(body), filename=entry["filename"]) == metadata.data
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None


@pytest.mark.parametrize(("yanked", "shown"), [(None, False), ("", True), ("broken", "broken")])
def test_yanked_version_stays_yanked(client: Client, yanked: str | None, shown: bool | str) -> None:
    client.index.add("foo", yanked=yanked)
    assert client.files("foo")[0]["yanked"] == shown


def test_names_are_normalised(client: Client) -> None:
    client.index.add("foo-bar")
    assert client.page("Foo_Bar")["name"] == "foo-bar"
    assert client.page("foo%2Ebar")["name"] == "foo-bar"


@pytest.mark.parametrize(
    "path",
    [
        "missing/",
        "",
        "foo",
        "foo/1.0/foo-1.0-py3-none-any.whl/more",
        "foo/9.9/foo-9.9-py3-none-any.whl.metadata",
        "foo/9.9/foo-9.9-py3-none-any.whl",
        "foo/nonsense/foo-nonsense-py3-none-any.whl.metadata",
    ],
)
def test_what_the_view_does_not_have_is_not_found(client: Client, path: str) -> None:
    client.index.add("foo")
    assert client.get(path).status == 404
    assert client.served.failure is None


def other_secret(path: str) -> str:
    return f"/{'x' * 32}/simple/foo/"


@pytest.mark.parametrize(
    "other",
    [
        lambda _: "/",
        lambda _: "/simple/foo/",
        other_secret,
        lambda path: path.upper(),
        lambda path: f"{path[:-8]}other/foo/",
    ],
)
def test_path_without_the_secret_is_not_found(client: Client, other: Callable[[str], str]) -> None:
    client.index.add("foo")
    parts = urlsplit(client.served.url)
    assert client.get(f"{parts.scheme}://{parts.netloc}{other(parts.path)}").status == 404
    assert client.index.asked == []


def test_each_view_has_a_secret_of_its_own_on_loopback() -> None:
    with MemoryIndex().view() as view, serve_view(view) as one, serve_view(view) as two:
        first, second = urlsplit(one.url), urlsplit(two.url)
        assert first.hostname == second.hostname == "127.0.0.1"
        assert first.path != second.path
        assert len(first.path) > 30


@pytest.mark.parametrize("what", ["foo", "foo-1.0-py3-none-any.whl"])
def test_failure_to_read_the_index_stops_the_run_and_is_no_missing_version(client: Client, what: str) -> None:
    client.index.add("foo")
    client.index.errors[what] = error = IndexUnavailableError("down")
    client.get("foo/")
    assert client.get("foo/1.0/foo-1.0-py3-none-any.whl.metadata").status == 503
    assert client.served.failed.is_set()
    assert client.served.failure is error
    assert client.get("other/").status == 503


def test_first_failure_is_the_reason() -> None:
    served, first = ServedView(), ValueError("first")
    served.fail(first)
    served.fail(ValueError("second"))
    assert served.failure is first


def test_answers_are_never_cached(client: Client) -> None:
    client.index.add("foo")
    assert client.get("foo/").headers["Cache-Control"] == "no-store"


def test_connection_is_kept_alive(client: Client) -> None:
    client.index.add("foo")
    client.page("foo")
    client.page("foo")
    [host] = client.pool.pools.keys()
    assert client.pool.pools[host].num_connections == 1


def test_server_writes_nothing_to_standard_error(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    client.get("missing/")
    assert capfd.readouterr() == ("", "")


def test_resolver_that_goes_away_leaves_no_traceback(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    parts = urlsplit(client.served.url)
    with socket.create_connection((parts.hostname, parts.port)) as gone:
        gone.sendall(b"GET /")
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
    assert client.get("nothing/").status == 404

    assert capfd.readouterr().err == ""
