"""Serving an index on loopback: a port of the system's choice, and a path that cannot be guessed.

Source: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import secrets
import shutil
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from packaging.version import InvalidVersion

from ca_vendor.selection import ProjectMissingError

JSON = "application/vnd.pypi.simple.v1+json"
BINARY = "application/octet-stream"


@dataclass(slots=True)
class ServedView:
    """A view that is being served.

    Attributes:
        url: the index's base URL, ending in ``/``; its path is known to nobody but the resolver it is given to.
        failed: set when the run must stop.
        failure: what stopped it; ``None`` while nothing has.
    """

    url: str = ""
    failed: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        """Stop the run for this reason, unless another has stopped it already."""
        if self.failure is None:
            self.failure = error
        self.failed.set()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says: a status, and bytes or a file."""

    status: HTTPStatus
    body: bytes | Path = b""
    content_type: str = "text/plain"


NOT_FOUND = Answer(HTTPStatus.NOT_FOUND)


@contextmanager
def serving(served: ServedView, answer: Callable[[list[str]], Answer]) -> Iterator[None]:
    """Answer requests while the block runs.

    A failure to answer stops the run. Told by a 404 it would read as "this version is unusable", and a resolver would
    walk on through the project's history.

    Args:
        served: gets the index's URL, and what stopped the run.
        answer: makes the answer to a path below that URL, given its parts, still quoted; a project, version or
            number that it does not know is not found.
    """
    root = f"/{secrets.token_urlsafe(24)}/simple/"

    def to(path: str) -> Answer:
        if served.failed.is_set():
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE)
        if not path.startswith(root):
            return NOT_FOUND
        try:
            return answer(path[len(root) :].split("/"))
        except (ProjectMissingError, KeyError, InvalidVersion):
            return NOT_FOUND
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits for the resolver
            served.fail(error)
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE)

    class Handler(_Handler):
        answer = staticmethod(to)

    with _Server(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_address[1]}{root}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="view-server", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a resolver that went away in mid-sentence; of anything else, what the base class says."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    answer: Callable[[str], Answer]
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one segment, at once: in two, Nagle's algorithm and delayed ACKs cost 40 ms a request.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        """Answer one request."""
        answer = self.answer(urlsplit(self.path).path)
        size = len(answer.body) if isinstance(answer.body, bytes) else answer.body.stat().st_size
        self.send_response_only(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(size))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if isinstance(answer.body, bytes):
            self.wfile.write(answer.body)
        else:
            with answer.body.open("rb") as file:
                shutil.copyfileobj(file, self.wfile)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
        """Say nothing."""
