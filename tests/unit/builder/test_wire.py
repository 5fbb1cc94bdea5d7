import io
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ca_vendor.builder.wire import CLOSE, DATA, OPEN, RESULT, Channels, Frame, Sender, WireError, read_frames


def test_what_is_sent_is_what_is_read() -> None:
    stream = io.BytesIO()
    sender = Sender(stream)
    sender.send(OPEN, 7)
    sender.send(DATA, 7, b"bytes")
    sender.send(CLOSE, 7)
    sender.send(RESULT, 0, b"result")
    stream.seek(0)
    assert list(read_frames(stream)) == [
        Frame(OPEN, 7, b""),
        Frame(DATA, 7, b"bytes"),
        Frame(CLOSE, 7, b""),
        Frame(RESULT, 0, b"result"),
    ]


def test_much_is_sent_in_parts() -> None:
    stream, data = io.BytesIO(), bytes(range(256)) * 5000
    Sender(stream).send(DATA, 1, data)
    stream.seek(0)
    frames = list(read_frames(stream))
    assert len(frames) > 1
    assert b"".join(frame.data for frame in frames) == data


@pytest.mark.parametrize(
    "data",
    [
        b"\x01",
        struct.pack(">BII", 9, 1, 0),
        struct.pack(">BII", DATA, 1, 1 << 30),
        struct.pack(">BII", DATA, 1, 4) + b"x",
    ],
)
def test_nonsense_is_told(data: bytes) -> None:
    with pytest.raises(WireError):
        list(read_frames(io.BytesIO(data)))


def test_nothing_is_no_frame() -> None:
    assert list(read_frames(io.BytesIO())) == []


class Ends:
    """Two ends of a wire, each with its channels, joined by a pair of sockets."""

    def __init__(self) -> None:
        self.sockets = socket.socketpair()
        self.streams = [end.makefile("rwb", buffering=0) for end in self.sockets]
        self.channels = [Channels(Sender(stream)) for stream in self.streams]  # type: ignore[arg-type]

    def serve(self, number: int) -> None:
        for frame in read_frames(self.sockets[number].makefile("rb")):
            self.channels[number].receive(frame)


@contextmanager
def joined() -> Iterator[tuple[Ends, socket.socket, socket.socket]]:
    """Yield a connection's two far ends, joined through a wire."""
    ends = Ends()
    threads = [threading.Thread(target=ends.serve, args=(number,), daemon=True) for number in (0, 1)]
    for thread in threads:
        thread.start()
    (near, near_inner), (far, far_inner) = socket.socketpair(), socket.socketpair()
    ends.channels[0].attach(1, near_inner)
    ends.channels[1].attach(1, far_inner)
    with near, far:
        near.settimeout(10)
        far.settimeout(10)
        yield ends, near, far
    for end in ends.sockets:
        end.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()
    for channels in ends.channels:
        channels.close()
    for stream in ends.streams:
        stream.close()
    for end in ends.sockets:
        end.close()


def answer(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def test_connection_carries_both_ways_and_closes_by_halves() -> None:
    with joined() as (_, near, far):
        near.sendall(b"question")
        near.shutdown(socket.SHUT_WR)
        assert far.makefile("rb").read() == b"question"
        answering = threading.Thread(target=answer, args=(far, b"answer" * 100_000))
        answering.start()
        assert near.makefile("rb").read() == b"answer" * 100_000
        answering.join()


def test_frame_for_a_connection_that_is_gone_is_dropped() -> None:
    with joined() as (ends, near, far):
        ends.channels[0].receive(Frame(DATA, 99, b"late"))
        near.sendall(b"still")
        assert far.recv(5) == b"still"


def test_number_that_is_taken_is_told() -> None:
    with joined() as (ends, _, _):
        one, two = socket.socketpair()
        with one, two, pytest.raises(WireError, match="too many"):
            ends.channels[0].attach(1, one)
