import errno
import tarfile
import zipfile
from pathlib import Path

import pytest

from ca_vendor.builder import UnusableSourceError
from ca_vendor.builder.archives import ARCHIVE_SUFFIXES, opened_archive
from ca_vendor.builder.unpacking import SOURCE_DATE_EPOCH, project_directory, unpack_archive
from ca_vendor.files import UnreadableError, UnwritableError
from tests.unit.builder.archives import member, write_archive, write_tar


def unpack(archive: Path) -> Path:
    destination = archive.parent / "unpacked"
    destination.mkdir()
    return unpack_archive(archive, destination, shown="foo==1.0")


@pytest.mark.parametrize("suffix", ARCHIVE_SUFFIXES)
def test_every_format_is_unpacked_to_its_one_directory(tmp_path: Path, suffix: str) -> None:
    files = {"foo-1.0/setup.py": b"setup", "foo-1.0/src/foo.py": b"x" * 100_000}
    root = unpack(write_archive(tmp_path / f"foo-1.0{suffix}", files))
    assert root == tmp_path / "unpacked" / "foo-1.0"
    assert (root / "setup.py").read_bytes() == b"setup"
    assert (root / "src/foo.py").read_bytes() == b"x" * 100_000


def test_archive_without_one_directory_is_its_own_root(tmp_path: Path) -> None:
    root = unpack(write_archive(tmp_path / "foo-1.0.zip", {"setup.py": b"", "foo/__init__.py": b""}))
    assert root == tmp_path / "unpacked"


def test_modes_and_times_are_the_same_whatever_the_archive_says(tmp_path: Path) -> None:
    archive = write_tar(
        tmp_path / "foo-1.0.tar.gz",
        member("foo/secret.py", b"", mode=0o600, mtime=1_700_000_000),
        member("foo/run.sh", b"", mode=0o711, mtime=5),
        member("foo/closed", type=tarfile.DIRTYPE, mode=0o000),
    )
    root = unpack(archive)
    modes = {path.name: path.stat().st_mode & 0o777 for path in root.iterdir()}
    assert modes == {"secret.py": 0o644, "run.sh": 0o755, "closed": 0o755}
    assert {path.stat().st_mtime for path in root.iterdir()} == {SOURCE_DATE_EPOCH}


def test_execute_bits_of_a_zip_are_kept(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "foo-1.0.zip", "w") as archive:
        info = zipfile.ZipInfo("foo/configure")
        info.external_attr = 0o755 << 16
        archive.writestr(info, b"")
        archive.writestr("foo/setup.py", b"")
        archive.mkdir("foo/empty") if hasattr(archive, "mkdir") else archive.writestr("foo/empty/", b"")
    root = unpack(tmp_path / "foo-1.0.zip")
    assert (root / "configure").stat().st_mode & 0o777 == 0o755
    assert (root / "setup.py").stat().st_mode & 0o777 == 0o644
    assert (root / "empty").is_dir()


def test_links_inside_are_made(tmp_path: Path) -> None:
    archive = write_tar(
        tmp_path / "foo-1.0.tar.gz",
        member("foo/link.py", type=tarfile.SYMTYPE, linkname="src/real.py"),
        member("foo/hard.py", type=tarfile.LNKTYPE, linkname="foo/src/real.py"),
        member("foo/gone", type=tarfile.SYMTYPE, linkname="nowhere"),
        member("foo/src/real.py", b"real"),
    )
    root = unpack(archive)
    assert (root / "link.py").is_symlink()
    assert (root / "link.py").read_bytes() == (root / "hard.py").read_bytes() == b"real"
    assert not (root / "hard.py").is_symlink()
    assert not (root / "gone").is_symlink()


OUTSIDE = {
    "path": [member("../evil")],
    "nested path": [member("foo/../../evil")],
    "absolute path": [member("/tmp/evil")],
    "windows path": [member("foo\\..\\..\\evil")],
    "drive": [member("C:evil")],
    "link": [member("foo/link", type=tarfile.SYMTYPE, linkname="../../evil")],
    "absolute link": [member("foo/link", type=tarfile.SYMTYPE, linkname="/etc/passwd")],
    "hard link": [member("foo/link", type=tarfile.LNKTYPE, linkname="../evil")],
    "device": [member("foo/null", type=tarfile.CHRTYPE)],
    "pipe": [member("foo/pipe", type=tarfile.FIFOTYPE)],
}


