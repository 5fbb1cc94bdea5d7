"""An HTTP server on 127.0.0.1 that answers as a test says, and keeps what it was asked."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TypeVar


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it came in."""

    path: str
    headers: Message

    def __getitem__(self, header: str) -> str | None:
        return self.headers.get(header)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer, possibly a broken one.

    Attributes:
        announced: the Content-Length to send where it is not the body's own.
        delay: seconds until the head is sent.
        piece: how many bytes to send at a time, and the pause between, in seconds; ``None`` for all at once.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None
    delay: float = 0.0
    piece: tuple[int, float] | None = None


Answer = Callable[[Received], Reply]
_Loopback = TypeVar("_Loopback", bound="Loopback")


class Loopback:
    """The server, for the length of a ``with`` block.

    Args:
        answer: makes the answer to a request.
    """

    def __init__(self, answer: Answer) -> None:
        self.requests = list[Received]()
        self.answer = answer
        self._ended = threading.Event()
        loopback = self

        class Handler(_Handler):
            def do_GET(self) -> None:
                loopback.serve(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """The server's root."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.path for request in self.requests]

    def __enter__(self: _Loopback) -> _Loopback:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, handler: "_Handler") -> None:
        """Answer one request."""
        request = Received(path=handler.path, headers=handler.headers)
        self.requests.append(request)
        reply = self.answer(request)
        if self._ended.wait(reply.delay) and reply.delay:
            handler.close_connection = True
            return
        handler.send_response_only(reply.status)
        announced = len(reply.body) if reply.announced is None else reply.announced
        for name, value in {"Content-Length": str(announced), **reply.headers}.items():
            handler.send_header(name, value)
        handler.close_connection = handler.close_connection or announced != len(reply.body)
        size, pause = reply.piece or (max(1, len(reply.body)), 0.0)
        with suppress(ConnectionError):
            handler.end_headers()
            for start in range(0, len(reply.body), size):
                handler.wfile.write(reply.body[start : start + size])
                handler.wfile.flush()
                if self._ended.wait(pause) and pause:
                    handler.close_connection = True
                    return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 10

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
        """Say nothing."""


def in_turn(*replies: Reply) -> Answer:
    """Return an answer that gives each reply once, and the last one for ever."""
    waiting = list(replies)
    lock = threading.Lock()

    def answer(_: Received) -> Reply:
        with lock:
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return answer


def serving_ranges(data: bytes) -> Answer:
    """Return an answer that serves a file and honours Range. Source: https://www.rfc-editor.org/rfc/rfc9110#name-range."""

    def answer(request: Received) -> Reply:
        asked = request["Range"]
        if asked is None:
            return Reply(body=data)
        first, _, last = asked.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(0, len(data) - int(last))
        end = min(int(last) + 1, len(data)) if first and last else len(data)
        return Reply(
            status=206,
            body=data[start:end],
            headers={"Content-Range": f"bytes {start}-{end - 1}/{len(data)}"},
        )

    return answer
