import os
import threading
from pathlib import Path

import pytest

from ca_vendor.errors import ExitCode
from ca_vendor.files import UnwritableError, replacing, write_atomically


def tree(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_file_is_written_whole_with_its_directories(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    assert write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert tree(path.parent) == ["file.txt"]


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_file_is_readable_by_all_as_other_files_are(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


def test_same_content_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"same")
    before = path.stat()
    assert not write_atomically(path, b"same")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_other_content_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    assert write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_failure_keeps_the_old_content_and_leaves_no_other_file(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write_half() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        write_half()
    assert path.read_bytes() == b"old"
    assert tree(tmp_path) == ["file"]


def test_disk_that_refuses_is_told_with_the_path(tmp_path: Path) -> None:
    with pytest.raises(UnwritableError, match="no space left") as caught, replacing(tmp_path / "file"):
        raise OSError(28, "No space left on device")
    assert caught.value.path == tmp_path / "file"
    assert caught.value.exit_code is ExitCode.FILESYSTEM
    assert tree(tmp_path) == []


def test_error_without_a_reason_is_told_by_its_text(tmp_path: Path) -> None:
    with pytest.raises(UnwritableError, match="odd"), replacing(tmp_path / "file"):
        raise OSError("Odd")


def test_directory_in_the_files_place_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "file" / "inner").mkdir(parents=True)
    with pytest.raises(UnwritableError, match="cannot be written"):
        write_atomically(tmp_path / "file", b"x")
    assert tree(tmp_path) == ["file"]


def test_file_in_the_directorys_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(UnwritableError):
        write_atomically(tmp_path / "file" / "inner", b"x")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_directory_keeps_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(UnwritableError, match="permission denied"):
            write_atomically(path, b"new")
        assert path.read_bytes() == b"old"
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "file").chmod(0)
    with pytest.raises(UnwritableError, match="permission denied"):
        write_atomically(tmp_path / "file", b"new")


def test_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path, contents = tmp_path / "file", [b"a" * 100_000, b"b" * 100_000]
    write_atomically(path, contents[0])
    done = threading.Event()

    def write() -> None:
        for turn in range(30):
            write_atomically(path, contents[turn % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert path.read_bytes() in contents
    writer.join()


def test_long_name_leaves_room_for_the_temporary_one(tmp_path: Path) -> None:
    assert write_atomically(tmp_path / ("x" * 250), b"")
