import base64
import csv
import hashlib
import io
import zipfile

import pytest
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from ca_vendor.wheel import build_stub_wheel, read_wheel_metadata

METADATA = b"Metadata-Version: 2.1\nName: foo-bar\nVersion: 1.0\n"


@pytest.mark.parametrize("version", ["1.0", "1!2.0", "1.0+cu121", "1.0.post1.dev2"])
def test_stub_is_a_wheel_of_its_metadata(version: str) -> None:
    body = build_stub_wheel(METADATA, name="foo-bar", version=version)
    filename = f"foo_bar-{version}-py3-none-any.whl"
    assert parse_wheel_filename(filename)[:2] == ("foo-bar", Version(version))
    assert read_wheel_metadata(io.BytesIO(body), filename=filename) == METADATA


def test_record_names_every_entry_with_its_hash() -> None:
    with zipfile.ZipFile(io.BytesIO(build_stub_wheel(METADATA, name="foo-bar", version="1.0"))) as archive:
        assert archive.testzip() is None
        record = csv.reader(io.StringIO(archive.read("foo_bar-1.0.dist-info/RECORD").decode()))
        rows = {path: (digest, size) for path, digest, size in record}
        assert rows.keys() == set(archive.namelist())
        data = archive.read("foo_bar-1.0.dist-info/METADATA")
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        assert rows["foo_bar-1.0.dist-info/METADATA"] == (f"sha256={digest}", str(len(data)))
        assert b"Root-Is-Purelib: true" in archive.read("foo_bar-1.0.dist-info/WHEEL")


def test_same_metadata_makes_the_same_bytes() -> None:
    assert build_stub_wheel(METADATA, name="a", version="1") == build_stub_wheel(METADATA, name="a", version="1")
