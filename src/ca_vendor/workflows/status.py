"""``ca-vendor status``: what bundles there are, and how far each has come."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ca_vendor.lock import InvalidLockError, Lock
from ca_vendor.workflows.check import FETCH, LOCK, check_bundles
from ca_vendor.workflows.project import Bundle, Project


class State(Enum):
    """How far a bundle has come."""

    NOT_LOCKED = "not locked"
    STALE = "stale"
    LOCKED = "locked"
    FETCHED = "fetched"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleStatus:
    """A bundle and how far it has come.

    Attributes:
        pins: `None` without a lock.
        unzipped_bytes: what its wheels take up unzipped; `None` where not all of them are there.
        provided_bytes: the same of the bundle that provides for it; 0 where none does.
    """

    bundle: Bundle
    state: State
    pins: int | None = None
    unzipped_bytes: int | None = None
    provided_bytes: int | None = 0

    @property
    def total_bytes(self) -> int | None:
        """What a function with its layer takes up unzipped; `None` where not all of it is there."""
        if self.unzipped_bytes is None or self.provided_bytes is None:
            return None
        return self.unzipped_bytes + self.provided_bytes


def read_status(project: Project, bundles: Sequence[Bundle]) -> list[BundleStatus]:
    """Return the status of each bundle.

    Raises:
        CaVendorError: inputs cannot be read.
    """
    return [_status(project, bundle) for bundle in bundles]


def _status(project: Project, bundle: Bundle) -> BundleStatus:
    try:
        lock = project.read_lock(bundle.name)
    except InvalidLockError:
        return BundleStatus(bundle=bundle, state=State.STALE)
    if lock is None:
        return BundleStatus(bundle=bundle, state=State.NOT_LOCKED)
    mends = {difference.mend for difference in check_bundles(project, [bundle], router=None, whole=False)}
    state = State.STALE if LOCK in mends else State.LOCKED if FETCH in mends else State.FETCHED
    provider = project.read_provider(bundle)
    return BundleStatus(
        bundle=bundle,
        state=state,
        pins=len(lock.pins),
        unzipped_bytes=_unzipped(project, lock),
        provided_bytes=_unzipped(project, provider) if provider else None if bundle.provided_by else 0,
    )


def _unzipped(project: Project, lock: Lock) -> int | None:
    wheelhouse, size = project.wheelhouse(lock.target), 0
    for pin in lock.pins:
        try:
            with zipfile.ZipFile(wheelhouse.path(pin.file.filename)) as archive:
                size += sum(entry.file_size for entry in archive.infolist())
        except (OSError, zipfile.BadZipFile):
            return None
    return size
