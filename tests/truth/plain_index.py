"""An index on loopback that shows a source as it is: no filter, no target.

Source: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.selection import DistributionFile, ProjectMissingError, ProjectPage

_JSON = "application/vnd.pypi.simple.v1+json"
_ROOT, _FILES = "/simple/", "/files/"


class Source(Protocol):
    """Where pages and METADATA come from."""

    def page(self, name: NormalizedName) -> ProjectPage:
        """Return the page of a project; raise ProjectMissingError where there is none."""
        ...

    def metadata(self, file: DistributionFile) -> bytes:
        """Return the METADATA of a wheel."""
        ...


@dataclass(slots=True)
class PlainIndex:
    """A source that is being served.

    Attributes:
        url: the index's base, ending in ``/``.
        body: returns where a file is, once it may be asked for; ``None`` where no resolution should ask for one, as
            METADATA is there for every wheel.
        asked: the wheels whose METADATA was asked for.
        failures: what the source raised, besides that it knows no such project.
    """

    source: Source
    url: str = ""
    body: Callable[[DistributionFile], Path] | None = None
    asked: dict[NormalizedName, set[str]] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    _pages: dict[NormalizedName, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str) -> tuple[HTTPStatus, bytes, str]:
        """Return status, body and content type of the answer to a path."""
        try:
            if path.startswith(_ROOT):
                return HTTPStatus.OK, self._page(canonicalize_name(unquote(path.removeprefix(_ROOT).strip("/")))), _JSON
            if path.startswith(_FILES) and path.endswith(".metadata"):
                name, filename = path.removeprefix(_FILES).removesuffix(".metadata").split("/")
                return HTTPStatus.OK, self._metadata(canonicalize_name(name), unquote(filename)), "text/plain"
            if path.startswith(_FILES) and self.body is not None:
                name, filename = path.removeprefix(_FILES).split("/")
                file = self._file(canonicalize_name(name), unquote(filename))
                return HTTPStatus.OK, self.body(file).read_bytes(), "application/octet-stream"
        except ProjectMissingError:
            pass
        except Exception as error:  # noqa: BLE001 - whoever started the server wants to know
            self.failures.append(error)
            return HTTPStatus.BAD_GATEWAY, b"", "text/plain"
        return HTTPStatus.NOT_FOUND, b"", "text/plain"

    def _page(self, name: NormalizedName) -> bytes:
        if name not in self._pages:
            self._pages[name] = _render_page(self.source.page(name))
        return self._pages[name]

    def _metadata(self, name: NormalizedName, filename: str) -> bytes:
        file = self._file(name, filename)
        with self._lock:
            self.asked.setdefault(name, set()).add(filename)
        return self.source.metadata(file)

    def _file(self, name: NormalizedName, filename: str) -> DistributionFile:
        return next(file for file in self.source.page(name).files if file.filename == filename)


@contextmanager
def serve_plain_index(
    source: Source, *, body: Callable[[DistributionFile], Path] | None = None
) -> Iterator[PlainIndex]:
    """Serve a source on a loopback port of the system's choice.

    Args:
        source: where pages and METADATA come from.
        body: returns where a file is; ``None`` to serve none.
    """
    index = PlainIndex(source, body=body)

    class Handler(_Handler):
        served = index

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.url = f"http://127.0.0.1:{server.server_address[1]}{_ROOT}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()


def _render_page(page: ProjectPage) -> bytes:
    files = [
        {
            "filename": file.filename,
            "url": f"../..{_FILES}{page.name}/{quote(file.filename)}",
            "hashes": {"sha256": file.sha256} if file.sha256 else {},
            "size": file.size,
            "requires-python": file.requires_python,
            "yanked": file.yanked or file.yanked is not None,
            "core-metadata": file.filename.endswith(".whl"),
        }
        for file in page.files
    ]
    return json.dumps({"meta": {"api-version": "1.1"}, "name": page.name, "files": files}).encode()


class _Handler(BaseHTTPRequestHandler):
    served: PlainIndex
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self) -> None:
        status, body, content_type = self.served.answer(urlsplit(self.path).path)
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
        pass
