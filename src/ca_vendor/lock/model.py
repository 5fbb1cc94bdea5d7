"""What a lock holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.lock.sources import Build, LockedFile, Sdist, Source
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
        index: identity of the index it comes from, one of the lock's ``indexes``; empty for the lock's own index.
    """

    name: NormalizedName
    version: Version
    file: LockedFile
    source: Source | None = None
    build: Build | None = None
    dependencies: tuple[NormalizedName, ...] = ()
    origins: tuple[str, ...] = ()
    index: str = ""

    @property
    def index_file(self) -> LockedFile | None:
        """The file that the index offers: the wheel, or the sdist it is built from; ``None`` where none offers it."""
        match self.source:
            case None:
                return self.file
            case Sdist(file=file):
                return file
            case _:
                return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A requirement of a project that the bundle leaves out.

    Attributes:
        required_by: ``name==version`` of a pin, or where in the inputs it stands.
        requirement: as required, without its marker.
    """

    required_by: str
    requirement: str

    def __str__(self) -> str:
        return f"`{self.required_by}` requires `{self.requirement}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """All pins of a bundle.

    Attributes:
        bundle: the bundle's name, part of the lock's file name.
        requirements: path of the requirements.in or pyproject.toml, relative to the lock's directory, with forward
            slashes.
        input_digest: of everything that determined the pins; see :func:`ca_vendor.lock.input_digest`.
        index: what the pins were locked against: a CodeArtifact repository as ``codeartifact:domain/repository``, or
            the URL of another index; empty where each pin has an index of its own.
        index_url: where that index was when locking.
        pins: sorted by name.
        indexes: where the other indexes were that pins come from, by identity.
        only_binary, no_binary: what configuration or the command line said of formats, sorted.
        extras, groups: which were chosen of a pyproject.toml, sorted.
        exclude: projects that are left out, sorted.
        missing: what requires these.
        provider: the bundle that has some of what is required; empty for none.
        provided: what it has that would otherwise be pinned here.
    """

    bundle: str
    target: Target
    requirements: str
    input_digest: str
    index: str
    index_url: str
    pins: tuple[Pin, ...]
    indexes: Mapping[str, str] = field(default_factory=dict)

    def index_of(self, pin: Pin) -> str:
        """Return the identity of the index that a pin comes from."""
        return pin.index or self.index

    def index_url_of(self, pin: Pin) -> str:
        """Return where the index of a pin was when locking."""
        return self.indexes[pin.index] if pin.index else self.index_url

    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    extras: tuple[NormalizedName, ...] = ()
    groups: tuple[NormalizedName, ...] = ()
    exclude: tuple[NormalizedName, ...] = ()
    missing: tuple[Missing, ...] = ()
    provider: str = ""
    provided: Mapping[NormalizedName, Version] = field(default_factory=dict)
