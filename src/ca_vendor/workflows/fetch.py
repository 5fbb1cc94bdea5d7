"""``ca-vendor fetch``: exactly the locked wheels, in the wheelhouses, and requirements files that name only those."""

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from ca_vendor.errors import StaleError
from ca_vendor.files import StagedFiles
from ca_vendor.lock import Lock, LockedFile, Pin
from ca_vendor.selection import DistributionFile
from ca_vendor.target import Target
from ca_vendor.timings import TIMINGS
from ca_vendor.wheelhouse import Wheelhouse
from ca_vendor.workflows.progress import counted
from ca_vendor.workflows.project import Bundle, Project
from ca_vendor.workflows.routing import index_router, locked_elsewhere
from ca_vendor.workflows.session import Session
from ca_vendor.workflows.sources import until_set
from ca_vendor.workflows.staleness import is_current

if TYPE_CHECKING:
    # Imported where a file is missing: a run that finds all in place starts in half the time.
    from ca_vendor.index import IndexClient

PARALLEL_DOWNLOADS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOutcome:
    """What was fetched.

    Attributes:
        wheels: how many there are now in the wheelhouses of the locks.
        total_bytes: their size.
        downloaded: file names that were asked of an index.
        downloaded_bytes: their size.
        removed: paths of wheels that no lock names any more, as shown.
        written: paths of the requirements files that changed, as shown.
        built: file names of the wheels that were built of sources.
        notices: what the user should know of these.
    """

    wheels: int
    total_bytes: int
    downloaded: tuple[str, ...]
    downloaded_bytes: int
    removed: tuple[str, ...]
    written: tuple[str, ...]
    built: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class NotLockedError(StaleError):
    """Bundles have no lock to fetch by."""

    def __init__(self, bundles: Iterable[str]) -> None:
        names = ", ".join(f"`{name}`" for name in bundles)
        super().__init__(f"there is no lock of {names}" if names else "there is no lock", hint="run `ca-vendor lock`")


class StaleLockError(StaleError):
    """Inputs have changed since they were locked."""

    def __init__(self, bundles: Iterable[str]) -> None:
        names = ", ".join(f"`{name}`" for name in bundles)
        super().__init__(f"the inputs of {names} have changed since they were locked", hint="run `ca-vendor lock`")


class LockedElsewhereError(StaleError):
    """Pins were locked from another index than the one that is configured to serve them, and no other."""

    def __init__(self, bundle: str, pins: tuple[str, ...]) -> None:
        super().__init__(
            f"the lock of `{bundle}` has pins of another index than is configured",
            details=pins,
            hint="run `ca-vendor lock`",
        )
        self.bundle = bundle
        self.pins = pins


class TwoFilesOfOneNameError(StaleError):
    """Two locks of one target name different files by one name: it was published anew between them."""

    def __init__(self, filename: str, project: str, bundles: tuple[str, str]) -> None:
        first, second = bundles
        super().__init__(
            f"the locks of `{first}` and `{second}` name different files `{filename}`",
            hint=f"run `ca-vendor lock --upgrade-package {project}`",
        )
        self.filename = filename
        self.bundles = bundles


def fetch_locks(session: Session, locks: Sequence[tuple[Lock, Bundle]], *, builder: str | None = None) -> FetchOutcome:
    """Fill the wheelhouses with what the locks name.

    Files are verified while they stream into the store. Wheels and requirements files are all written before the
    first of them appears; wheels that no lock of the project names are removed last.

    Args:
        session: the run; an index is asked for only where a file is missing.
        locks: each with the bundle it is for.
        builder: what builds wheels of sources; ``None`` for what built each when it was locked.

    Raises:
        CaVendorError: a file cannot be had, is not the locked one, or cannot be written.
    """
    project, store = session.project, session.store
    wanted = _by_target(locks)
    entries = [(target, pin, lock) for target, files in wanted.items() for pin, lock in files.values()]
    with TIMINGS.phase("verifying wheels"):
        present = store.digests.sha256_of_all(_path(project, target, pin) for target, pin, _ in entries)
    missing = [entry for entry, sha256 in zip(entries, present, strict=True) if sha256 != entry[1].file.sha256]
    obtained = _obtain([(pin, lock) for _, pin, lock in missing], session, builder)
    with TIMINGS.phase("linking and writing"), StagedFiles() as staged:
        for target, pin, _ in missing:
            project.wheelhouse(target).add(store.file_path(pin.file.sha256), pin.file.filename, staged=staged)
        written = [
            project.shown(bundle.compiled)
            for lock, bundle in locks
            if staged.write(bundle.compiled, project.vendored_text(lock, bundle).encode())
        ]
        named = _named_wheels(project)
        staged.commit()
    for target, pin, _ in missing:
        store.digests.linked(_path(project, target, pin))
    removed = tuple(_prune(project, named))
    store.sweep()
    store.digests.write()
    return FetchOutcome(
        wheels=len(entries),
        total_bytes=sum(_path(project, target, pin).stat().st_size for target, pin, _ in entries),
        downloaded=tuple(sorted(file.filename for file in obtained.downloaded)),
        downloaded_bytes=sum(store.file_path(file.sha256).stat().st_size for file in obtained.downloaded),
        removed=removed,
        written=tuple(written),
        built=obtained.built,
        notices=obtained.notices,
    )


