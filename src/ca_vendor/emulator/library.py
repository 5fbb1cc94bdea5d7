"""What a repository shows and serves: its own packages, its upstreams', and those of the external connection."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.emulator.archives import compute_hashes
from ca_vendor.emulator.messages import Body, FileBody, not_found
from ca_vendor.emulator.model import (
    EXTERNAL_CONNECTION,
    Asset,
    Clock,
    Package,
    PackageVersion,
    Repository,
    Restriction,
)
from ca_vendor.emulator.state import State


class ExternalFile(Protocol):
    """A file of the external connection, on disk or on its way."""

    @property
    def done(self) -> bool:
        """Whether it is on disk."""
        ...

    @property
    def length(self) -> int:
        """Its size in bytes, waited for."""
        ...

    def path(self) -> Path:
        """Return where it lies on disk, having waited for it."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Yield it piece by piece, waiting for what is not there yet."""
        ...


class ExternalIndex(Protocol):
    """The index behind the external connection. Asked by several threads."""

    def versions(self, project: NormalizedName, /) -> tuple[PackageVersion, ...]:
        """Return a project's versions, oldest first, as one object while they do not change; none when it has none."""
        ...

    def open(self, asset: Asset, /) -> ExternalFile:
        """Return a file."""
        ...

    def close(self) -> None:
        """Let go of what is held."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The versions of a package that one member of an upstream chain has.

    Attributes:
        repository: the member; for the external connection, the repository that has it.
        is_external: whether the versions are the external connection's.
        versions: by number.
    """

    repository: Repository
    is_external: bool
    package: Package | None
    versions: tuple[PackageVersion, ...]

    def is_same(self, other: "Holding") -> bool:
        """Whether nothing changed between two looks at the same member."""
        return (
            self.repository is other.repository
            and self.package is other.package
            and (self.package is not None or self.versions is other.versions)
        )


class Library:
    """Finds package versions along upstream chains, and retains what is pulled.

    Args:
        state: the repositories and their packages.
        external: the index behind the external connection, when there is one.
        clock: the time.
        import_seconds: how long an asset of the external connection answers 404 when first asked for.
    """

    def __init__(self, state: State, external: ExternalIndex | None, clock: Clock, *, import_seconds: float) -> None:
        self._state = state
        self._external = external
        self._clock = clock
        self._import_seconds = import_seconds
        self._imports: dict[tuple[str, NormalizedName, str], float] = {}
        self._lock = threading.Lock()

    def holdings(self, repository: Repository, name: NormalizedName) -> tuple[Holding, ...]:
        """Return who has versions of a package, in order of priority."""
        return tuple(self._walk(repository, name, seen=set()))

    def _walk(self, repository: Repository, name: NormalizedName, *, seen: set[str]) -> Iterator[Holding]:
        """Go down the chain, depth first: a repository, its upstreams in order, its external connection."""
        if repository.name in seen:
            return
        seen.add(repository.name)
        package = self._state.package(repository, name)
        if package is not None:
            versions = tuple(package.versions.values())
            yield Holding(repository=repository, is_external=False, package=package, versions=versions)
            if package.upstream is Restriction.BLOCK:
                return
        for upstream in repository.upstreams:
            yield from self._walk(self._state.repository(repository.domain, upstream), name, seen=seen)
        if repository.external_connection is not None and self._external is not None:
            versions = self._external.versions(name)
            if versions:
                yield Holding(repository=repository, is_external=True, package=None, versions=versions)

    def listing(self, holdings: tuple[Holding, ...]) -> tuple[PackageVersion, ...]:
        """Return the versions that a page shows, oldest first; the first to hold a version decides about it."""
        first: dict[str, PackageVersion] = {}
        for holding in holdings:
            for version in holding.versions:
                first.setdefault(version.version, version)
        shown = (version for version in first.values() if version.status.is_listed)
        return tuple(sorted(shown, key=lambda version: Version(version.version)))

    def pull(self, repository: Repository, name: NormalizedName, version: str, filename: str) -> Body:
        """Return an asset as a client of the repository downloads it; its version is then retained there.

        Raises:
            ServiceError: when there is no such asset, or its import is under way.
        """
        for holding in self.holdings(repository, name):
            found = next((item for item in holding.versions if item.version == version), None)
            if found is None:
                continue
            asset = found.asset(filename)
            if asset is None or not found.status.is_downloadable:
                break
            if holding.is_external:
                self._await_import(repository.domain, name, version)
                found = self._retain(holding.repository, name, replace(found, entry_point=EXTERNAL_CONNECTION))
            if holding.repository != repository:
                self._retain(repository, name, found)
            return self.open(asset)
        raise not_found("asset", filename)

    def _await_import(self, domain: str, name: NormalizedName, version: str) -> None:
        with self._lock:
            started_at = self._imports.setdefault((domain, name, version), self._clock())
        if self._clock() < started_at + self._import_seconds:
            raise not_found("asset", f"{name} {version}")

    def _retain(self, repository: Repository, name: NormalizedName, found: PackageVersion) -> PackageVersion:
        """Keep a copy of a version. Intermediate repositories of a chain keep none.  # ?"""
        copy = replace(found, published_at=self._clock())

        def add(package: Package | None) -> Package:
            # ? the origin controls of a package that came from an upstream repository.
            kept = package or Package(name=name, publish=Restriction.BLOCK, upstream=Restriction.ALLOW)
            if copy.version in kept.versions:
                return kept
            return replace(kept, versions={**kept.versions, copy.version: copy})

        return self._state.update_package(repository, name, add).versions[copy.version]

    def open(self, asset: Asset) -> Body:
        """Return an asset's bytes."""
        if asset.path is not None:
            return FileBody(asset.path, asset.path.stat().st_size)
        download = self._external_index().open(asset)
        # Waits for the upstream's answer: its refusal is then told as an error, not as a cut connection.
        length = download.length
        return FileBody(download.path(), length) if download.done else download

    def hashes(self, asset: Asset) -> tuple[int, dict[str, str]]:
        """Return an asset's size and its four digests, downloading it if need be."""
        if asset.path is not None:
            return asset.size or 0, dict(asset.hashes)
        path = self._external_index().open(asset).path()
        return path.stat().st_size, compute_hashes(path)

    def _external_index(self) -> ExternalIndex:
        if self._external is None:
            raise FileNotFoundError("no upstream index")
        return self._external
