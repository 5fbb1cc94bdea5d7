"""How distribution files come to be published in a repository."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from packaging.utils import NormalizedName

from ca_vendor.emulator.archives import Distribution, find_distributions, read_distribution, render_time
from ca_vendor.emulator.model import (
    Asset,
    Clock,
    Package,
    PackageVersion,
    Repository,
    Restriction,
    Source,
)
from ca_vendor.emulator.state import State
from ca_vendor.emulator.upstream import revision_of

_WORKERS = 4


class Publisher:
    """Puts distribution files into repositories.

    Args:
        state: the repositories.
        clock: the time.
    """

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def publish(self, repository: Repository, distribution: Distribution, source: Source) -> Package:
        """Add a file to its package version; one of the same name is replaced."""

        def add(package: Package | None) -> Package:
            kept = package or _new_package(distribution.name)
            version = kept.versions.get(distribution.version)
            others = version.assets if version is not None else ()
            name = distribution.asset.filename
            assets = (*(asset for asset in others if asset.filename != name), distribution.asset)
            changed = PackageVersion(
                version=distribution.version,
                source=source,
                entry_point=repository.name,
                published_at=version.published_at if version is not None else self._clock(),
                revision=revision_of(assets),
                assets=assets,
                summary=distribution.summary,
            )
            if version is not None:
                changed = replace(changed, status=version.status)
            return replace(kept, versions={**kept.versions, distribution.version: changed})

        return self._state.update_package(repository, distribution.name, add)

    def publish_files(self, repository: Repository, paths: Iterable[Path]) -> None:
        """Publish files, and directories of files, where they lie; what is known already is not read again.

        Raises:
            NotADistributionError: when a file is neither wheel nor sdist.
        """
        files = [file for path in paths for file in (find_distributions(path) if path.is_dir() else (path,))]
        known = {asset.path: asset for asset in self._published(repository)}
        fresh = [file for file in files if not _is_unchanged(file, known.get(file.resolve()))]
        with ThreadPoolExecutor(_WORKERS) as pool:
            for distribution in pool.map(read_distribution, fresh):
                self.publish(repository, distribution, Source.DIRECTORY)

    def _published(self, repository: Repository) -> Iterable[Asset]:
        for package in self._state.packages(repository):
            for version in package.versions.values():
                yield from version.assets

    def drop_missing(self, repository: Repository) -> None:
        """Forget versions published from a directory that has them no longer."""
        for package in self._state.packages(repository):
            gone = frozenset(
                number
                for number, version in package.versions.items()
                if version.source is Source.DIRECTORY
                and not all(asset.path is not None and asset.path.exists() for asset in version.assets)
            )
            if gone:
                self._state.drop_versions(repository, package.name, gone)


def _new_package(name: NormalizedName) -> Package:
    """Return a package with the origin controls of one that is first published directly."""
    return Package(name=name, publish=Restriction.ALLOW, upstream=Restriction.BLOCK)


def _is_unchanged(path: Path, asset: Asset | None) -> bool:
    if asset is None:
        return False
    stat = path.stat()
    return (stat.st_size, render_time(stat.st_mtime)) == (asset.size, asset.upload_time)
