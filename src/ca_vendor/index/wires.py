"""Connections that can be cut: one whose answer does not begin in time, or all of them at once.

A socket's own time-out starts anew with every byte that arrives, so that an answer whose head comes drop by drop never
meets it; and a thread that waits on a socket meets no exception of another thread. Shutting the socket down ends both.
"""

import socket
import threading
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Wires:
    """The open sockets of one client, and whether they have been cut."""

    def __init__(self) -> None:
        self.cut = threading.Event()
        self._lock = threading.Lock()
        self._open: WeakSet[socket.socket] = WeakSet()

    def add(self, wire: socket.socket) -> None:
        """Remember a socket for as long as it is in use."""
        with self._lock:
            self._open.add(wire)
        if self.cut.is_set():
            _shut(wire)

    def cut_all(self) -> None:
        """End every connection, and each that is opened from now on; may be called from any thread."""
        self.cut.set()
        with self._lock:
            wires = list(self._open)
        for wire in wires:
            _shut(wire)

    def equip(self, manager: urllib3.PoolManager) -> urllib3.PoolManager:
        """Let a pool manager open connections that can be cut, and return it."""

        class Plain(_Bounded, HTTPConnection):
            wires = self

        class Secure(_Bounded, HTTPSConnection):
            wires = self

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
        return manager


class _Bounded:
    """Bounds the time until an answer's head is whole, where urllib3 bounds the time until its next byte."""

    wires: Wires
    sock: socket.socket | None
    timeout: Any

    def connect(self) -> None:
        """Connect, and make the socket known."""
        super().connect()  # type: ignore[misc]
        if self.sock is not None:
            self.wires.add(self.sock)

    def getresponse(self) -> Any:
        """Return the response.

        Raises:
            TimeoutError: its head was not whole in time. urllib3 makes it a ReadTimeoutError.
        """
        wire, late = self.sock, threading.Event()

        def cut() -> None:
            late.set()
            if wire is not None:
                _shut(wire)

        timer = threading.Timer(float(self.timeout), cut)
        timer.daemon = True
        timer.start()
        try:
            response = super().getresponse()  # type: ignore[misc]
        except Exception as error:
            if late.is_set():
                raise TimeoutError("the head of the answer came too slowly") from error
            raise
        finally:
            timer.cancel()
        if late.is_set():
            # http.client takes the end of a connection for the end of the head.
            raise TimeoutError("the head of the answer came too slowly")
        return response


def _shut(wire: socket.socket) -> None:
    with suppress(OSError):
        # The plain socket's own: that of a TLS socket would let another thread go on reading what is still encrypted.
        socket.socket.shutdown(wire, socket.SHUT_RDWR)
