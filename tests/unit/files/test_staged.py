import time
from pathlib import Path

import pytest

from ca_vendor.files import (
    StagedFiles,
    UnreadableError,
    UnwritableError,
    remove_leftovers,
    replacing,
)


def tree(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def test_nothing_appears_before_everything_is_written(tmp_path: Path) -> None:
    with StagedFiles() as staged:
        assert staged.write(tmp_path / "a", b"1")
        assert staged.write(tmp_path / "b" / "c", b"2")
        assert not (tmp_path / "a").exists()
        assert not (tmp_path / "b" / "c").exists()
        staged.commit()
    assert tree(tmp_path) == {"a": b"1", "b/c": b"2"}


def test_what_is_not_committed_vanishes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with StagedFiles() as staged:
        staged.write(tmp_path / "a", b"new")
    assert tree(tmp_path) == {"a": b"old"}


def test_refusal_of_one_file_keeps_all_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "file").write_bytes(b"")

    def write_two() -> None:
        with StagedFiles() as staged:
            staged.write(tmp_path / "a", b"new")
            staged.write(tmp_path / "file" / "b", b"new")

    with pytest.raises(UnwritableError):
        write_two()
    assert tree(tmp_path) == {"a": b"old", "file": b""}


def test_same_content_is_no_change(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"same")
    with StagedFiles() as staged:
        assert not staged.write(tmp_path / "a", b"same")


def test_staged_file_may_get_another_place(tmp_path: Path) -> None:
    with StagedFiles() as staged:
        staged.write(tmp_path / "arrival", b"1")
        staged.move(tmp_path / "arrival", tmp_path / "deep" / "place")
        staged.commit()
    assert tree(tmp_path) == {"deep/place": b"1"}


def test_staged_file_cannot_go_where_a_file_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with StagedFiles() as staged:
        staged.write(tmp_path / "arrival", b"1")
        with pytest.raises(UnwritableError):
            staged.move(tmp_path / "arrival", tmp_path / "file" / "place")
    assert tree(tmp_path) == {"file": b""}


def test_link_shares_the_bytes_of_its_source(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"1")
    with StagedFiles() as staged:
        staged.link(tmp_path / "source", tmp_path / "deep" / "copy")
        staged.commit()
    assert (tmp_path / "deep" / "copy").samefile(tmp_path / "source")
    assert tree(tmp_path) == {"source": b"1", "deep/copy": b"1"}


def test_source_that_is_missing_is_told(tmp_path: Path) -> None:
    with StagedFiles() as staged, pytest.raises(UnreadableError, match="no such file"):
        staged.link(tmp_path / "missing", tmp_path / "copy")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(13, "Permission denied"), "permission denied"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), "it is not UTF-8"),
        (OSError("Odd"), "odd"),
    ],
)
def test_file_that_cannot_be_read_is_told_with_the_reason(error: OSError | UnicodeDecodeError, reason: str) -> None:
    assert UnreadableError(Path("x"), error).message == f"`x` cannot be read: {reason}"


@pytest.mark.parametrize(("seconds", "gone"), [(60, False), (7200, True)])
def test_leftovers_of_killed_runs_go_an_hour_later(tmp_path: Path, seconds: float, gone: bool) -> None:
    for name in (".a.x.tmp", "kept.tmp", ".kept"):
        (tmp_path / name).write_bytes(b"")
    remove_leftovers(tmp_path, now=time.time() + seconds)
    assert (tmp_path / ".a.x.tmp").exists() is not gone
    assert (tmp_path / "kept.tmp").exists()
    assert (tmp_path / ".kept").exists()


def test_leftovers_of_a_directory_that_is_not_there_are_none(tmp_path: Path) -> None:
    remove_leftovers(tmp_path / "missing", now=time.time() + 7200)


def test_leftover_that_cannot_be_removed_stays(tmp_path: Path) -> None:
    (tmp_path / ".a.tmp" / "inner").mkdir(parents=True)
    remove_leftovers(tmp_path, now=time.time() + 7200)
    assert (tmp_path / ".a.tmp").is_dir()


def test_writing_a_file_leaves_what_another_run_is_writing_now(tmp_path: Path) -> None:
    other = tmp_path / ".a.abcdefgh.tmp"
    other.write_bytes(b"half")
    with replacing(tmp_path / "a") as file:
        file.write(b"whole")
    assert tree(tmp_path) == {"a": b"whole", other.name: b"half"}
