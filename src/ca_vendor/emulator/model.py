"""What a CodeArtifact domain holds, as values."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from packaging.utils import NormalizedName

from ca_vendor.errors import CaVendorError, ExitCode

Clock = Callable[[], float]
"""Returns the time in seconds since the epoch."""

HASHES = ("md5", "sha1", "sha256", "sha512")
"""The digests that the service computes for every asset, as hashlib calls them."""

EXTERNAL_CONNECTION = "public:pypi"
"""The one external connection that the format has."""


class EmulatorError(CaVendorError):
    """The emulator cannot be set up as it was asked to be."""

    exit_code = ExitCode.CONFIGURATION


class ManualClock:
    """A clock that moves only when it is told to.

    Args:
        now: where it starts, in seconds since the epoch; the present when not given.
    """

    def __init__(self, now: float | None = None) -> None:
        self._now = time.time() if now is None else now

    def __call__(self) -> float:
        """Return the time."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward, or back when negative."""
        self._now += seconds


class ShiftedClock:
    """The system's clock, and what it was advanced by."""

    def __init__(self) -> None:
        self._shift = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return time.time() + self._shift

    def advance(self, seconds: float) -> None:
        """Move the clock forward, or back when negative."""
        self._shift += seconds


class Restriction(str, Enum):
    """One side of a package's origin controls."""

    ALLOW = "ALLOW"
    BLOCK = "BLOCK"


class Status(str, Enum):
    """The status of a package version."""

    PUBLISHED = "Published"
    UNFINISHED = "Unfinished"
    UNLISTED = "Unlisted"
    ARCHIVED = "Archived"
    DISPOSED = "Disposed"
    DELETED = "Deleted"

    @property
    def is_listed(self) -> bool:
        """Whether the simple index shows the version."""
        return self in {Status.PUBLISHED, Status.UNFINISHED}

    @property
    def is_downloadable(self) -> bool:
        """Whether the version's assets are served."""
        return self in {Status.PUBLISHED, Status.UNFINISHED, Status.UNLISTED}


class Source(str, Enum):
    """How a package version came into its repository."""

    UPLOAD = "upload"
    DIRECTORY = "directory"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A distribution file of a package version.

    Attributes:
        filename: as its project published it.
        size: in bytes; ``None`` when the upstream index does not say.
        hashes: lower-case hexadecimal digests by hashlib's name of the algorithm.
        requires_python: the specifier text, when there is one.
        upload_time: RFC 3339 in UTC, when known.
        yanked: ``None`` when not yanked; else the reason, possibly empty.
        path: where the file lies, for an asset that was published here.
        url: where the file is had from, for an asset of the external connection.
    """

    filename: str
    size: int | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)
    requires_python: str | None = None
    upload_time: str | None = None
    yanked: str | None = None
    path: Path | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageVersion:
    """A version of a package, in a repository.

    Attributes:
        version: in normalised form.
        status: whether it is listed and served.
        source: how it came here.
        entry_point: the repository through which it entered the domain.
        published_at: seconds since the epoch.
        revision: changes with the set of assets.
        assets: its distribution files.
        summary: the one-line description, when the metadata has one.
    """

    version: str
    status: Status = Status.PUBLISHED
    source: Source
    entry_point: str
    published_at: float
    revision: str
    assets: tuple[Asset, ...]
    summary: str | None = None

    def asset(self, filename: str) -> Asset | None:
        """Return the asset of that file name."""
        return next((asset for asset in self.assets if asset.filename == filename), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package in a repository, with its origin controls."""

    name: NormalizedName
    publish: Restriction
    upstream: Restriction
    versions: Mapping[str, PackageVersion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain of an account."""

    name: str
    owner: str
    created_at: float
    encryption_key: str

    @property
    def label(self) -> str:
        """The ``DOMAIN-OWNER`` part of host names and paths."""
        return f"{self.name}-{self.owner}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository of a domain.

    Attributes:
        domain: the label of its domain.
        upstreams: names of repositories of the same domain, in order of priority.
        external_connection: the name of its external connection, when it has one.
    """

    name: str
    domain: str
    created_at: float
    description: str = ""
    upstreams: tuple[str, ...] = ()
    external_connection: str | None = None
