"""Connections and a result, carried over the standard streams of a container.

A container without a network still has those, on every engine and wherever the engine runs; a socket that is mounted
reaches no further than the engine's own machine. This module runs inside as well: it imports nothing of ca-vendor, and
keeps to what Python 3.9 knows.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import IO, Iterator, NamedTuple  # noqa: UP035 - Python 3.9

OPEN, DATA, CLOSE, RESULT = 1, 2, 3, 4
"""A connection begins; bytes of one; one end of it has said all; bytes of the result, none at its end."""

_HEADER = struct.Struct(">BII")
_MOST_BYTES = 1 << 18
_MOST_CHANNELS = 256


class WireError(Exception):
    """What came in is not what this speaks."""


class Frame(NamedTuple):
    """One message; ``channel`` is the connection's number, 0 for the result."""

    kind: int
    channel: int
    data: bytes


def read_frames(stream: IO[bytes]) -> Iterator[Frame]:
    """Yield what comes in, until the stream ends.

    Raises:
        WireError: it makes no sense, or ends within a frame.
    """
    while header := stream.read(_HEADER.size):
        if len(header) < _HEADER.size:
            raise WireError("it ends within a frame")
        kind, channel, size = _HEADER.unpack(header)
        if kind not in (OPEN, DATA, CLOSE, RESULT) or size > _MOST_BYTES:
            raise WireError("it is no frame")
        data = stream.read(size) if size else b""
        if len(data) < size:
            raise WireError("it ends within a frame")
        yield Frame(kind, channel, data)


class Sender:
    """Sends frames, from any thread."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, kind: int, channel: int, data: bytes = b"") -> None:
        """Send bytes, in as many frames as they take.

        Raises:
            OSError: nobody listens any more.
        """
        rest = memoryview(data)
        while True:
            part, rest = rest[:_MOST_BYTES], rest[_MOST_BYTES:]
            with self._lock:
                self._stream.write(_HEADER.pack(kind, channel, len(part)))
                self._stream.write(part)
                self._stream.flush()
            if not rest:
                return


class Channels:
    """The connections of one end, each joined to its other end over there."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._lock = threading.Lock()
        self._sockets: dict[int, socket.socket] = {}
        self._said_all: set[int] = set()

    def attach(self, channel: int, connection: socket.socket) -> None:
        """Carry what a connection says to the other end, in a thread of its own.

        Raises:
            WireError: there are too many, or one of that number.
        """
        with self._lock:
            if channel in self._sockets or len(self._sockets) >= _MOST_CHANNELS:
                raise WireError("it opens too many connections")
            self._sockets[channel] = connection
        threading.Thread(target=self._pump, args=(channel, connection), name="wire", daemon=True).start()

    def receive(self, frame: Frame) -> None:
        """Hand on to a connection what its other end says; what is for one that is gone is dropped."""
        with self._lock:
            connection = self._sockets.get(frame.channel)
        if connection is None:
            return
        with suppress(OSError):
            if frame.kind == DATA:
                connection.sendall(frame.data)
            elif frame.kind == CLOSE:
                connection.shutdown(socket.SHUT_WR)
        if frame.kind == CLOSE:
            self._end(frame.channel)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            connections, self._sockets = list(self._sockets.values()), {}
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _pump(self, channel: int, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):  # a stream that is closed is a ValueError
            with suppress(OSError):
                while data := connection.recv(1 << 16):
                    self._sender.send(DATA, channel, data)
            self._sender.send(CLOSE, channel)
        self._end(channel)

    def _end(self, channel: int) -> None:
        """Forget a connection when both its ends have said all."""
        with self._lock:
            if channel not in self._said_all:
                self._said_all.add(channel)
                return
            self._said_all.discard(channel)
            connection = self._sockets.pop(channel, None)
        if connection is not None:
            connection.close()
