import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from ca_vendor.credential import FixedCredential
from ca_vendor.index import HttpClient, IndexClient, Patience
from ca_vendor.selection import DistributionFile, NamePattern, ProjectMissingError, ProjectPage
from ca_vendor.store import Store
from ca_vendor.store.store import WrongHashError
from ca_vendor.wheel.reading import BrokenWheelError
from ca_vendor.workflows.indexes import IndexName
from ca_vendor.workflows.routing import Claim, IndexRouter
from ca_vendor.workflows.sources import RoutedIndex, StoppedError, StoredIndex, until_set
from tests.distributions import build_wheel
from tests.loopback import Answer, Loopback, Received, Reply, serving_ranges
from tests.unit.properties import PROPERTY

FOO = NormalizedName("foo")


@dataclass
class Served:
    """A wheel on an index, and the index with a store before it."""

    server: Loopback
    stored: StoredIndex
    wheel: Path
    large: Path
    answer: list[Answer]

    def file(self, path: Path | None = None, **fields: object) -> DistributionFile:
        wheel = path or self.wheel
        known = DistributionFile(
            filename=wheel.name,
            url=f"{self.server.url}simple/foo/{wheel.name}",
            hashes={"sha256": hashlib.sha256(wheel.read_bytes()).hexdigest()},
            size=wheel.stat().st_size,
        )
        return replace(known, **fields)  # type: ignore[arg-type]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    wheel = build_wheel(tmp_path, "foo", "1.0", requires=["bar"])
    noise = b"".join(hashlib.sha256(bytes([number % 256, number // 256])).digest() for number in range(20_000))
    large = build_wheel(tmp_path, "foo", "2.0", requires=["baz"], files={"foo/data": noise})

    def by_default(request: Received) -> Reply:
        path = tmp_path / request.path.rsplit("/", 1)[1].removesuffix(".metadata")
        if request.path.endswith(".metadata"):
            return Reply(body=b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n")
        return serving_ranges(path.read_bytes())(request) if path.is_file() else Reply(status=404)

    answer: list[Answer] = [by_default]

    def answer_now(request: Received) -> Reply:
        return answer[0](request)

    with Loopback(answer_now) as server:
        http = HttpClient(patience=Patience(silence=10, total=30, cold_import=0.05, first_pause=0.001))
        client = IndexClient(url=f"{server.url}simple/", credentials=FixedCredential(), http=http)
        yield Served(server, StoredIndex(client, Store(tmp_path / "store")), wheel, large, answer)


def test_metadata_beside_the_file_is_the_cheapest(served: Served) -> None:
    file = served.file(has_metadata=True)
    assert b"Name: foo" in served.stored.metadata(file)
    assert served.stored.metadata(file) == served.stored.metadata(file)
    assert served.server.paths == ["/simple/foo/foo-1.0-py3-none-any.whl.metadata"]


def test_small_wheel_is_kept_whole_where_fetch_will_look(served: Served) -> None:
    file = served.file()
    assert b"Requires-Dist: bar" in served.stored.metadata(file)
    assert served.stored.store.file_path(file.sha256 or "").is_file()
    assert served.stored.ensure_file(file) == file.sha256
    assert len(served.server.requests) == 1


@pytest.mark.parametrize("size", [None, "known"])
def test_large_wheel_is_looked_into_at_its_end(served: Served, size: str | None) -> None:
    file = served.file(served.large) if size else served.file(served.large, size=None)
    assert b"Requires-Dist: baz" in served.stored.metadata(file)
    assert served.server.requests[0]["Range"] == "bytes=-65536"
    assert len(served.server.requests) <= 3
    assert not served.stored.store.file_path(file.sha256 or "").is_file()
    served.server.requests.clear()
    assert b"Requires-Dist: baz" in served.stored.metadata(file)
    assert served.server.requests == []


def test_large_wheel_comes_whole_where_ranges_are_not_honoured(served: Served) -> None:
    served.answer[0] = lambda _: Reply(body=served.large.read_bytes())
    file = served.file(served.large)
    assert b"Requires-Dist: baz" in served.stored.metadata(file)
    assert served.stored.store.file_path(file.sha256 or "").is_file()
    assert len(served.server.requests) == 1


def test_wheel_in_the_store_is_not_asked_for(served: Served) -> None:
    file = served.file()
    served.stored.ensure_file(file)
    served.server.requests.clear()
    assert b"Requires-Dist: bar" in served.stored.metadata(file)
    assert served.server.requests == []


def test_wheel_without_a_hash_is_read_and_told_its_own(served: Served) -> None:
    file = served.file(hashes={})
    assert b"Requires-Dist: bar" in served.stored.metadata(file)
    assert served.stored.ensure_file(file) == served.file().sha256


def test_wheel_of_another_hash_is_refused(served: Served) -> None:
    with pytest.raises(WrongHashError):
        served.stored.metadata(served.file(hashes={"sha256": "0" * 64}))


def test_broken_wheel_is_told(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "foo-3.0-py3-none-any.whl"
    path.write_bytes(b"not a wheel")
    with pytest.raises(BrokenWheelError):
        served.stored.metadata(served.file(path))


def test_page_is_asked_for_once_however_many_want_it(served: Served) -> None:
    page = b'{"meta": {"api-version": "1.0"}, "files": []}'
    reply = Reply(body=page, headers={"Content-Type": "application/json"}, delay=0.1)
    served.answer[0] = lambda _: reply
    threads = [threading.Thread(target=served.stored.page, args=(FOO,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served.stored.page(FOO).files == ()
    assert len(served.server.requests) == 1


def test_missing_page_is_missing_for_everyone(served: Served) -> None:
    served.answer[0] = lambda _: Reply(status=404)
    for _ in range(2):
        with pytest.raises(ProjectMissingError):
            served.stored.page(FOO)
    assert len(served.server.requests) == 1


def test_index_that_was_stopped_keeps_nothing_more(served: Served) -> None:
    served.stored.stop()
    with pytest.raises(StoppedError):
        served.stored.ensure_file(served.file())
    assert not served.stored.store.file_path(served.file().sha256 or "").is_file()


def test_chunks_come_until_the_event_is_set() -> None:
    event = threading.Event()
    chunks = until_set(event, iter([b"a", b"b"]))
    assert next(chunks) == b"a"
    event.set()
    with pytest.raises(StoppedError):
        next(chunks)


@dataclass
class TwoServed:
    """Two indexes on loopback that both have a page for every project, and the routes between them."""

    servers: dict[str, Loopback]
    index: RoutedIndex
    opened: list[str]

    def asked(self) -> dict[str, list[str]]:
        return {name: server.paths for name, server in self.servers.items()}


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoServed]:
    page = b'{"meta": {"api-version": "1.0"}, "files": []}'
    metadata = b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n"

    def answer(request: Received) -> Reply:
        if request.path.endswith(".metadata"):
            return Reply(body=metadata)
        if "missing" in request.path:
            return Reply(status=404)
        return Reply(body=page, headers={"Content-Type": "application/json"})

    with Loopback(answer) as public, Loopback(answer) as private:
        router = IndexRouter(
            default=IndexName(identity=f"{public.url}simple/"),
            claims=(
                Claim(
                    index=IndexName(identity=f"{private.url}simple/", name="private"),
                    packages=(NamePattern("acme-*"),),
                ),
            ),
        )
        opened = list[str]()

        def open_index(identity: str) -> StoredIndex:
            opened.append(identity)
            client = IndexClient(url=identity, credentials=FixedCredential(), http=HttpClient())
            return StoredIndex(client, Store(tmp_path))

        yield TwoServed({"public": public, "private": private}, RoutedIndex(router, open_index), opened)


def test_each_project_is_asked_of_its_own_index_alone(two: TwoServed) -> None:
    for name in ("foo", "acme-core", "acme", "acme-x"):
        two.index.page(NormalizedName(name))
    assert two.asked() == {
        "public": ["/simple/foo/", "/simple/acme/"],
        "private": ["/simple/acme-core/", "/simple/acme-x/"],
    }
    assert len(two.opened) == 2


@PROPERTY
@given(names=st.lists(st.sampled_from(["foo", "acme", "acme-core", "acme-x", "bar"]), min_size=1))
def test_no_two_indexes_are_ever_asked_for_one_name(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    asked = dict[str, set[str]]()
    router = IndexRouter(
        default=IndexName(identity="public"),
        claims=(Claim(index=IndexName(identity="private", name="private"), packages=(NamePattern("acme-*"),)),),
    )
    index = RoutedIndex(router, lambda identity: _Noting(identity, asked))
    for name in names:
        index.page(NormalizedName(name))
    assert asked.keys() == set(names)
    assert all(indexes == {router.index_of(NormalizedName(name)).identity} for name, indexes in asked.items())


class _Noting(StoredIndex):
    """An index that notes which projects it is asked for."""

    def __init__(self, identity: str, asked: dict[str, set[str]]) -> None:
        client = IndexClient(url="https://index.invalid/", credentials=FixedCredential(), http=HttpClient())
        super().__init__(client, Store(Path()))
        self._identity = identity
        self._asked = asked

    def page(self, name: NormalizedName) -> ProjectPage:
        self._asked.setdefault(name, set()).add(self._identity)
        return ProjectPage.of(name=name, url="https://index.invalid/", files=())


def test_metadata_and_files_come_from_the_project_s_index_wherever_they_say_they_are(two: TwoServed) -> None:
    """A page may name any URL; what is sent there is what belongs to the page's index."""
    file = DistributionFile(
        filename="acme_core-1.0-py3-none-any.whl",
        url=f"{two.servers['private'].url}simple/acme-core/acme_core-1.0-py3-none-any.whl",
        hashes={},
        has_metadata=True,
    )
    assert two.index.metadata(NormalizedName("acme-core"), file)
    assert two.index.ensure_file(NormalizedName("acme-core"), file)
    assert two.opened == [f"{two.servers['private'].url}simple/"]
    assert two.index.url_of(two.opened[0]) == two.opened[0]


def test_missing_project_is_told_with_the_claim_on_it(two: TwoServed) -> None:
    with pytest.raises(ProjectMissingError) as caught:
        two.index.page(NormalizedName("acme-missing"))
    assert caught.value.details == ("the index `private` claims it by `acme-*`",)
    with pytest.raises(ProjectMissingError) as caught:
        two.index.page(NormalizedName("missing"))
    assert caught.value.details == ()


def test_indexes_are_opened_when_asked_and_stopped_together(two: TwoServed) -> None:
    two.index.open([NormalizedName("acme-core"), NormalizedName("acme-x")])
    assert two.opened == [f"{two.servers['private'].url}simple/"]
    two.index.stop()
    file = DistributionFile(filename="x-1.0-py3-none-any.whl", url=f"{two.servers['public'].url}x", hashes={})
    for name in ("acme-core", "foo"):
        with pytest.raises(StoppedError):
            two.index.ensure_file(NormalizedName(name), file)
