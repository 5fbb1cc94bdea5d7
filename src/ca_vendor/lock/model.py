"""What a lock holds."""

from dataclasses import dataclass
from datetime import datetime

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """The one distribution file of a pin.

    Attributes:
        url: absolute, as the index gave it when locking.
        sha256: lower-case hex.
        size: bytes, ``None`` where the index did not say.
        upload_time: ``None`` where the index did not say.
    """

    filename: str
    url: str
    sha256: str
    size: int | None = None
    upload_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One project at one version.

    Attributes:
        dependencies: the pinned projects this one requires on the target, sorted.
        origins: the requirements and constraints files that name it, as ``-r requirements.in``.
    """

    name: NormalizedName
    version: Version
    file: LockedFile
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
