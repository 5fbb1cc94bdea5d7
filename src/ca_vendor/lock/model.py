"""What a lock holds."""

from dataclasses import dataclass

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.lock.sources import Build, LockedFile, Source
from ca_vendor.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One project at one version.

    Attributes:
        file: the wheel that the target installs.
        source: what the wheel is made of or where it lies; ``None`` where an index offers it.
        build: how it was built from its source; ``None`` where it was not.
        dependencies: the pinned projects this one requires on the target, sorted.
        origins: the requirements and constraints files that name it, as ``-r requirements.in``.
    """

    name: NormalizedName
    version: Version
    file: LockedFile
    source: Source | None = None
    build: Build | None = None
    dependencies: tuple[NormalizedName, ...] = ()
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """All pins of a bundle.

    Attributes:
        bundle: the bundle's name, part of the lock's file name.
        requirements: path of the requirements.in, relative to the lock's directory, with forward slashes.
        input_digest: of everything that determined the pins; see :func:`ca_vendor.lock.input_digest`.
        index: what the pins were locked against: a CodeArtifact repository as ``codeartifact:domain/repository``, or
            the URL of another index.
        index_url: where that index was when locking.
        pins: sorted by name.
    """

    bundle: str
    target: Target
    requirements: str
    input_digest: str
    index: str
    index_url: str
    pins: tuple[Pin, ...]
