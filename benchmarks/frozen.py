"""A frozen copy of an index: pages as they were on a day, the files that are needed, and stand-ins for all others.

Pages come from the index that pip is configured to use, cut at a date. The wheels that the sets lock to are pinned,
with their sha256, in ``pinned.json``. What only the machine that runs this needs (pip-compile resolves for its own
Python) is found by one run of every tool before any is timed. Every other file that a page lists is as long as the real
one and holds zeros, with a page that says so: ``pip-compile --generate-hashes`` downloads gigabytes of wheels for other
systems to hash them, and what is in them makes no difference to it.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName

from benchmarks.sets import CUTOFF
from ca_vendor.emulator import Upstream
from ca_vendor.emulator.model import Asset, PackageVersion
from ca_vendor.emulator.upstream import group_versions
from ca_vendor.files import write_atomically
from ca_vendor.index import HttpClient, IndexClient, find_index_credential
from ca_vendor.selection import DistributionFile, ProjectMissingError
from ca_vendor.store import Store

PINNED = Path(__file__).with_name("pinned.json")
"""Sha256 by the name of each wheel that the sets lock to."""

_CHUNK = bytes(256 * 1024)
_NO_SIZE = 50_000  # of files whose page does not say
_UNCUT = frozenset({"pip", "setuptools", "wheel"})
"""What pex sets itself up with, at versions of its own choice."""


@dataclass(frozen=True, slots=True)
class Zeros:
    """A stand-in for a file."""

    length: int
    done: bool = False

    def path(self) -> Path:
        """Refuse: it is on no disk."""
        raise OSError("a stand-in is on no disk")

    def chunks(self) -> Iterator[bytes]:
        """Yield so many zeros."""
        whole, rest = divmod(self.length, len(_CHUNK))
        for _ in range(whole):
            yield _CHUNK
        yield _CHUNK[:rest]


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A real file."""

    place: Path
    length: int
    done: bool = True

    def path(self) -> Path:
        """Return where it lies."""
        return self.place

    def chunks(self) -> Iterator[bytes]:
        """Yield it."""
        yield self.place.read_bytes()


class FrozenIndex:
    """The index behind the emulator's external connection.

    While it is recording, pages and files that it lacks are had from the index that pip is configured to use.

    Args:
        directory: where the copy is kept.
    """

    def __init__(self, directory: Path) -> None:
        self.recording = True
        self._pages = directory / "pages" / CUTOFF[:10]
        self._store = Store(directory / "store")
        url = Upstream.from_pip().url
        self._client = IndexClient(url=url, credentials=find_index_credential(url), http=HttpClient())
        self._lock = threading.RLock()
        self._versions: dict[NormalizedName, tuple[PackageVersion, ...]] = {}
        self._kept_path = directory / "kept.json"
        self._kept: dict[str, str] = _read_json(self._kept_path) or {}
        self._recorded_path = directory / "recorded.json"
        self._recorded: dict[str, str] = _read_json(self._recorded_path) or {}
        self._pinned: Mapping[str, str] = _read_json(PINNED) or {}

    @property
    def kept(self) -> Mapping[str, str]:
        """Sha256 by the name of each real file that was asked for while recording."""
        return dict(self._kept)

    def has_recorded(self, tool: str, subject: str) -> bool:
        """Whether what a tool asks for on a set is known from an earlier run."""
        return f"{tool} on {subject}" in self._recorded

    def note_recorded(self, tool: str, subject: str) -> None:
        """Remember that a tool has had all that it asks for on a set."""
        self._recorded[f"{tool} on {subject}"] = CUTOFF

    def freeze(self) -> None:
        """End the recording: what was not asked for is a stand-in from now on."""
        self.recording = False
        _write_json(self._kept_path, self._kept)
        _write_json(self._recorded_path, self._recorded)
        with self._lock:
            pages = {path.stem: _read_json(path) for path in self._pages.glob("*.json")}
            _put_zeros([file for files in pages.values() for file in files if file["filename"] not in self._kept])
            self._versions = {NormalizedName(name): _grouped(name, files) for name, files in pages.items()}

    def pin(self, path: Path) -> None:
        """Write down what was asked for while recording."""
        _write_json(path, self._kept)

    def versions(self, project: NormalizedName, /) -> tuple[PackageVersion, ...]:
        """Return a project's versions."""
        if not self.recording:
            return self._versions.get(project, ())
        with self._lock:
            if project not in self._versions:
                self._versions[project] = _grouped(project, self._page(project))
            return self._versions[project]

    def open(self, asset: Asset, /) -> Zeros | OnDisk:
        """Return a file.

        Raises:
            OSError: it is not the one that was pinned.
        """
        if not self.recording and asset.filename not in self._kept:
            return Zeros(asset.size or _NO_SIZE)
        sha256 = asset.hashes["sha256"]
        if self._pinned.get(asset.filename, sha256) != sha256:
            raise OSError(f"{asset.filename} has sha256 {sha256}, and {self._pinned[asset.filename]} was pinned")
        place = self._store.file_path(sha256)
        if not place.exists():
            file = DistributionFile(filename=asset.filename, url=asset.url or "")
            chunks = self._client.stream_file(file)
            self._store.add_file(chunks, filename=asset.filename, sha256=sha256, index="the index")
        self._kept[asset.filename] = sha256
        return OnDisk(place, place.stat().st_size)

    def close(self) -> None:
        """Hold nothing open."""

    def _page(self, project: NormalizedName) -> list[dict[str, Any]]:
        path = self._pages / f"{project}.json"
        known: list[dict[str, Any]] | None = _read_json(path)
        if known is None:
            known = self._read_page(project)
            _write_json(path, known)
        return known

    def _read_page(self, project: NormalizedName) -> list[dict[str, Any]]:
        try:
            page = self._client.fetch_page(project)
        except ProjectMissingError:
            return []
        ends = datetime.fromisoformat(CUTOFF)
        return [
            {
                "filename": file.filename,
                "url": file.url,
                "hashes": {"sha256": file.sha256},
                "size": file.size,
                "requires-python": file.requires_python,
                "upload-time": file.upload_time and file.upload_time.isoformat(),
                "yanked": False if file.yanked is None else file.yanked or True,
            }
            for file in page.files
            if file.sha256 and (project in _UNCUT or file.upload_time is None or file.upload_time < ends)
        ]


def _grouped(project: str, files: list[dict[str, Any]]) -> tuple[PackageVersion, ...]:
    return group_versions(NormalizedName(project), files, "")


def _put_zeros(files: list[dict[str, Any]]) -> None:
    """Give every file the digest of as many zeros: in order of size, one pass makes them all."""
    digest, length = hashlib.sha256(), 0
    for file in sorted(files, key=lambda file: file["size"] or _NO_SIZE):
        size = file["size"] or _NO_SIZE
        while length < size:
            step = min(len(_CHUNK), size - length)
            digest.update(_CHUNK[:step])
            length += step
        file["hashes"] = {"sha256": digest.copy().hexdigest()}


def _read_json(path: Path) -> Any:
    return json.loads(path.read_bytes()) if path.exists() else None


def _write_json(path: Path, value: object) -> None:
    write_atomically(path, json.dumps(value, indent=1, sort_keys=True).encode() + b"\n")
