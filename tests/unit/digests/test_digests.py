import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ca_vendor.digests import KnownDigests, sha256_of
from ca_vendor.files import UnreadableError

DATA = b"some wheel"
DIGEST = hashlib.sha256(DATA).hexdigest()


class Kept:
    """Digests kept in a directory, as one run after the other sees them; the clock is always an hour ahead."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "digests.json"
        self.now: Callable[[], int] = lambda: time.time_ns() + 3_600_000_000_000

    def run(self) -> KnownDigests:
        return KnownDigests(self.path, now=self.now)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


@pytest.fixture
def wheel(tmp_path: Path, kept: Kept) -> Path:
    """A wheel whose digest an earlier run has kept."""
    path = tmp_path / "foo.whl"
    path.write_bytes(DATA)
    run = kept.run()
    assert run.sha256_of(path) == DIGEST
    run.write()
    return path


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read since."""
    read = list[Path]()

    def reading(path: Path) -> str | None:
        read.append(path)
        return sha256_of(path)

    monkeypatch.setattr("ca_vendor.digests.sha256_of", reading)
    return read


def test_digest_is_of_the_bytes_and_none_where_there_are_none(tmp_path: Path) -> None:
    data = os.urandom(3 << 20)
    (tmp_path / "file").write_bytes(data)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(data).hexdigest()
    assert sha256_of(tmp_path / "missing") is None
    assert sha256_of(tmp_path) is None


def test_file_that_has_not_changed_is_not_read_again(kept: Kept, wheel: Path, counted: list[Path]) -> None:
    assert kept.run().sha256_of(wheel) == DIGEST
    assert kept.run().sha256_of_all([wheel, wheel]) == [DIGEST, DIGEST]
    assert counted == []


def change_in_place(path: Path) -> None:
    """Other bytes of the same length, with the old time of modification."""
    before = path.stat()
    path.write_bytes(DATA[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(DATA[::-1])
    other.replace(path)


@pytest.mark.parametrize("change", [change_in_place, replace])
def test_changed_file_is_read_again(kept: Kept, wheel: Path, change: Callable[[Path], None]) -> None:
    change(wheel)
    assert kept.run().sha256_of(wheel) == hashlib.sha256(DATA[::-1]).hexdigest()


def test_file_that_is_gone_has_no_digest(kept: Kept, wheel: Path) -> None:
    wheel.unlink()
    assert kept.run().sha256_of(wheel) is None


def test_link_is_known_by_what_it_links_to(kept: Kept, wheel: Path, counted: list[Path]) -> None:
    run = kept.run()
    link = wheel.with_name("link")
    os.link(wheel, link)
    run.linked(link)
    run.write()
    assert kept.run().sha256_of_all([link, wheel]) == [DIGEST, DIGEST]
    assert counted == []


def test_link_to_a_file_that_was_changed_meanwhile_is_read(kept: Kept, wheel: Path) -> None:
    run = kept.run()
    wheel.write_bytes(DATA * 2)
    os.link(wheel, wheel.with_name("link"))
    run.linked(wheel.with_name("link"))
    assert run.sha256_of(wheel) == hashlib.sha256(DATA * 2).hexdigest()


def test_what_was_just_written_is_taken_from_its_writer(kept: Kept, tmp_path: Path, counted: list[Path]) -> None:
    (tmp_path / "new").write_bytes(DATA)
    run = kept.run()
    run.note(tmp_path / "new", DIGEST)
    run.note(tmp_path / "gone", DIGEST)
    run.linked(tmp_path / "gone")
    run.write()
    assert kept.run().sha256_of(tmp_path / "new") == DIGEST
    assert counted == []


def test_file_that_changed_this_very_moment_is_read_until_a_change_would_show(tmp_path: Path, kept: Kept) -> None:
    """A second change in the same tick of the clock would leave no trace in its times."""
    path = tmp_path / "new"
    path.write_bytes(DATA)
    kept.now = lambda: path.stat().st_ctime_ns + 1
    run = kept.run()
    assert run.sha256_of(path) == DIGEST
    run.write()
    assert not kept.path.exists()


def test_runs_keep_each_others_digests(kept: Kept, wheel: Path, tmp_path: Path, counted: list[Path]) -> None:
    first, second = kept.run(), kept.run()
    paths = [tmp_path / "one", tmp_path / "two"]
    for path, run in zip(paths, (first, second), strict=True):
        path.write_bytes(DATA)
        assert run.sha256_of(path) == DIGEST
    first.write()
    second.write()
    counted.clear()
    assert kept.run().sha256_of_all([*paths, wheel]) == [DIGEST] * 3
    assert counted == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"1:2": [1, 2]}', '{"1:2": "x"}', '{"1:2": [1, 2, "a", 3, 4, 5]}'])
def test_digests_that_cannot_be_read_are_computed_anew(kept: Kept, wheel: Path, text: str) -> None:
    kept.path.write_text(text)
    assert kept.run().sha256_of(wheel) == DIGEST


def test_digests_that_cannot_be_kept_are_not(tmp_path: Path, wheel: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    run = KnownDigests(tmp_path / "file" / "digests.json", now=lambda: time.time_ns() + 3_600_000_000_000)
    assert run.sha256_of(wheel) == DIGEST
    run.write()


def test_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(UnreadableError):
        KnownDigests(tmp_path / "digests.json").sha256_of(loop)
