"""Wheels that were built for earlier locks, kept so that a hash changes only with what it is of."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from packaging.utils import NormalizedName

from ca_vendor.lock import Archive, InvalidLockError, Pin, Sdist, Source, Tree
from ca_vendor.selection import parse_wheel_name, tag_rank
from ca_vendor.target import Target
from ca_vendor.workflows.builds import Made
from ca_vendor.workflows.project import Project


class EarlierBuilds:
    """The built wheels that a project's locks name and a target loads.

    Args:
        project: whose locks are looked into.
        target: the machine that wheels are for.
        builder: only wheels that this builder built.
        anew: whether a project is to be built anew.
    """

    def __init__(
        self, project: Project, target: Target, *, builder: str, anew: Callable[[NormalizedName], bool]
    ) -> None:
        self._target = target
        self._anew = anew
        pins = [pin for pin in _pins(project) if pin.build is not None and pin.build.builder == builder]
        self._made = {(pin.name, _identity(pin.source)): pin for pin in pins if self._loads(pin.file.filename)}

    def find(self, name: NormalizedName, source: Source) -> Made | None:
        """Return the wheel that a lock has of a source; ``None`` where none has, or it is to be built anew."""
        pin = None if self._anew(name) else self._made.get((name, _identity(source)))
        return Made(pin.file, pin.build) if pin is not None and pin.build is not None else None

    def _loads(self, filename: str) -> bool:
        wheel = parse_wheel_name(filename)
        return wheel is not None and tag_rank(wheel.tags, self._target) is not None


def _pins(project: Project) -> Iterator[Pin]:
    try:
        locks = project.locks()
    except InvalidLockError:
        return  # locking anew is what that error would advise
    for lock in locks:
        yield from lock.pins


def _identity(source: Source | None) -> object:
    """Return what makes two sources one: what they hold, not where they were found."""
    match source:
        case Sdist(file=file) | Archive(file=file, subdirectory=""):
            return file.sha256
        case Archive(file=file, subdirectory=subdirectory):
            return file.sha256, subdirectory
        case Tree(digest=digest):
            return digest
        case None:
            return None
        case checkout:
            return replace(checkout, revision="")
