"""HTTP on a loopback port: threads, keep-alive, one buffered send per response, and a log of requests."""

import logging
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

from ca_vendor.emulator.delivery import Meter, Pace, Shaper
from ca_vendor.emulator.downloads import UpstreamUnavailableError
from ca_vendor.emulator.messages import (
    FileBody,
    Request,
    Response,
    ServiceError,
    json_response,
)
from ca_vendor.emulator.request_body import RequestBody
from ca_vendor.emulator.request_log import RequestLog, RequestRecord

Application = Callable[[Request], Response]

_LOG = logging.getLogger(__name__)
_FIRST_PIECE = 64 * 1024
_CLOSE_SECONDS = 5.0


class LoopbackServer:
    """Serves an application on 127.0.0.1.

    Args:
        application: answers requests.
        port: 0 for one that the system chooses.
        log: where requests are recorded.
        shaper: how fast responses get out.
    """

    def __init__(self, application: Application, *, port: int, log: RequestLog, shaper: Shaper) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.application = application
        self._server.log = log
        self._server.shaper = shaper
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    def start(self) -> None:
        """Begin to serve, in threads of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End every connection and the server."""
        self._server.stopping.set()
        with suppress(OSError):
            # Wakes the thread that waits for connections, where the system allows; else it looks up by itself.
            self._server.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.close_connections()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    application: Application
    log: RequestLog
    shaper: Shaper

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.stopping = threading.Event()
        self._changed = threading.Condition()
        self._connections: set[socket.socket] = set()

    def server_bind(self) -> None:
        # Without the name lookup of the base class, which may ask a name server.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        host, port = self.socket.getsockname()
        self.server_address = self.server_name, self.server_port = host, port

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def close_connections(self) -> None:
        """Cut every connection and wait until their threads let go."""
        with self._changed:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._connections, timeout=_CLOSE_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:
        _LOG.debug("connection of %s ended: %s", client_address, request, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self._meter = Meter()

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def _respond(self) -> None:
        started_at = monotonic()
        body = RequestBody(self.rfile, self._body_length())
        path, _, query = self.path.partition("?")
        parameters = dict(reversed(parse_qsl(query, keep_blank_values=True)))
        request = Request(method=self.command, path=path, query=parameters, headers=self.headers, body=body)
        response = answer(self.server.application, request)
        body.drain()
        record = RequestRecord(
            method=self.command,
            path=self.path,
            status=response.status,
            sent=0 if self.command == "HEAD" else response.length,
            connection=self.client_address[1],
            user_agent=self.headers.get("User-Agent", ""),
            authorization=self.headers.get("Authorization", "").partition(" ")[0],
            started_at=started_at,
            seconds=monotonic() - started_at,
        )
        # Before the response: a client that has it all finds it in the log.
        self.server.log.add(record)
        sent = self._send(response)
        if sent < record.sent:
            self.server.log.correct(record, sent)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _respond  # noqa: N815

    def _body_length(self) -> int | None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return None
        return int(self.headers.get("Content-Length") or 0)

    def _head(self, response: Response) -> bytes:
        reason = self.responses.get(response.status, ("", ""))[0]
        lines = [
            f"HTTP/1.1 {response.status} {reason}",
            f"Date: {self.date_time_string()}",
            *(f"{name}: {value}" for name, value in response.headers),
            f"Content-Length: {response.length}",
        ]
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _send(self, response: Response) -> int:
        """Send a response; return how many bytes of its body went out."""
        self._sent = 0
        pace = self.server.shaper.pace(response.delivery, self._meter)
        try:
            if pace is None:
                self._send_whole(response)
            else:
                self._send_paced(response, pace)
        except OSError:
            # The client went away, or the body cannot be had to its end: the length was declared, so cut it.
            self.close_connection = True
        return self._sent

    def _send_whole(self, response: Response) -> None:
        head = self._head(response)
        for piece in self._first_pieces(response):
            self.connection.sendall(head + piece if head else piece)
            self._sent += len(piece)
            head = b""
        if isinstance(response.body, FileBody) and 0 < self._sent < response.length:
            with response.body.open() as file:
                self._sent += self.connection.sendfile(file, self._sent)

    def _first_pieces(self, response: Response) -> Iterable[bytes]:
        """Return the body, or of a file the beginning: the kernel sends the rest from its cache to the socket."""
        if self.command == "HEAD" or not response.length:
            return (b"",)
        match response.body:
            case bytes():
                return (response.body,)
            case FileBody():
                with response.body.open() as file:
                    return (file.read(_FIRST_PIECE),)
            case _:
                return response.body.chunks()

    def _send_paced(self, response: Response, pace: Pace) -> None:
        self._pause(pace.wait_seconds)
        if pace.cut is None or pace.cut.after is not None:
            head = self._head(response)
            if pace.drips:
                self._send_steps(pace, (head,))
                self._sent = 0
            else:
                self.connection.sendall(head)
            self._send_steps(pace, self._all_pieces(response))
        if pace.cut is not None:
            self._end(resets=pace.cut.resets)

    def _send_steps(self, pace: Pace, pieces: Iterable[bytes]) -> None:
        for piece, seconds in pace.steps(pieces):
            self._pause(seconds)
            self.connection.sendall(piece)
            self._sent += len(piece)

    def _all_pieces(self, response: Response) -> Iterable[bytes]:
        if self.command == "HEAD":
            return ()
        return (response.body,) if isinstance(response.body, bytes) else response.body.chunks()

    def _pause(self, seconds: float) -> None:
        if seconds > 0 and self.server.stopping.wait(seconds):
            raise ConnectionAbortedError

    def _end(self, *, resets: bool) -> None:
        """End the connection before its time."""
        self.close_connection = True
        if resets:
            # Lingering for no time makes the system send RST. The descriptor is closed at once: the handler's
            # own way would send FIN first.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        _LOG.debug(format, *args)


def answer(application: Application, request: Request) -> Response:
    """Return an application's response to a request, errors included."""
    try:
        return application(request)
    except ServiceError as error:
        return error.response()
    except UpstreamUnavailableError as error:
        # ? what the service says when the public index does not answer.
        _LOG.warning("%s %s: %s", request.method, request.path, error)
        return json_response({"message": f"upstream: {error}"}, status=502)
    except Exception:  # noqa: BLE001 - the boundary of the service: a defect is its 500
        _LOG.exception("%s %s", request.method, request.path)
        return ServiceError(500, "InternalServerException", "Internal Server Error").response()
