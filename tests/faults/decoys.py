"""Hosts that are not the index: they record who asks, and with what."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from ca_vendor.emulator import Emulator

Answer = tuple[int, Mapping[str, str], bytes]


@dataclass(slots=True)
class Decoy:
    """A server on loopback.

    Attributes:
        url: without a last slash.
        asked: the target and the headers of each request.
    """

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def secrets(self) -> list[str]:
        """Return the Authorization headers that arrived."""
        return [headers["authorization"] for _, headers in self.asked if "authorization" in headers]

    def answer(self, target: str, headers: Mapping[str, str]) -> Answer:  # noqa: ARG002 - the port's signature
        """Return what to say; headers by lower-case name."""
        return 404, {}, b""


@dataclass(slots=True)
class Mirror(Decoy):
    """Serves what the emulator serves, with credentials of its own; as a proxy, too.

    Attributes:
        changes: headers that replace the emulator's.
        breaks: how many answers break off halfway before others are whole.
        ranges: whether Range is honoured.
    """

    emulator: Emulator | None = None
    changes: Mapping[str, str] = field(default_factory=dict)
    breaks: int = 0
    ranges: bool = False

    def answer(self, target: str, headers: Mapping[str, str]) -> Answer:
        assert self.emulator is not None
        kept = {"Authorization": self.emulator.authorization(), "Accept": headers.get("accept", "*/*")}
        path = urlsplit(target).path
        found = urllib3.request("GET", f"{self.emulator.endpoint_url}{path}", headers=kept, retries=False)
        said = {"Content-Type": found.headers["Content-Type"], **self.changes}
        wanted = headers.get("range", "")
        if self.ranges and wanted.startswith("bytes=") and not wanted.startswith("bytes=-"):
            first = int(wanted.removeprefix("bytes=").partition("-")[0])
            size = len(found.data)
            return 206, {**said, "Content-Range": f"bytes {first}-{size - 1}/{size}"}, found.data[first:]
        return found.status, said, found.data


@dataclass(slots=True)
class SecureFront(Decoy):
    """The emulator behind TLS, that sends whoever asks for packages to a host without."""

    emulator: Emulator | None = None
    plain: str = ""

    def answer(self, target: str, headers: Mapping[str, str]) -> Answer:
        assert self.emulator is not None
        if urlsplit(target).path == "/v1/repository/endpoint":
            path = urlsplit(self.emulator.repository_endpoint).path
            return 200, {"Content-Type": "application/json"}, f'{{"repositoryEndpoint": "{self.url}{path}"}}'.encode()
        if target.startswith("/v1/"):
            kept = {"Authorization": headers.get("authorization", "")}
            found = urllib3.request("POST", f"{self.emulator.endpoint_url}{target}", headers=kept, retries=False)
            return found.status, {"Content-Type": "application/json"}, found.data
        return 302, {"Location": f"{self.plain}{target}"}, b""


@contextmanager
def serving(decoy: Decoy, *, certificate: Path | None = None) -> Iterator[None]:
    """Serve a decoy on a loopback port of the system's choice."""

    class Handler(_Handler):
        pass

    Handler.decoy = decoy
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    decoy.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_certificate(path: Path) -> None:
    """Write a certificate for loopback and its key."""
    openssl = shutil.which("openssl")
    assert openssl
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(path), "-out", f"{path}.crt"]
    request = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(request, check=True, capture_output=True)
    with path.open("ab") as file:
        file.write(Path(f"{path}.crt").read_bytes())


class _Handler(BaseHTTPRequestHandler):
    decoy: Decoy

    def do_GET(self) -> None:
        self.decoy.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, headers, body = self.decoy.answer(self.path, self.decoy.asked[-1][1])
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if isinstance(self.decoy, Mirror) and self.decoy.breaks:
            self.decoy.breaks -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    do_POST = do_CONNECT = do_GET  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
        """Say nothing."""
