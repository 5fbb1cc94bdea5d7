import io
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_vendor.errors import ExitCode
from ca_vendor.wheel import read_wheel_metadata, reading
from ca_vendor.wheel.reading import MAX_METADATA_BYTES, BrokenWheelError
from tests.distributions import build_wheel, render_metadata
from tests.unit.properties import PROPERTY

FILENAME = "foo-1.0-py3-none-any.whl"


def archive(*entries: tuple[str, bytes]) -> io.BytesIO:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in entries:
            opened.writestr(name, data)
    return body


def test_metadata_is_read(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "foo", "1.0", requires=["bar"])
    with wheel.open("rb") as file:
        assert read_wheel_metadata(file, filename=wheel.name) == render_metadata("foo", "1.0", ["bar"]).encode()


@pytest.mark.parametrize(
    ("filename", "directory"),
    [
        ("foo_bar-1.0-py3-none-any.whl", "foo_bar-1.0"),
        ("foo_bar-1.0-py3-none-any.whl", "Foo.Bar-1.0"),
        ("foo_bar-1.0-py3-none-any.whl", "foo_bar-1.0.0"),
        ("foo_bar-1.0-py3-none-any.whl", "foo_bar-1!1.0+local"),
        ("Foo.Bar-1.0-py3-none-any.whl", "foo_bar"),
    ],
)
def test_directory_may_spell_the_name_and_the_version_otherwise(filename: str, directory: str) -> None:
    body = archive((f"{directory}.dist-info/METADATA", b"Name: x\n"), ("foo/METADATA", b"no"))
    assert read_wheel_metadata(body, filename=filename) == b"Name: x\n"


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([], "it has no `.dist-info/METADATA`"),
        ([("METADATA", b"")], "it has no"),
        ([("bar-1.0.dist-info/METADATA", b"")], "it has no"),
        ([("src/foo-1.0.dist-info/METADATA", b"")], "it has no"),
        ([("foo-1.0.data/METADATA", b"")], "it has no"),
        ([("foo-1.0.dist-info/metadata", b"")], "it has no"),
        ([("foo-1.0.dist-info/METADATA", b""), ("Foo-1.1.dist-info/METADATA", b"")], "it has 2"),
        (
            [("foo-1.0.dist-info/METADATA", b" " * (MAX_METADATA_BYTES + 1))],
            f"its METADATA has {MAX_METADATA_BYTES + 1} bytes",
        ),
    ],
)
def test_wheel_without_one_metadata_is_broken(entries: list[tuple[str, bytes]], problem: str) -> None:
    with pytest.raises(BrokenWheelError) as caught:
        read_wheel_metadata(archive(*entries), filename=FILENAME)
    assert problem in caught.value.message
    assert caught.value.exit_code is ExitCode.INTEGRITY


def test_metadata_that_inflates_beyond_what_the_directory_says_is_broken() -> None:
    body = bytearray(archive(("foo-1.0.dist-info/METADATA", b"a" * (MAX_METADATA_BYTES + 1))).getvalue())
    size = struct.pack("<I", MAX_METADATA_BYTES + 1)
    assert body.count(size) == 2
    with pytest.raises(BrokenWheelError):
        read_wheel_metadata(io.BytesIO(body.replace(size, struct.pack("<I", 10))), filename=FILENAME)


def test_encrypted_metadata_is_broken() -> None:
    body = bytearray(archive(("foo-1.0.dist-info/METADATA", b"Name: foo\n")).getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(signature) + offset] |= 1
    with pytest.raises(BrokenWheelError, match="its archive is broken"):
        read_wheel_metadata(io.BytesIO(body), filename=FILENAME)


@pytest.mark.parametrize("method", [12, 14, 93, 99], ids=["bzip2", "lzma", "zstandard", "unknown"])
def test_compression_that_inflates_without_bound_is_refused(method: int) -> None:
    body = bytearray(archive(("foo-1.0.dist-info/METADATA", b"Name: foo\n")).getvalue())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        body[body.index(signature) + offset] = method
    with pytest.raises(BrokenWheelError, match="neither stored nor deflated"):
        read_wheel_metadata(io.BytesIO(body), filename=FILENAME)


def test_directory_of_too_many_entries_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ENTRIES", 100)
    entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    count = 101
    zip64 = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(entry) * count, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(entry) * count, 1)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    with pytest.raises(BrokenWheelError, match=f"it has {count} entries"):
        read_wheel_metadata(io.BytesIO(entry * count + zip64 + locator + end), filename=FILENAME)


@pytest.mark.parametrize("data", [b"", b"<html>", b"PK\x05\x06" + b"\0" * 10, b"PK\x03\x04garbage"])
def test_what_is_no_archive_is_broken(data: bytes) -> None:
    with pytest.raises(BrokenWheelError, match="its archive is broken"):
        read_wheel_metadata(io.BytesIO(data), filename=FILENAME)


def test_name_that_is_no_wheels_is_refused() -> None:
    with pytest.raises(BrokenWheelError, match="its name is not a wheel's"):
        read_wheel_metadata(archive(), filename="foo.zip")


@PROPERTY
@given(st.data())
def test_damaged_wheel_is_read_or_broken_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    wheel = build_wheel(tmp_path_factory.getbasetemp(), "foo", "1.0", requires=["bar"])
    body = bytearray(wheel.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    del body[data.draw(st.integers(0, len(body)) | st.just(len(body))) :]
    with suppress(BrokenWheelError):
        read_wheel_metadata(io.BytesIO(body), filename=wheel.name)


@PROPERTY
@given(st.binary(max_size=120))
def test_any_bytes_are_broken_and_nothing_else(data: bytes) -> None:
    with pytest.raises(BrokenWheelError):
        read_wheel_metadata(io.BytesIO(data), filename=FILENAME)
