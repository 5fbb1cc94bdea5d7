"""Talking to the program in a build image: the payload goes in, connections to the view come out, then the result."""

import socket
import struct
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from ca_vendor.builder.archives import MAX_BYTES
from ca_vendor.builder.wire import OPEN, RESULT, Channels, Sender, WireError, read_frames

_BLOCK_BYTES = 1 << 20
_KEPT_BLOCKS = 256
_POLL_SECONDS = 0.2


class Conversation:
    """What is said to and by one running container.

    Args:
        process: the engine's command, with pipes.
        port: of the view on loopback, which connections from inside are joined to.
        result: the file that what it sends back is written to.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", *, port: int, result: Path) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise ValueError("it has no pipes")
        self._process, self._port, self._result = process, port, result
        self._into, self._out, self._errors = process.stdin, process.stdout, process.stderr
        self._written: deque[bytes] = deque(maxlen=_KEPT_BLOCKS)
        self._complete = threading.Event()

    def run(self, payload: Path, *, abort: Callable[[], bool]) -> bool:
        """Send the payload and serve the container until it has sent its result; return whether it has.

        Args:
            payload: the file to send.
            abort: asked several times a second; when it says so, nothing is waited for any more.
        """
        works = (lambda: self._send(payload), self._receive, self._listen)
        threads = [threading.Thread(target=work, name="container", daemon=True) for work in works]
        for thread in threads:
            thread.start()
        _, receiving, listening = threads
        while receiving.is_alive() and not abort():
            receiving.join(_POLL_SECONDS)
        if self._complete.is_set():
            listening.join()  # it ends with the container, and has the last lines of its output
        else:
            listening.join(_POLL_SECONDS)
        return self._complete.is_set()

    @property
    def output(self) -> str:
        """What was written to standard error inside, or by the engine's command; of very much, the end."""
        return b"".join(self._written).decode("utf-8", "replace")

    def _send(self, payload: Path) -> None:
        with suppress(OSError, ValueError), payload.open("rb") as file:  # it may have ended by itself
            self._into.write(struct.pack(">Q", payload.stat().st_size))
            while block := file.read(_BLOCK_BYTES):
                self._into.write(block)
            self._into.flush()

    def _listen(self) -> None:
        with suppress(OSError, ValueError):
            while block := self._errors.readline(_BLOCK_BYTES):
                self._written.append(block)

    def _receive(self) -> None:
        channels = Channels(Sender(self._into))
        try:
            with suppress(OSError, ValueError, WireError), self._result.open("wb") as result:
                self._answer(channels, result)
        finally:
            channels.close()

    def _answer(self, channels: Channels, result: IO[bytes]) -> None:
        left = MAX_BYTES
        for frame in read_frames(self._out):
            if frame.kind == OPEN:
                channels.attach(frame.channel, socket.create_connection(("127.0.0.1", self._port)))
            elif frame.kind != RESULT:
                channels.receive(frame)
            elif frame.data:
                left -= result.write(frame.data)
                if left < 0:
                    raise WireError("its result has no end")
            else:
                self._complete.set()
                return
