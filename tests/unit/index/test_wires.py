import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError

from ca_vendor.index.wires import Wires

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"


@contextmanager
def server(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """Answer one connection on loopback, and wait until that has ended."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                speak(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(10)
        assert not thread.is_alive()


def get(wires: Wires, url: str, *, seconds: float) -> urllib3.BaseHTTPResponse:
    with urllib3.PoolManager() as manager:
        pool = wires.equip(manager)
        timeout = urllib3.Timeout(connect=5, read=seconds)
        return pool.request("GET", url, preload_content=False, retries=False, timeout=timeout)


def test_answer_comes_through() -> None:
    with server(lambda connection: connection.sendall(HEAD + b"body")) as url:
        response = get(Wires(), url, seconds=5)
        assert (response.status, response.read()) == (200, b"body")


def drip(connection: socket.socket) -> None:
    """Send the head a byte at a time, each well within the time-out."""
    for byte in HEAD * 9:
        try:
            connection.sendall(bytes([byte]))
        except OSError:
            return
        time.sleep(0.05)


def test_head_that_comes_drop_by_drop_is_not_waited_for() -> None:
    started = time.monotonic()
    with server(drip) as url, pytest.raises(ReadTimeoutError):
        get(Wires(), url, seconds=0.3)
    assert time.monotonic() - started < 3


def wait_for_end(connection: socket.socket) -> None:
    connection.settimeout(10)
    assert connection.recv(1) == b""


def test_silent_connection_is_cut_from_another_thread() -> None:
    wires, started = Wires(), time.monotonic()
    threading.Timer(0.2, wires.cut_all).start()
    with server(wait_for_end) as url, pytest.raises(HTTPError):
        get(wires, url, seconds=9)
    assert time.monotonic() - started < 5


def test_body_is_cut_from_another_thread() -> None:
    wires = Wires()

    def speak(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"bo")
        wait_for_end(connection)

    with server(speak) as url:
        response = get(wires, url, seconds=9)
        threading.Timer(0.2, wires.cut_all).start()
        with pytest.raises(HTTPError):
            response.read()


def test_what_begins_after_the_cut_ends_at_once() -> None:
    wires = Wires()
    wires.cut_all()
    with server(lambda _: None) as url, pytest.raises(HTTPError):
        get(wires, url, seconds=9)