def fetch_wheels(session: Session, locks: Sequence[tuple[Lock, Bundle]], place: Project) -> int:
    """Put what locks name into the wheelhouses of another place, and change nothing in the project.

    Args:
        session: the run; an index is asked for only what neither the store nor the project's own wheelhouses have.
        locks: each with the bundle it is for.
        place: whose wheelhouses to fill.

    Returns:
        How many files were downloaded.

    Raises:
        CaVendorError: a file cannot be had, is not the locked one, or cannot be written.
    """
    absent = list[tuple[Target, Pin, Lock]]()
    for target, files in _by_target(locks).items():
        for filename, (pin, lock) in files.items():
            vendored = session.project.wheelhouse(target).path(filename)
            if session.store.digests.sha256_of(vendored) == pin.file.sha256:
                place.wheelhouse(target).add(vendored, filename)
            else:
                absent.append((target, pin, lock))
    obtained = _obtain([(pin, lock) for _, pin, lock in absent], session)
    for target, pin, _ in absent:
        place.wheelhouse(target).add(session.store.file_path(pin.file.sha256), pin.file.filename)
    return len(obtained.downloaded)


def _path(project: Project, target: Target, pin: Pin) -> Path:
    return project.wheelhouse(target).path(pin.file.filename)


def _named_wheels(project: Project) -> Mapping[str, Collection[str]]:
    """Return the wheels that the locks of a project name, by target.

    Raises:
        InvalidLockError: a lock cannot be read, so that nobody can tell which wheels it names.
    """
    named = defaultdict[str, set[str]](set)
    for lock in project.locks():
        named[lock.target.name] |= {pin.file.filename for pin in lock.pins}
    return named


