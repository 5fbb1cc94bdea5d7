from pathlib import Path

from ca_vendor.wheel import read_wheel, read_wheel_metadata
from tests.distributions import build_wheel


def test_one_look_tells_metadata_and_unzipped_size(tmp_path: Path) -> None:
    path = build_wheel(tmp_path, "foo", "1.0", files={"foo/data": "x" * 100_000})
    with path.open("rb") as file:
        content = read_wheel(file, filename=path.name)
        assert content.metadata == read_wheel_metadata(file, filename=path.name)
    assert b"Name: foo\n" in content.metadata
    assert path.stat().st_size < 100_000 < content.unzipped_bytes < 102_000
