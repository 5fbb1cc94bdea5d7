"""An index on loopback that nobody should ever ask, and a user whose every setting points at it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.distributions import build_wheel
from tests.sam_matrix.workshop import Workshop


class Decoy:
    """Notes each request, and answers 404."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requests.append(self.path)
                self.send_error(404)

            do_HEAD = do_POST = do_GET  # noqa: N815 - the base class's names

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple/"

    def __enter__(self) -> "Decoy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def tempt(self, workshop: Workshop) -> None:
        """Point every configuration of pip and uv at the decoy, and at a directory with newer wheels of the names."""
        lures = workshop.home / "lures"
        for name in ("acme-core", "acme-native"):
            build_wheel(lures, name, "1.1.0" if name == "acme-core" else "2.0", files={"lure.py": ""})
            build_wheel(lures, name, "99.0", files={"lure.py": ""})
        text = f"[global]\nindex-url = {self.url}\nextra-index-url = {self.url}\nfind-links = {lures}\n"
        for path in (workshop.home / ".config/pip/pip.conf", workshop.home / ".pip/pip.conf"):
            _write(path, text)
        uv = f'offline = false\n[[index]]\nurl = "{self.url}"\ndefault = true\n'
        for path in (workshop.home / ".config/uv/uv.toml", workshop.root / "uv.toml"):
            _write(path, uv)
        workshop.environment |= {
            "PIP_INDEX_URL": self.url,
            "PIP_EXTRA_INDEX_URL": self.url,
            "PIP_FIND_LINKS": f"{lures}",
            "UV_INDEX_URL": self.url,
            "UV_EXTRA_INDEX_URL": self.url,
            "UV_FIND_LINKS": f"{lures}",
            "CODEARTIFACT_AUTH_TOKEN": TOKEN,
            "AWS_SESSION_TOKEN": "expired",
        }


TOKEN = "canary-of-an-expired-token"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
