import base64
import csv
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from ca_vendor.builder import WrongWheelError
from ca_vendor.builder.normalizing import normalize_wheel
from ca_vendor.wheel import read_wheel_metadata

FILES = {
    "zoo/__init__.py": b"zoo",
    "foo-1.0.dist-info/RECORD": b"nonsense",
    "foo-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n",
    "foo/__init__.py": b"foo" * 1000,
    "foo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\n",
    "a,b.txt": b"",
}


def write_wheel(path: Path, files: Mapping[str, bytes], *, date: int = 2020, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (date, 2, 3, 4, 5, 6))
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return path


def normalize(wheel: Path) -> Path:
    result = wheel.parent / "normalized" / wheel.name
    normalize_wheel(wheel, result, shown="foo==1.0")
    return result


def test_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    one = write_wheel(tmp_path / "1/foo-1.0-py3-none-any.whl", FILES)
    two = write_wheel(
        tmp_path / "2/foo-1.0-py3-none-any.whl",
        dict(reversed(FILES.items())) | {"foo/__pycache__/x.cpython-311.pyc": b"\0", "foo/": b""},
        date=2026,
        mode=0o600,
    )
    assert one.read_bytes() != two.read_bytes()
    assert normalize(one).read_bytes() == normalize(two).read_bytes()


def test_entries_are_sorted_stored_and_dated_the_same(tmp_path: Path) -> None:
    with zipfile.ZipFile(normalize(write_wheel(tmp_path / "foo-1.0-py3-none-any.whl", FILES))) as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
    assert [entry.filename for entry in entries] == [
        "a,b.txt",
        "foo/__init__.py",
        "zoo/__init__.py",
        "foo-1.0.dist-info/METADATA",
        "foo-1.0.dist-info/WHEEL",
        "foo-1.0.dist-info/RECORD",
    ]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.compress_type, entry.create_system, entry.extra, entry.flag_bits) for entry in entries} == {
        (zipfile.ZIP_STORED, 3, b"", 0)
    }
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}


def test_execute_bits_are_kept(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "foo-1.0-py3-none-any.whl", FILES, mode=0o710)
    with zipfile.ZipFile(normalize(wheel)) as archive:
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100755, 0o100644}
        assert archive.getinfo("foo-1.0.dist-info/RECORD").external_attr >> 16 == 0o100644


def test_record_names_every_file_with_its_hash(tmp_path: Path) -> None:
    with zipfile.ZipFile(normalize(write_wheel(tmp_path / "foo-1.0-py3-none-any.whl", FILES))) as archive:
        rows = list(csv.reader(archive.read("foo-1.0.dist-info/RECORD").decode().splitlines()))
    expected = []
    for name, content in sorted(FILES.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        if not name.endswith("RECORD"):
            expected.append([name, f"sha256={digest}", str(len(content))])
    assert rows == [*expected, ["foo-1.0.dist-info/RECORD", "", ""]]


def test_signatures_of_the_old_record_are_gone(tmp_path: Path) -> None:
    files = FILES | {"foo-1.0.dist-info/RECORD.jws": b"{}", "foo-1.0.dist-info/RECORD.p7s": b""}
    with zipfile.ZipFile(normalize(write_wheel(tmp_path / "foo-1.0-py3-none-any.whl", files))) as archive:
        assert not [name for name in archive.namelist() if "RECORD." in name]


def test_bytecode_goes_unless_it_is_all_there_is(tmp_path: Path) -> None:
    files = FILES | {"foo/a.py": b"", "foo/a.pyc": b"", "foo/only.pyc": b"", "foo/__pycache__/b.pyo": b""}
    with zipfile.ZipFile(normalize(write_wheel(tmp_path / "foo-1.0-py3-none-any.whl", files))) as archive:
        names = set(archive.namelist())
    assert {"foo/a.py", "foo/only.pyc"} <= names
    assert not {"foo/a.pyc", "foo/__pycache__/b.pyo"} & names


def test_result_is_a_wheel_with_the_same_metadata(tmp_path: Path) -> None:
    wheel = normalize(write_wheel(tmp_path / "foo-1.0-py3-none-any.whl", FILES))
    with wheel.open("rb") as file:
        assert read_wheel_metadata(file, filename=wheel.name) == FILES["foo-1.0.dist-info/METADATA"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"../evil": b""}, "leads out"),
        ({"/etc/evil": b""}, "leads out"),
        ({"bar-1.0.dist-info/METADATA": b""}, "has 2 `.dist-info`"),
        ({"foo/./__init__.py": b""}, "is in it twice"),
    ],
)
def test_what_no_wheel_may_hold_is_refused(tmp_path: Path, more: dict[str, bytes], problem: str) -> None:
    wheel = write_wheel(tmp_path / "foo-1.0-py3-none-any.whl", FILES | more)
    with pytest.raises(WrongWheelError, match=problem):
        normalize(wheel)
    assert not (tmp_path / "normalized" / wheel.name).exists()


def test_wheel_without_information_or_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongWheelError, match="has no"):
        normalize(write_wheel(tmp_path / "foo-1.0-py3-none-any.whl", {"foo.py": b""}))
    (tmp_path / "bar-1.0-py3-none-any.whl").write_bytes(b"nonsense")
    with pytest.raises(WrongWheelError, match="is broken"):
        normalize(tmp_path / "bar-1.0-py3-none-any.whl")


def test_too_large_a_wheel_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ca_vendor.builder.normalizing.MAX_BYTES", 3000)
    with pytest.raises(WrongWheelError, match="too large"):
        normalize(write_wheel(tmp_path / "foo-1.0-py3-none-any.whl", FILES))
