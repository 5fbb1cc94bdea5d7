"""HTTP as it comes over the wire, well formed and not."""

import socket
from collections.abc import Iterator

import pytest
import urllib3

from ca_vendor.emulator import RequestLog
from ca_vendor.emulator.delivery import Shaper
from ca_vendor.emulator.messages import Request, Response
from ca_vendor.emulator.server import LoopbackServer


def echo(request: Request) -> Response:
    if request.path == "/defect":
        raise RuntimeError("defect")
    return Response(headers=(("X-Query", request.query.get("a", "")),), body=request.body.read(1000))


@pytest.fixture
def log() -> RequestLog:
    return RequestLog()


@pytest.fixture
def server(log: RequestLog) -> Iterator[LoopbackServer]:
    server = LoopbackServer(echo, port=0, log=log, shaper=Shaper())
    server.start()
    yield server
    server.stop()


def converse(server: LoopbackServer, text: bytes) -> bytes:
    """Send bytes, and return all that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(text)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_requests_share_a_connection(server: LoopbackServer, log: RequestLog) -> None:
    one = b"POST /?a=1&a=2 HTTP/1.1\r\nContent-Length: 3\r\n\r\none"
    two = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
    answer = converse(server, one + two + last)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert b"X-Query: 1\r\n" in answer
    assert b"\r\n\r\none" in answer
    assert b"\r\n\r\ntwo" in answer
    assert b"Connection: close\r\n" in answer
    assert [record.sent for record in log] == [3, 3, 0]


def test_unread_body_does_not_run_into_the_next_request(server: LoopbackServer) -> None:
    long = b"POST / HTTP/1.1\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    answer = converse(server, long + b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 2


def test_old_clients_are_answered_and_left(server: LoopbackServer) -> None:
    assert converse(server, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        (b"nonsense\r\n\r\n", b""),
        (b"GET / HTTP/9.9\r\n\r\n", b""),
        (b"BREW / HTTP/1.1\r\n\r\n", b"HTTP/1.1 501"),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b""),
    ],
)
def test_what_is_no_request_harms_nobody(server: LoopbackServer, text: bytes, begin: bytes) -> None:
    assert converse(server, text).startswith(begin)
    assert urllib3.request("GET", f"http://127.0.0.1:{server.port}/").status == 200


def test_defect_is_the_services_500(server: LoopbackServer) -> None:
    response = urllib3.request("GET", f"http://127.0.0.1:{server.port}/defect", retries=False)
    assert response.status == 500
    assert response.headers["x-amzn-ErrorType"] == "InternalServerException"


def test_log_counts_and_forgets(server: LoopbackServer, log: RequestLog) -> None:
    for _ in range(3):
        urllib3.request("GET", f"http://127.0.0.1:{server.port}/")
    assert len(log) == 3
    assert {record.user_agent.split("/")[0] for record in log} == {"python-urllib3"}
    log.clear()
    assert log.records == ()
