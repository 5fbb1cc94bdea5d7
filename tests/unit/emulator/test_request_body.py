import io

import pytest

from ca_vendor.emulator.request_body import RequestBody


def read_all(body: RequestBody, size: int) -> bytes:
    return b"".join(iter(lambda: body.read(size), b""))


@pytest.mark.parametrize("size", [1, 3, 100])
def test_body_of_declared_length_stops_before_the_next_request(size: int) -> None:
    stream = io.BytesIO(b"12345GET /")
    assert read_all(RequestBody(stream, 5), size) == b"12345"
    assert stream.read() == b"GET /"


@pytest.mark.parametrize("size", [1, 3, 100])
def test_chunked_body_stops_before_the_next_request(size: int) -> None:
    stream = io.BytesIO(b"3\r\nabc\r\nA;ext=1\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET /")
    assert read_all(RequestBody(stream, None), size) == b"abc0123456789"
    assert stream.read() == b"GET /"


def test_missing_body_is_empty() -> None:
    assert RequestBody(io.BytesIO(b"GET /"), 0).read(10) == b""


def test_rest_is_drained() -> None:
    stream = io.BytesIO(b"12345GET /")
    body = RequestBody(stream, 5)
    body.read(2)
    body.drain()
    assert stream.read() == b"GET /"


def test_body_that_ends_early_ends() -> None:
    assert read_all(RequestBody(io.BytesIO(b"12"), 5), 10) == b"12"
