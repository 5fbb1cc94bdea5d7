"""Connections that come in inside of a sandbox, answered by the view outside of it."""

import array
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_BLOCK_BYTES = 1 << 16
_POLL_SECONDS = 0.2


@contextmanager
def relaying(control: socket.socket, *, port: int) -> Iterator[None]:
    """Relay what connects to the socket that a sandbox hands out, while the block runs.

    Args:
        control: a connected socket; the sandbox sends the descriptor of a socket that listens inside.
        port: of loopback here, where connections are relayed to.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_relay, args=(control, port, ended), name="sandbox-relay", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        with suppress(OSError):
            control.shutdown(socket.SHUT_RDWR)
        thread.join()


def _relay(control: socket.socket, port: int, ended: threading.Event) -> None:
    listener = _receive_listener(control)
    if listener is None:
        return
    with listener:
        listener.settimeout(_POLL_SECONDS)
        while not ended.is_set():
            with suppress(TimeoutError):
                inside, _ = listener.accept()
                threading.Thread(target=_join, args=(inside, port, ended), name="sandbox-relay", daemon=True).start()


def _receive_listener(control: socket.socket) -> socket.socket | None:
    """Return the socket that was sent; ``None`` where the other end has gone without."""
    room = socket.CMSG_SPACE(array.array("i").itemsize)
    try:
        _, messages, _, _ = control.recvmsg(1, room)
    except OSError:
        return None
    for level, kind, data in messages:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            [descriptor] = array.array("i", data)
            return socket.socket(fileno=descriptor)
    return None


def _join(inside: socket.socket, port: int, ended: threading.Event) -> None:
    """Carry bytes both ways until both ends have said all, or one is lost."""
    with (
        inside,
        suppress(OSError),
        socket.create_connection(("127.0.0.1", port)) as outside,
        selectors.DefaultSelector() as selector,
    ):
        for ends in ((inside, outside), (outside, inside)):
            ends[0].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(ends[0], selectors.EVENT_READ, ends)
        while selector.get_map() and not ended.is_set():
            for key, _ in selector.select(_POLL_SECONDS):
                source, sink = key.data
                if data := source.recv(_BLOCK_BYTES):
                    sink.sendall(data)
                else:
                    selector.unregister(source)
                    sink.shutdown(socket.SHUT_WR)
