import hashlib
import zipfile
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from ca_vendor.emulator.archives import (
    NotADistributionError,
    compute_hashes,
    find_distributions,
    parse_filename,
    read_distribution,
)
from tests.distributions import build_sdist, build_wheel


@pytest.mark.parametrize(
    ("filename", "project", "expected"),
    [
        ("A_b-1.0-py3-none-any.whl", None, ("a-b", "1.0")),
        ("a_b-1.0-1abc-py3-none-any.whl", None, ("a-b", "1.0")),
        ("a_b-1.0.tar.gz", None, ("a-b", "1.0")),
        ("a-b-1.0.tar.gz", None, ("a-b", "1.0")),
        ("a-b-1.0.tar.gz", "a-b", ("a-b", "1.0")),
        ("A.B-1.0-beta2.zip", "a-b", ("a-b", "1.0b2")),
        ("a-b-2011.04.tar.bz2", "a-b", ("a-b", "2011.4")),
        ("a_b-1!2+x.1.tar.gz", "a-b", ("a-b", "1!2+x.1")),
    ],
)
def test_file_name_says_project_and_version(filename: str, project: str | None, expected: tuple[str, str]) -> None:
    name = canonicalize_name(project) if project is not None else None
    assert parse_filename(filename, name) == expected


@pytest.mark.parametrize(
    ("filename", "project"),
    [
        ("a-1.0.egg", "a"),
        ("a-1.0.exe", "a"),
        ("a-1.0.tar.gz", "b"),
        ("a-new.tar.gz", "a"),
        ("a.tar.gz", None),
        ("a-1.0-any.whl", None),
        ("a-x-py3-none-any.whl", "a"),
    ],
)
def test_other_file_names_say_none(filename: str, project: str | None) -> None:
    with pytest.raises(NotADistributionError):
        parse_filename(filename, canonicalize_name(project) if project is not None else None)


def test_wheel_and_sdist_are_read(tmp_path: Path) -> None:
    for path in (
        build_wheel(tmp_path, "A.b", "1.0", requires_python=">=3.9"),
        build_sdist(tmp_path, "A.b", "1.0", requires_python=">=3.9"),
    ):
        found = read_distribution(path)
        assert (found.name, found.version) == ("a-b", "1.0")
        assert found.asset.requires_python == ">=3.9"
        assert found.asset.size == path.stat().st_size
        assert found.asset.hashes["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert found.asset.path == path.resolve()


def test_summary_is_read(tmp_path: Path) -> None:
    text = "Metadata-Version: 2.1\nName: a\nVersion: 1\nSummary: Does it\n"
    assert read_distribution(build_wheel(tmp_path, "a", "1", metadata=text)).summary == "Does it"


def test_zip_sdist_and_missing_metadata_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a-1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a-1.0/PKG-INFO", "Name: a\nVersion: 1.0\nRequires-Python: >=3\n")
    assert read_distribution(path).asset.requires_python == ">=3"
    bare = tmp_path / "b-1.0-py3-none-any.whl"
    with zipfile.ZipFile(bare, "w"):
        pass
    assert read_distribution(bare).asset.requires_python is None


@pytest.mark.parametrize("name", ["a-1.0-py3-none-any.whl", "a-1.0.tar.gz"])
def test_broken_archive_is_no_distribution(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK nothing")
    with pytest.raises(NotADistributionError):
        read_distribution(path)


def test_directories_are_searched_at_any_depth(tmp_path: Path) -> None:
    one = build_wheel(tmp_path, "a", "1")
    two = build_sdist(tmp_path / "deep" / "er", "b", "1")
    (tmp_path / "README.txt").touch()
    (tmp_path / "fake-1-py3-none-any.whl").mkdir()
    assert list(find_distributions(tmp_path)) == [one, two]


def test_hashes_are_hexadecimal(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x")
    assert {name: len(digest) for name, digest in compute_hashes(path).items()} == {
        "md5": 32,
        "sha1": 40,
        "sha256": 64,
        "sha512": 128,
    }
