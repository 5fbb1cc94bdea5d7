"""The index as the host that builds sees it: unfiltered, and with no credential to it."""

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, unquote

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.digests import sha256_of
from ca_vendor.selection import DistributionFile, ProjectPage, parse_sdist_name, parse_wheel_name
from ca_vendor.view.loopback import BINARY, JSON, NOT_FOUND, Answer, ServedView, serving
from ca_vendor.wheel import read_wheel_metadata

_NOTHING: Mapping[NormalizedName, Collection[Version]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ServedFile:
    """A distribution file whose body was asked for: a build requirement, or one of a build requirement's own.

    Attributes:
        sha256: lower-case hex.
    """

    name: NormalizedName
    version: Version
    filename: str
    sha256: str


@dataclass(slots=True)
class ServedHostView(ServedView):
    """A host's view that is being served."""

    served: set[ServedFile] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def files(self) -> list[ServedFile]:
        """What has been served so far, sorted."""
        with self.lock:
            return sorted(self.served)


@contextmanager
def serve_host_view(
    *,
    pages: Callable[[NormalizedName], ProjectPage],
    ensure_file: Callable[[NormalizedName, DistributionFile], Path],
    allowed: Mapping[NormalizedName, Collection[Version]] = _NOTHING,
) -> Iterator[ServedHostView]:
    """Serve an index as it is, on loopback, to what builds sources on this machine.

    What is resolved for a build is resolved for this machine, so nothing is filtered. METADATA is served beside the
    files, so that only the bodies of what is going to be installed are asked for.

    Args:
        pages: returns the index's page of a project; raises where there is none.
        ensure_file: returns where the body of a project's file is, downloaded and its hash verified.
        allowed: for each project named, the only versions listed; a build that is repeated uses what was recorded.
    """
    served = ServedHostView()
    with serving(served, _Answers(served, pages, ensure_file, allowed).to):
        yield served


@dataclass(frozen=True, slots=True)
class _Answers:
    served: ServedHostView
    pages: Callable[[NormalizedName], ProjectPage]
    ensure_file: Callable[[NormalizedName, DistributionFile], Path]
    allowed: Mapping[NormalizedName, Collection[Version]]

    def to(self, parts: list[str]) -> Answer:
        """Return the answer to a path below the index's URL."""
        match [unquote(part) for part in parts]:
            case [name, ""]:
                return self._page(canonicalize_name(name))
            case [name, filename] if filename.endswith(".whl.metadata"):
                return self._metadata(canonicalize_name(name), filename.removesuffix(".metadata"))
            case [name, filename]:
                return self._body(canonicalize_name(name), filename)
            case _:
                return NOT_FOUND

    def _page(self, name: NormalizedName) -> Answer:
        entries = [_entry(file) for file, _ in self._files(name)]
        page = {"meta": {"api-version": "1.0"}, "name": name, "files": entries}
        return Answer(HTTPStatus.OK, json.dumps(page).encode(), JSON)

    def _metadata(self, name: NormalizedName, filename: str) -> Answer:
        file, _ = self._find(name, filename)
        with self.ensure_file(name, file).open("rb") as wheel:
            return Answer(HTTPStatus.OK, read_wheel_metadata(wheel, filename=filename), BINARY)

    def _body(self, name: NormalizedName, filename: str) -> Answer:
        file, version = self._find(name, filename)
        path = self.ensure_file(name, file)
        sha256 = file.sha256 or sha256_of(path) or ""
        served = ServedFile(name=name, version=version, filename=filename, sha256=sha256)
        with self.served.lock:
            self.served.served.add(served)
        return Answer(HTTPStatus.OK, path, BINARY)

    def _find(self, name: NormalizedName, filename: str) -> tuple[DistributionFile, Version]:
        """Raises: KeyError: the project has no such file, or not one that is allowed."""
        found = {file.filename: (file, version) for file, version in self._files(name)}
        return found[filename]

    def _files(self, name: NormalizedName) -> Iterator[tuple[DistributionFile, Version]]:
        allowed = self.allowed.get(name)
        for file in self.pages(name).files:
            version = _version(file.filename, name)
            if version is not None and (allowed is None or version in allowed):
                yield file, version


def _version(filename: str, name: NormalizedName) -> Version | None:
    parsed = parse_wheel_name(filename) or parse_sdist_name(filename, name)
    return parsed.version if parsed is not None and parsed.name == name else None


def _entry(file: DistributionFile) -> dict[str, object]:
    entry: dict[str, object] = {
        "filename": file.filename,
        "url": quote(file.filename),
        "hashes": dict(file.hashes),
        "core-metadata": file.filename.endswith(".whl"),
        "yanked": file.yanked or file.yanked is not None,
    }
    return entry if file.requires_python is None else entry | {"requires-python": file.requires_python}
