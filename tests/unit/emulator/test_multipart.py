import io
from pathlib import Path

import pytest
from urllib3 import encode_multipart_formdata

from ca_vendor.emulator.messages import ServiceError
from ca_vendor.emulator.multipart import read_form


class Trickle(io.BytesIO):
    """A body that comes a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 1, 7))


@pytest.mark.parametrize("stream", [io.BytesIO, Trickle])
def test_fields_and_file_are_read(tmp_path: Path, stream: type[io.BytesIO]) -> None:
    content = bytes(range(256)) * 50 + b"\r\n--boundar\r\n--"
    fields = [("name", "a"), ("classifiers", "x"), ("classifiers", "y"), ("text", "two\r\nlines é")]
    body, content_type = encode_multipart_formdata(
        [*fields, ("content", ("../a-1.tar.gz", content, "application/gzip"))], boundary="boundary"
    )
    form = read_form(stream(body), content_type, tmp_path)
    assert form.fields == {"name": "a", "classifiers": "x", "text": "two\r\nlines é"}
    assert form.file == tmp_path / "a-1.tar.gz"
    assert form.file.read_bytes() == content


def test_last_line_end_may_be_missing(tmp_path: Path) -> None:
    body, content_type = encode_multipart_formdata([("content", ("a", b"x"))])
    assert read_form(io.BytesIO(body.rstrip(b"\r\n")), content_type, tmp_path).file.read_bytes() == b"x"


def test_preamble_is_passed_over(tmp_path: Path) -> None:
    body, content_type = encode_multipart_formdata([("content", ("a", b"x"))])
    assert read_form(io.BytesIO(b"hello\r\n" + body), content_type, tmp_path).file.read_bytes() == b"x"


def test_what_is_no_such_form_is_refused(tmp_path: Path) -> None:
    two_files = [("content", ("a", b"x")), ("content", ("b", b"y"))]
    body, content_type = encode_multipart_formdata(two_files)
    no_file, no_file_type = encode_multipart_formdata({"name": "a"})
    long_field, long_type = encode_multipart_formdata({"name": "a" * (17 * 1024 * 1024)})
    for content, kind in (
        (body, content_type),
        (no_file, no_file_type),
        (body[:-30], content_type),
        (b"", content_type),
        (body, "text/plain"),
        (body, "multipart/form-data"),
        (long_field, long_type),
    ):
        with pytest.raises(ServiceError) as caught:
            read_form(io.BytesIO(content), kind, tmp_path)
        assert (caught.value.status, caught.value.members) == (400, {"reason": "CANNOT_PARSE"})
