"""The files of a pin, and where a wheel comes from that no index offers as it is."""

from dataclasses import dataclass
from datetime import datetime

from packaging.utils import NormalizedName
from packaging.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """One distribution file.

    Attributes:
        url: absolute, as the index gave it when locking; ``None`` for a wheel that is built, or found at a path.
        sha256: lower-case hex.
        size: bytes, ``None`` where the index did not say.
        upload_time: ``None`` where the index did not say.
    """

    filename: str
    url: str | None
    sha256: str
    size: int | None = None
    upload_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdist:
    """An sdist of an index."""

    file: LockedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A wheel or an sdist that a requirement names by its URL or path.

    Attributes:
        file: the archive itself; its ``url`` is ``None`` where it is at a path.
        path: relative to the lock's directory, with forward slashes; ``None`` where it is at a URL.
        subdirectory: of the sdist, where the project is; empty for its root.
    """

    file: LockedFile
    path: str | None = None
    subdirectory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A source tree in the project.

    Attributes:
        path: relative to the lock's directory, with forward slashes.
        digest: of its files, as ``sha256:`` and lower-case hex.
    """

    path: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A commit of a git repository.

    Attributes:
        url: of the repository, without ``git+``.
        commit: its full hash, lower-case hex.
        revision: the branch, tag or commit that was asked for; empty where none was.
        subdirectory: where the project is; empty for the repository's root.
    """

    url: str
    commit: str
    revision: str = ""
    subdirectory: str = ""


Source = Sdist | Archive | Tree | Checkout


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequirement:
    """A distribution that a build used.

    Attributes:
        sha256: of its file, lower-case hex.
    """

    name: NormalizedName
    version: Version
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How a wheel was built from its source.

    Attributes:
        builder: what built it: ``host``, or ``container``.
        requirements: what was installed for it, sorted by name.
    """

    builder: str
    requirements: tuple[BuildRequirement, ...] = ()
