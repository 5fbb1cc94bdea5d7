"""A file fetched once, read by many, some of them while it is still on its way."""

import contextlib
import hashlib
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import urllib3

from ca_vendor.emulator.messages import CHUNK


class UpstreamUnavailableError(OSError):
    """The upstream index did not answer as an index does."""


class Download:
    """A file that is on disk, or is being written while others already read it.

    Args:
        path: where it ends up.
        sha256: what it must hash to, when known.
    """

    def __init__(self, path: Path, sha256: str | None) -> None:
        self._path = path
        self._sha256 = sha256
        self._changed = threading.Condition()
        self._part: Path | None = None
        self._written = 0
        self._length: int | None = path.stat().st_size if path.exists() else None
        self._done = self._length is not None
        self._error: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether the file is on disk."""
        return self._done

    @property
    def failed(self) -> bool:
        """Whether the download ended early."""
        return self._error is not None

    @property
    def length(self) -> int:
        """The file's size in bytes, as soon as it is known."""
        with self._changed:
            self._changed.wait_for(lambda: self._length is not None or self._error)
            self._check()
            return self._length or 0

    def path(self) -> Path:
        """Return the finished file, having waited for it.

        Raises:
            UpstreamUnavailableError: when it cannot be had.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._done or self._error)
            self._check()
        return self._path

    def chunks(self) -> Iterator[bytes]:
        """Yield the file piece by piece, waiting for what is not there yet.

        The last piece waits for the file to be found whole: a reader never has all of a bad one.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._done or self._part or self._error)
            self._check()
            file = (self._path if self._done else self._part or self._path).open("rb")
        sent, length = 0, self.length
        with file:
            while sent < length:
                self._wait_beyond(sent)
                piece = file.read(CHUNK)
                sent += len(piece)
                if sent >= length:
                    self.path()
                yield piece

    def _wait_beyond(self, position: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._done or self._written > position or self._error)
            self._check()

    def _check(self) -> None:
        if self._error is not None:
            raise UpstreamUnavailableError(f"{self._path.name}: {self._error}") from self._error

    def run(self, http: urllib3.PoolManager, url: str, headers: Mapping[str, str]) -> None:
        """Fetch the file. Whatever goes wrong is told to those who wait."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=self._path.parent, prefix=".part-")) / self._path.name
        error: Exception | None = None
        try:
            self._receive(http, url, headers, part)
            with self._changed:
                part.replace(self._path)
                self._done = True
        except Exception as exc:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            error = exc
        shutil.rmtree(part.parent, ignore_errors=True)
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def _receive(self, http: urllib3.PoolManager, url: str, headers: Mapping[str, str], part: Path) -> None:
        # "identity": a compressed answer would have another length than the file.
        wanted = {**headers, "Accept-Encoding": "identity"}
        digest = hashlib.sha256()
        with (
            contextlib.closing(http.request("GET", url, headers=wanted, preload_content=False)) as response,
            part.open("wb", buffering=0) as file,
        ):
            if response.status != 200:
                raise UpstreamUnavailableError(f"status {response.status}")
            declared = response.headers.get("Content-Length")
            for piece in response.stream(CHUNK, decode_content=False):
                file.write(piece)
                digest.update(piece)
                with self._changed:
                    self._part, self._written = part, self._written + len(piece)
                    self._length = int(declared) if declared else None
                    self._changed.notify_all()
        if declared and self._written != int(declared):
            raise UpstreamUnavailableError("cut short")
        if self._sha256 is not None and digest.hexdigest() != self._sha256:
            raise UpstreamUnavailableError("sha256 differs from the upstream page's")
        self._length = self._written
