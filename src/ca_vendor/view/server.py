"""The view on loopback, for any resolver that speaks the simple API.

Source: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import json
import secrets
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from ca_vendor.requirement import render_metadata_for_target
from ca_vendor.selection import ProjectMissingError, Selection
from ca_vendor.view.view import TargetView
from ca_vendor.wheel import build_stub_wheel

_JSON = "application/vnd.pypi.simple.v1+json"
_BINARY = "application/octet-stream"


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


@contextmanager
def serve_view(view: TargetView) -> Iterator[ServedView]:
    """Serve a view on a loopback port of the system's choice, under a path that cannot be guessed."""
    served = ServedView()
    secret = secrets.token_urlsafe(24)

    class Handler(_Handler):
        answers = _Answers(view, served, root=f"/{secret}/simple/")

    with _Server(("127.0.0.1", 0), Handler) as server:
        served.url = f"http://127.0.0.1:{server.server_address[1]}/{secret}/simple/"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="view-server", daemon=True)
        thread.start()
        try:
            yield served
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


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    body: bytes = b""
    content_type: str = "text/plain"


class _Answers:
    """What the server says to a path."""

    def __init__(self, view: TargetView, served: ServedView, *, root: str) -> None:
        self._view = view
        self._served = served
        self._root = root

    def to(self, path: str) -> _Answer:
        """Return the answer to a request's path.

        A failure to get a page or metadata stops the run. Answered with 404 it would read as "this version is
        unusable", and the resolver would walk on through the project's history.
        """
        if self._served.failed.is_set():
            return _Answer(HTTPStatus.SERVICE_UNAVAILABLE)
        if not path.startswith(self._root):
            return _Answer(HTTPStatus.NOT_FOUND)
        try:
            return self._answer(path[len(self._root) :].split("/"))
        except (ProjectMissingError, KeyError, InvalidVersion):
            return _Answer(HTTPStatus.NOT_FOUND)
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits for the resolver
            self._served.fail(error)
            return _Answer(HTTPStatus.SERVICE_UNAVAILABLE)

    def _answer(self, parts: list[str]) -> _Answer:
        match parts:
            case [name, ""]:
                return self._page(canonicalize_name(unquote(name)))
            case [name, version, filename] if filename.endswith(".metadata"):
                return _Answer(HTTPStatus.OK, self._metadata(canonicalize_name(name), version), _BINARY)
            case [name, version, _]:
                return self._stub(canonicalize_name(name), version)
            case _:
                return _Answer(HTTPStatus.NOT_FOUND)

    def _page(self, name: NormalizedName) -> _Answer:
        selection = self._view.selection(name)
        page = {"meta": {"api-version": "1.0"}, "name": name, "files": _entries(name, selection)}
        return _Answer(HTTPStatus.OK, json.dumps(page).encode(), _JSON)

    def _metadata(self, name: NormalizedName, version: str) -> bytes:
        metadata = self._view.ask_metadata(name, Version(unquote(version)))
        return render_metadata_for_target(metadata, self._view.target)

    def _stub(self, name: NormalizedName, version: str) -> _Answer:
        body = build_stub_wheel(self._metadata(name, version), name=name, version=unquote(version))
        return _Answer(HTTPStatus.OK, body, _BINARY)


def _entries(name: NormalizedName, selection: Selection) -> list[dict[str, object]]:
    """One entry a version. No hash is given: the resolver would hold the stub against the real file's."""
    stem = name.replace("-", "_")
    return [
        {
            "filename": f"{stem}-{version}-py3-none-any.whl",
            "url": f"{quote(str(version))}/{quote(f'{stem}-{version}-py3-none-any.whl')}",
            "hashes": {},
            "core-metadata": True,
            "yanked": use.file.yanked or use.file.yanked is not None,
        }
        for version, use in selection.items()
    ]


class _Handler(BaseHTTPRequestHandler):
    answers: _Answers
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one segment, at once: in two, Nagle's algorithm and delayed ACKs cost 40 ms a request.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        """Answer one request."""
        answer = self.answers.to(urlsplit(self.path).path)
        self.send_response_only(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
        """Say nothing."""
