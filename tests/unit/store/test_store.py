import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ca_vendor.errors import ExitCode
from ca_vendor.files import UnwritableError
from ca_vendor.store import Store, default_store_directory
from ca_vendor.store.store import WrongHashError

DATA = b"wheel" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def files(store: Store) -> list[str]:
    return sorted(path.relative_to(store.directory).as_posix() for path in store.directory.rglob("*") if path.is_file())


def chunks(data: bytes = DATA) -> Iterator[bytes]:
    yield from (data[start : start + 700] for start in range(0, len(data), 700))


def add(store: Store, sha256: str | None = SHA256, source: Iterator[bytes] | None = None) -> str:
    return store.add_file(source or chunks(), filename="foo.whl", sha256=sha256, index="https://index.example/simple/")


@pytest.mark.parametrize("sha256", [SHA256, None], ids=["hash-known", "hash-unknown"])
def test_file_is_kept_under_its_hash(store: Store, sha256: str | None) -> None:
    assert not store.file_path(SHA256).is_file()
    assert add(store, sha256) == SHA256
    assert store.file_path(SHA256).is_file()
    assert store.file_path(SHA256).read_bytes() == DATA
    assert files(store) == [f"files/{SHA256[:2]}/{SHA256}"]


def test_wrong_bytes_leave_nothing(store: Store) -> None:
    with pytest.raises(WrongHashError, match=r"`foo\.whl` is not the file that was locked") as caught:
        add(store, "0" * 64)
    assert files(store) == []
    assert (caught.value.expected, caught.value.got) == ("0" * 64, SHA256)
    assert "from https://index.example/simple/" in caught.value.details
    assert caught.value.exit_code is ExitCode.INTEGRITY


@pytest.mark.parametrize("sha256", [SHA256, None])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_stream_that_breaks_leaves_nothing(store: Store, sha256: str | None, error: type[BaseException]) -> None:
    def broken() -> Iterator[bytes]:
        yield DATA[:10]
        raise error

    with pytest.raises(error):
        add(store, sha256, broken())
    assert files(store) == []


def test_wrong_bytes_do_not_replace_right_ones(store: Store) -> None:
    add(store)
    with pytest.raises(WrongHashError):
        add(store, SHA256, iter([b"evil"]))
    assert store.file_path(SHA256).read_bytes() == DATA


def test_any_number_may_add_the_same_file_at_once(store: Store) -> None:
    barrier = threading.Barrier(8)
    results = []

    def work(turn: int) -> None:
        barrier.wait()
        results.append(add(store, SHA256 if turn % 2 else None))

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [SHA256] * 8
    assert files(store) == [f"files/{SHA256[:2]}/{SHA256}"]


def test_metadata_is_kept_by_the_files_hash(store: Store) -> None:
    assert store.read_metadata(SHA256) is None
    store.write_metadata(SHA256, b"Name: foo\n")
    assert store.read_metadata(SHA256) == b"Name: foo\n"
    assert not store.file_path(SHA256).is_file()


def test_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(UnwritableError):
        add(Store(tmp_path / "store"))


def test_directory_is_configured_or_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path))
    assert default_store_directory() == tmp_path
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", "relative")
    assert default_store_directory() == Path.cwd() / "relative"
    monkeypatch.delenv("CA_VENDOR_CACHE_DIR")
    assert default_store_directory().name == "ca-vendor"