def _prune(project: Project, named: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Remove the wheels that no lock of the project names; yield their paths as shown.

    Raises:
        UnwritableError: a wheelhouse refuses.
    """
    for wheelhouse in wheelhouses(project):
        for filename in wheelhouse.prune(named.get(wheelhouse.directory.name, ())):
            yield project.shown(wheelhouse.path(filename))


def wheelhouses(project: Project) -> Iterator[Wheelhouse]:
    """Yield the wheelhouses that are on disk, by name."""
    directory = project.root / project.settings.wheelhouse
    if directory.is_dir():
        yield from (Wheelhouse(path) for path in sorted(directory.iterdir()) if path.is_dir())


def _by_target(locks: Sequence[tuple[Lock, Bundle]]) -> Mapping[Target, Mapping[str, tuple[Pin, Lock]]]:
    wanted = defaultdict[Target, dict[str, tuple[Pin, Lock]]](dict)
    for lock, _ in locks:
        for pin in lock.pins:
            other, owner = wanted[lock.target].setdefault(pin.file.filename, (pin, lock))
            if other.file.sha256 != pin.file.sha256:
                raise TwoFilesOfOneNameError(pin.file.filename, pin.name, (owner.bundle, lock.bundle))
    return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Obtained:
    """What was downloaded, and what was built with what to say of it."""

    downloaded: Sequence[LockedFile] = ()
    built: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def _obtain(pins: Sequence[tuple[Pin, Lock]], session: Session, builder: str | None = None) -> _Obtained:
    """See that the wheels of pins are in the store."""
    with TIMINGS.phase("verifying the store"):
        stored = session.store.digests.sha256_of_all(session.store.file_path(pin.file.sha256) for pin, _ in pins)
    absent = [each for each, sha256 in zip(pins, stored, strict=True) if sha256 != each[0].file.sha256]
    if not absent:
        return _Obtained()
    from ca_vendor.workflows.rebuilding import rebuild

    downloaded = _download(absent, session)
    rebuilt = rebuild(session, absent, builder=builder)
    return _Obtained(downloaded=downloaded, built=rebuilt.wheels, notices=rebuilt.notices)


def _is_stored(file: LockedFile, session: Session) -> bool:
    """Whether the store has a file, and a disk has not damaged it since."""
    return session.store.digests.sha256_of(session.store.file_path(file.sha256)) == file.sha256


def _download(pins: Sequence[tuple[Pin, Lock]], session: Session) -> list[LockedFile]:
    """See that what the wheels of pins are, or are made of, is in the store; return what had to be downloaded."""
    from ca_vendor.workflows.rebuilding import source_file

    files = ((source_file(pin), pin, lock) for pin, lock in pins)
    absent = {
        file.sha256: _Download(file=file, pin=pin, lock=lock)
        for file, pin, lock in files
        if file is not None and not _is_stored(file, session)
    }
    if not absent:
        return []
    # The largest first, so that none is left to run alone at the end.
    queue = sorted(absent.values(), key=lambda download: -(download.file.size or 0))
    sizes = [download.file.size for download in queue]
    total = sum(size for size in sizes if size is not None) if None not in sizes else None
    for download in queue:
        session.client(download.index)  # AWS is asked here, where an interrupt ends it
    session.progress.begin(f"downloading {len(queue)} files", total=total)
    cancelled = threading.Event()
    pool = ThreadPoolExecutor(PARALLEL_DOWNLOADS, thread_name_prefix="fetch")
    try:
        for future in as_completed([pool.submit(_download_one, download, session, cancelled) for download in queue]):
            future.result()
    finally:
        # On an error or an interrupt the others end at their next chunk, and leave nothing behind.
        cancelled.set()
        session.stop()
        pool.shutdown(wait=True, cancel_futures=True)
        session.progress.end()
    return [download.file for download in queue]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Download:
    """A file to download for a pin."""

    file: LockedFile
    pin: Pin
    lock: Lock

    @property
    def index(self) -> str:
        return self.lock.index_of(self.pin)


def _download_one(download: _Download, session: Session, cancelled: threading.Event) -> None:
    from ca_vendor.index import IndexAnswerError

    file, client = download.file, session.client(download.index)

    def keep(listed: DistributionFile) -> None:
        chunks = counted(until_set(cancelled, client.stream_file(listed)), session.progress)
        with TIMINGS.phase("downloading"), session.progress.waiting_for(file.filename):
            session.store.add_file(chunks, filename=file.filename, sha256=file.sha256, index=client.url)

    try:
        keep(_on_index(file, download.lock.index_url_of(download.pin), client))
    except IndexAnswerError as error:
        listed = _listed(download, client) if error.status == HTTPStatus.NOT_FOUND else None
        if listed is None:
            raise
        keep(listed)


def _on_index(file: LockedFile, index_url: str, client: "IndexClient") -> DistributionFile:
    """Return the file at today's address of its index: the lock's may have been a VPC's or a dual-stack one."""
    url = file.url or ""
    if index_url and url.startswith(index_url):
        url = client.url + url[len(index_url) :]
    return DistributionFile(filename=file.filename, url=url, hashes={"sha256": file.sha256}, size=file.size)


def _listed(download: _Download, client: "IndexClient") -> DistributionFile | None:
    """Find a file that is not where it was by its hash on the index's page; no index is asked for what none offers."""
    if download.pin.index_file is None:
        return None
    page = client.fetch_page(download.pin.name)
    return next((listed for listed in page.files if listed.sha256 == download.file.sha256), None)


def locks_to_fetch(project: Project, bundles: Sequence[Bundle]) -> list[tuple[Lock, Bundle]]:
    """Return the lock of each bundle.

    Raises:
        NotLockedError: some have none.
        StaleLockError: some were locked from other inputs or for another target.
        LockedElsewhereError: some pins come from another index than the one that claims them.
    """
    locks = [(project.read_lock(bundle.name), bundle) for bundle in bundles]
    without = [bundle.name for lock, bundle in locks if lock is None]
    if without or not locks:
        raise NotLockedError(without)
    found = [(lock, bundle) for lock, bundle in locks if lock is not None]
    stale = [bundle.name for lock, bundle in found if not is_current(project, bundle, lock)]
    if stale:
        raise StaleLockError(stale)
    claims = replace(index_router(project.settings), default=None)
    for lock, _ in found:
        elsewhere = [locked_elsewhere(lock, pin, index) for pin, index in claims.misrouted(lock)]
        if elsewhere:
            raise LockedElsewhereError(lock.bundle, tuple(elsewhere))
    return found
