import array
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ca_vendor.builder.relay import relaying
from tests.loopback import Loopback, Reply


@contextmanager
def relayed(server: Loopback) -> Iterator[int]:
    """Yield a port that leads to a server through a socket that was handed over."""
    port = int(server.url.rstrip("/").rpartition(":")[2])
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listener, relaying(ours, port=port):
        descriptors = array.array("i", [listener.fileno()])
        theirs.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
        yield listener.getsockname()[1]


def get(port: int, *, half_closed: bool = False) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET /page HTTP/1.1\r\nConnection: close\r\n\r\n")
        if half_closed:
            client.shutdown(socket.SHUT_WR)
        answer = b""
        while data := client.recv(1 << 16):
            answer += data
        return answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("half_closed", [False, True])
def test_bytes_are_carried_both_ways(half_closed: bool) -> None:
    with Loopback(lambda _: Reply(body=b"x" * 500_000)) as server, relayed(server) as port:
        assert get(port, half_closed=half_closed) == b"x" * 500_000
        assert get(port) == b"x" * 500_000
        assert server.paths == ["/page", "/page"]


def test_client_that_goes_away_harms_no_other() -> None:
    with Loopback(lambda _: Reply(body=b"page")) as server, relayed(server) as port:
        socket.create_connection(("127.0.0.1", port)).close()
        assert get(port) == b"page"


def test_other_end_that_never_hands_over_a_socket_is_waited_for_no_longer_than_the_block() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, relaying(ours, port=9):
        pass
    ours, theirs = socket.socketpair()
    with ours, relaying(ours, port=9):
        theirs.sendall(b".")
        theirs.close()


def test_server_that_is_not_there_closes_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listener, relaying(ours, port=port):
        theirs.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listener.fileno()]))])
        with socket.create_connection(listener.getsockname(), timeout=10) as client:
            assert client.recv(1) == b""
