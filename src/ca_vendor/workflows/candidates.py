"""What one bundle's view can offer: the projects of the index, and those that direct references name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from packaging.utils import NormalizedName

from ca_vendor.lock import Build, LockedFile, Sdist, Source
from ca_vendor.selection import BuildSdist, DistributionFile, ProjectPage, Use
from ca_vendor.target import Target
from ca_vendor.workflows.builds import Builds, Made, Making
from ca_vendor.workflows.direct import Direct
from ca_vendor.workflows.sources import RoutedIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """The wheel of a pin, and where it comes from; the fields are those of :class:`ca_vendor.lock.Pin`."""

    file: LockedFile
    source: Source | None = None
    build: Build | None = None
    index: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Pages and METADATA for a view of one target, and the wheels of what is chosen there.

    Attributes:
        index: projects by name.
        builds: makes METADATA and wheels of sources.
        direct: what direct references name; no index is asked for these.
        earlier: returns the wheel that a lock already has of a source, so that it stays what it was.
    """

    target: Target
    index: RoutedIndex
    builds: Builds
    direct: Mapping[NormalizedName, Direct] = field(default_factory=dict)
    earlier: Callable[[NormalizedName, Source], Made | None] = lambda _name, _source: None

    def page(self, name: NormalizedName) -> ProjectPage:
        """Return a project's page.

        Raises:
            ProjectMissingError: there is none.
            CaVendorError: the index could not be read.
        """
        direct = self.direct.get(name)
        if direct is not None:
            return ProjectPage.of(name=name, url=direct.listed.url, files=(direct.listed,))
        return self.index.page(name)

    def metadata(self, name: NormalizedName, file: DistributionFile) -> bytes:
        """Return the METADATA of a project's file.

        Raises:
            CaVendorError: it cannot be had.
        """
        direct = self.direct.get(name)
        if direct is not None:
            return direct.metadata
        if file.filename.endswith(".whl"):
            return self.index.metadata(name, file)
        return self.builds.metadata(self._making(name, file), self.target)

    def wheel(self, name: NormalizedName, use: Use) -> Wheel:
        """Return the wheel that a choice in the view comes to.

        Raises:
            CaVendorError: it cannot be built.
        """
        direct = self.direct.get(name)
        if direct is not None and direct.wheel is not None:
            return Wheel(file=direct.wheel, source=direct.source)
        if direct is not None and direct.making is not None:
            return self._built(name, direct.source, direct.making)
        file, index = self._locked(name, use.file), self.index.router.index_of(name).identity
        if isinstance(use, BuildSdist):
            return replace(self._built(name, Sdist(file=file), self._making(name, use.file)), index=index)
        return Wheel(file=file, index=index)

    def _built(self, name: NormalizedName, source: Source, making: Making) -> Wheel:
        made = self.earlier(name, source) or self.builds.wheel(making, self.target)
        return Wheel(file=made.file, source=source, build=made.build)

    def _making(self, name: NormalizedName, file: DistributionFile) -> Making:
        path = self.index.ensure_path(name, file)
        return self.builds.of_archive(path, file.filename, path.name)

    def _locked(self, name: NormalizedName, file: DistributionFile) -> LockedFile:
        return LockedFile(
            filename=file.filename,
            url=file.url,
            # An index that publishes no sha256 leaves one way to know it.
            sha256=file.sha256 or self.index.ensure_file(name, file),
            size=file.size,
            upload_time=file.upload_time,
        )