@pytest.mark.parametrize("members", OUTSIDE.values(), ids=OUTSIDE)
def test_what_leads_out_is_refused(tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    archive = write_tar(tmp_path / "foo-1.0.tar.gz", member("foo/setup.py"), *members)
    with pytest.raises(UnusableSourceError, match=r"`foo==1\.0` cannot be built: its archive is broken"):
        unpack(archive)
    assert not (tmp_path / "evil").exists()


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    archive = write_tar(
        tmp_path / "foo-1.0.tar.gz",
        member("foo/up", type=tarfile.SYMTYPE, linkname="."),
        member("foo/up/file", b"inside"),
    )
    root = unpack(archive)
    assert not (root / "up").is_symlink()
    assert (root / "up" / "file").read_bytes() == b"inside"


def test_chain_of_links_does_not_lead_out(tmp_path: Path) -> None:
    archive = write_tar(
        tmp_path / "foo-1.0.tar.gz",
        member("foo/a/b/file", b""),
        member("foo/deep", type=tarfile.SYMTYPE, linkname="a/b"),
        member("foo/deep/out", type=tarfile.SYMTYPE, linkname="../a"),
        member("foo/a/b/up", type=tarfile.SYMTYPE, linkname="../../.."),
    )
    with pytest.raises(UnusableSourceError, match="leads out"):
        unpack(write_tar(tmp_path / "bar-1.0.tar.gz", member("x", type=tarfile.SYMTYPE, linkname="..")))
    (tmp_path / "unpacked").rmdir()
    root = unpack(archive)
    inside = (tmp_path / "unpacked").resolve()
    assert all(path.resolve().is_relative_to(inside) for path in root.rglob("*"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("foo-1.0.tar.gz", b"not an archive"),
        ("foo-1.0.zip", b"PK\x03\x04 not an archive"),
        ("foo-1.0.tar.xz", b"\xfd7zXZ\x00\x00\x04" + b"\x00" * 20),
        ("foo-1.0.tar.bz2", b""),
        ("foo-1.0.tar.gz", b""),
    ],
)
def test_broken_archive_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnusableSourceError, match="its archive is broken"):
        unpack(path)


def test_truncated_archive_is_broken(tmp_path: Path) -> None:
    for name in ("foo-1.0.tar.xz", "foo-1.0.tar.gz", "foo-1.0.tar.bz2"):
        path = write_archive(tmp_path / name, {"foo/a": bytes(range(256)) * 400})
        path.write_bytes(path.read_bytes()[:-60])
        with pytest.raises(UnusableSourceError, match="its archive is broken"):
            unpack_archive(path, tmp_path / name.replace(".", "-"), shown="foo")


def test_too_many_entries_and_too_many_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write_archive(tmp_path / "foo-1.0.tar.gz", {f"foo/{number}": b"x" * 100 for number in range(20)})
    monkeypatch.setattr("ca_vendor.builder.archives.MAX_ENTRIES", 19)
    with pytest.raises(UnusableSourceError, match="more than 19 entries"):
        unpack(archive)
    monkeypatch.setattr("ca_vendor.builder.archives.MAX_ENTRIES", 20)
    monkeypatch.setattr("ca_vendor.builder.archives.MAX_BYTES", 1999)
    with pytest.raises(UnusableSourceError, match="more than 1999 bytes"):
        unpack_archive(archive, tmp_path / "again", shown="foo")


def test_one_huge_header_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ca_vendor.builder.archives.MAX_BYTES", 1000)
    monkeypatch.setattr("ca_vendor.builder.archives.MAX_ENTRIES", 100)
    info, _ = member("foo/setup.py", pax_headers={"comment": "x" * 1_000_000})
    with pytest.raises(UnusableSourceError, match="more than 1000 bytes"):
        unpack(write_tar(tmp_path / "foo-1.0.tar.gz", (info, b"")))


def test_file_where_a_directory_is_needed_is_told(tmp_path: Path) -> None:
    archive = write_tar(tmp_path / "foo-1.0.tar.gz", member("foo/a", b"file"), member("foo/a/b", b"below"))
    with pytest.raises(UnusableSourceError, match="its archive is broken"):
        unpack(archive)


def test_disk_that_is_full_is_no_fault_of_the_archive(tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "foo-1.0.tar.gz", {"foo/a": b""})
    full = OSError(errno.ENOSPC, "No space left on device", "a")
    with pytest.raises(UnwritableError, match="no space left"), opened_archive(archive, shown="foo"):
        raise full


def test_missing_archive_is_no_broken_one(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"foo-1\.0"):
        unpack(tmp_path / "foo-1.0.tar.gz")


def test_project_is_the_subdirectory(tmp_path: Path) -> None:
    (tmp_path / "libs/common").mkdir(parents=True)
    (tmp_path / "libs/common/pyproject.toml").touch()
    assert project_directory(tmp_path, "libs/common", shown="x") == tmp_path / "libs/common"


@pytest.mark.parametrize(
    ("subdirectory", "problem"),
    [("", "neither"), ("missing", "no directory `missing`"), ("../x", "leads out"), ("/etc", "leads out")],
)
def test_project_that_is_none_is_told(tmp_path: Path, subdirectory: str, problem: str) -> None:
    with pytest.raises(UnusableSourceError, match=problem):
        project_directory(tmp_path, subdirectory, shown="x")
