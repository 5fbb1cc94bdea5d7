"""What an index says of a project, and what a target makes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from packaging.utils import BuildTag, NormalizedName
from packaging.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionFile:
    """One distribution file as an index lists it.

    Attributes:
        filename: the file's own name, unquoted.
        url: absolute, without fragment.
        hashes: algorithm name to lower-case hex digest.
        size: bytes, ``None`` where the index does not say.
        requires_python: the specifier as written, ``None`` where there is none.
        upload_time: when the file was published, ``None`` where the index does not say.
        yanked: why the file was yanked (possibly empty), ``None`` where it was not.
        has_metadata: the index serves the file's METADATA at ``url + ".metadata"`` (PEP 658).
    """

    filename: str
    url: str
    hashes: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    requires_python: str | None = None
    upload_time: datetime | None = None
    yanked: str | None = None
    has_metadata: bool = False

    @property
    def sha256(self) -> str | None:
        """The sha256 digest in lower-case hex, ``None`` where the index does not say."""
        return self.hashes.get("sha256")


@dataclass(frozen=True, slots=True)
class Listing:
    """A page's files by name, each made when it is looked at: a page lists thousands, and a target takes a few.

    Attributes:
        filenames: in the page's order.
        file: returns the file at a place in that order.
    """

    filenames: Sequence[str]
    file: Callable[[int], DistributionFile]

    def __iter__(self) -> Iterator[DistributionFile]:
        return map(self.file, range(len(self.filenames)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """An index's page of one project.

    Attributes:
        read: returns what it lists, anew each time: nothing of a long page is held that nobody looks at.
    """

    name: NormalizedName
    url: str
    read: Callable[[], Listing]

    @classmethod
    def of(cls, *, name: NormalizedName, url: str, files: Sequence[DistributionFile]) -> "ProjectPage":
        """Return the page of some files."""
        listing = Listing([file.filename for file in files], files.__getitem__)
        return cls(name=name, url=url, read=lambda: listing)

    @property
    def files(self) -> tuple[DistributionFile, ...]:
        """Every file, in the page's order."""
        return tuple(self.read())


@dataclass(frozen=True, slots=True, kw_only=True)
class UseWheel:
    """The file a target takes of a version."""

    file: DistributionFile
    version: Version
    rank: int
    build: BuildTag


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSdist:
    """The sdist a target's wheel of a version is built from."""

    file: DistributionFile
    version: Version


Use = UseWheel | BuildSdist


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """A version no file of which the target can use, with one reason a file."""

    version: Version
    reasons: tuple[str, ...]
    has_sdist: bool
