"""What a builder is given, and what it hands back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.files import UnreadableError
from ca_vendor.target import Target

_HTTP = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is to be built; never written into.

    Attributes:
        path: an sdist's archive, or the directory of a source tree.
        shown: what messages call it: ``docopt==0.6.2``, ``./libs/common``.
        subdirectory: of the project below the source's root, as in a direct reference's ``#subdirectory=``.
    """

    path: Path
    shown: str
    subdirectory: str = ""

    @property
    def is_tree(self) -> bool:
        """Whether it is a source tree rather than an archive.

        Raises:
            UnreadableError: the system does not tell.
        """
        try:
            return self.path.is_dir()
        except OSError as error:
            raise UnreadableError(self.path, error) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """What all builds of a run share.

    Attributes:
        index_url: a simple index on loopback, the only one that build requirements come from.
        hidden: directories and files that no build may look into, where the system allows it: the user's project, the
            store. The user's home and whatever else is known to hold credentials are hidden anyway.
        confine: whether to confine builds on this machine where the system allows it.
        abort: asked several times a second; when it says so, the build is ended.
    """

    index_url: str
    hidden: tuple[Path, ...] = ()
    confine: bool = True
    abort: Callable[[], bool] = lambda: False

    @property
    def port(self) -> int:
        """The port of loopback that the index is on."""
        return urlsplit(self.index_url).port or _HTTP


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltWheel:
    """A wheel that was built here, normalised, and that its target loads.

    Attributes:
        tags: ``python-abi-platform`` as in its file name, possibly a compressed set.
        sha256: lower-case hex.
        confined: whether the build saw neither the network nor the user's files.
    """

    path: Path
    filename: str
    name: NormalizedName
    version: Version
    tags: str
    sha256: str
    confined: bool


class Builder(Protocol):
    """Makes metadata and wheels of sources; each call is a build of its own, and several may run at once.

    A build that was aborted fails as any other does. Whoever aborted it knows better why: a view of the index that
    failed, say, has the cause.
    """

    def prepare_metadata(self, source: Source) -> bytes:
        """Return the METADATA that the source's backend makes.

        Raises:
            BuildError: the source cannot be used, or its backend failed.
        """
        ...

    def build_wheel(self, source: Source, destination: Path, *, target: Target) -> BuiltWheel:
        """Build a wheel that the target loads.

        Args:
            source: what to build.
            destination: the directory that the wheel appears in, whole; made when missing.
            target: the machine it must load on.

        Raises:
            BuildError: the source cannot be used, or its backend failed.
            ForeignBinaryError: the wheel that came of it is for another machine.
        """
        ...
