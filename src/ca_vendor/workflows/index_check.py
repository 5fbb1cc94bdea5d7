"""``ca-vendor check --online``: do the indexes still have what is locked, and does nobody else have its names?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from packaging.utils import NormalizedName

from ca_vendor.lock import InvalidLockError, Lock, LockedFile, Pin
from ca_vendor.selection import DistributionFile, ProjectMissingError, ProjectPage
from ca_vendor.workflows.check import Difference
from ca_vendor.workflows.indexes import IndexName, package_origins, repository_of
from ca_vendor.workflows.project import Bundle
from ca_vendor.workflows.session import Session

PARALLEL_QUESTIONS = 12

_Asked = tuple[str, NormalizedName]
"""The identity of an index, and a project."""


@dataclass(frozen=True, slots=True)
class _Locked:
    """A pin whose file an index offers, and the bundle that it is of."""

    bundle: str
    pin: Pin
    file: LockedFile
    identity: str

    @property
    def asked(self) -> _Asked:
        return self.identity, self.pin.name


@dataclass(frozen=True, slots=True)
class _Indexes:
    """The indexes, asked in parallel, each question once.

    Attributes:
        pages: what they answered; ``None`` where an index has no such project.
    """

    session: Session
    pages: dict[_Asked, ProjectPage | None] = field(default_factory=dict)

    def ask(self, questions: Iterable[_Asked], pool: ThreadPoolExecutor) -> None:
        fresh = [asked for asked in dict.fromkeys(questions) if asked not in self.pages]
        for identity in dict.fromkeys(identity for identity, _ in fresh):
            self.session.client(identity)  # AWS is asked here, where an interrupt ends it
        self.pages.update(zip(fresh, pool.map(self._page, fresh), strict=True))

    def _page(self, asked: _Asked) -> ProjectPage | None:
        identity, name = asked
        try:
            return self.session.client(identity).fetch_page(name)
        except ProjectMissingError:
            return None


def check_online(session: Session, bundles: Sequence[Bundle]) -> list[Difference]:
    """Compare locks with what their indexes say now, and look for other projects under the names of private ones.

    The names of private projects are asked of every configured index, and nothing else of them.

    Args:
        session: the run.
        bundles: whose locks to compare. What the offline check tells of them is not told again.

    Raises:
        CaVendorError: an index or AWS could not be asked.
    """
    locked = [each for bundle in bundles for each in _locked(session, bundle)]
    if not locked:
        return []
    indexes = _Indexes(session)
    pool = ThreadPoolExecutor(PARALLEL_QUESTIONS, thread_name_prefix="check")
    session.progress.begin("asking the indexes")
    try:
        indexes.ask((each.asked for each in locked), pool)
        found = [difference for each in locked for difference in _listed(each, indexes.pages[each.asked])]
        return found + list(_confusions(locked, indexes, pool))
    finally:
        session.stop()
        pool.shutdown(wait=True, cancel_futures=True)
        session.progress.end()


def _locked(session: Session, bundle: Bundle) -> Iterator[_Locked]:
    try:
        lock = session.project.read_lock(bundle.name)
    except InvalidLockError:
        lock = None
    for pin in _routed(session, lock) if lock else ():
        if pin.index_file is not None:
            yield _Locked(bundle.name, pin, pin.index_file, lock.index_of(pin) if lock else "")


def _routed(session: Session, lock: Lock) -> list[Pin]:
    """Return the pins that come from their index of today: no other is asked for a name that is claimed."""
    elsewhere = {pin.name for pin, _ in session.router.misrouted(lock)}
    return [pin for pin in lock.pins if pin.name not in elsewhere]


def _listed(locked: _Locked, page: ProjectPage | None) -> Iterator[Difference]:
    """Compare a locked file with its index's page."""
    file, relock = locked.file, f"ca-vendor lock --upgrade-package {locked.pin.name}"
    if page is None:
        problem = f"there is no project `{locked.pin.name}` on {locked.identity} any more"
        yield Difference(bundle=locked.bundle, problem=problem, mend=relock)
        return
    listed = [each for each in page.files if each.filename == file.filename]
    if not listed:
        problem = f"{locked.identity} does not list `{file.filename}` any more"
        yield Difference(bundle=locked.bundle, problem=problem, mend=relock)
    for each in listed[:1]:
        yield from _same(locked, each, relock)


def _same(locked: _Locked, listed: DistributionFile, relock: str) -> Iterator[Difference]:
    file = locked.file
    if listed.sha256 not in {None, file.sha256}:
        now, then = (listed.sha256 or "")[:12], file.sha256[:12]
        problem = f"{locked.identity} lists `{file.filename}` with sha256 {now}…, and {then}… was locked"
        yield Difference(bundle=locked.bundle, problem=problem, mend=f"find out who changed it, then {relock}")
    if listed.yanked is not None:
        why = f": {' '.join(listed.yanked.split())}" if listed.yanked.strip() else ""
        problem = f"`{file.filename}` was yanked{why}"
        yield Difference(bundle=locked.bundle, problem=problem, mend=relock)


def _confusions(locked: Sequence[_Locked], indexes: _Indexes, pool: ThreadPoolExecutor) -> Iterator[Difference]:
    """Look for other projects under the names of private ones, now or as soon as somebody publishes one."""
    router = indexes.session.router
    names = {index.identity: index for index in router.indexes}
    pins = list({each.asked: each for each in locked if each.identity in names}.values())
    origins = _origins(pins, names, indexes.session, pool)
    private = []
    for each in pins:
        claim = router.claim_of(each.pin.name)
        if claim.is_private if claim else origins[each.asked].is_own:
            private.append(each)
            yield from origins[each.asked].differences(each.pin, claimed=claim is not None)
    others = [(identity, each.pin.name) for each in private for identity in names if identity != each.identity]
    indexes.ask(others, pool)
    for each in private:
        for identity, index in names.items():
            page = indexes.pages.get((identity, each.pin.name))
            if identity != each.identity and page is not None and page.files:
                yield _two(each, names[each.identity], index)


def _two(locked: _Locked, index: IndexName, other: IndexName) -> Difference:
    problem = f"`{locked.pin.name}` comes from {_called(index)}, and {_called(other)} has a project of that name too"
    meant = f"; if both are meant, set `private = false` for `{index.name}`" if index.name else ""
    return Difference(bundle="", problem=problem, mend=f"find out whose it is{meant}")


def _called(index: IndexName) -> str:
    return f"the index {index}" if index.name else str(index)


@dataclass(frozen=True, slots=True)
class _Told:
    """What AWS tells of a package; nothing of one that is on another index.

    Attributes:
        is_own: it was published in the domain.
        foreign: how it came from outside; empty where it did not.
        opening: the repository that lets versions from outside in; empty where none does.
        command: closes the package to them.
    """

    is_own: bool = False
    foreign: str = ""
    opening: str = ""
    command: str = ""

    def differences(self, pin: Pin, *, claimed: bool) -> Iterator[Difference]:
        """Yield what is wrong with the origin of a private project."""
        if self.foreign and claimed:
            problem = f"`{pin.name}=={pin.version}` was not published in the domain; it came from {self.foreign}"
            mend = f"{self.command}, then ca-vendor lock --upgrade-package {pin.name}"
            yield Difference(bundle="", problem=problem, mend=mend)
        if self.opening:
            problem = f"versions of `{pin.name}` from outside may come in through the repository `{self.opening}`"
            yield Difference(bundle="", problem=problem, mend=self.command)


def _origins(
    pins: Sequence[_Locked], names: Mapping[str, IndexName], session: Session, pool: ThreadPoolExecutor
) -> Mapping[_Asked, _Told]:
    """Ask AWS of every pin that is on CodeArtifact."""
    from ca_vendor.codeartifact import origin_command

    asked = {each.identity for each in pins}
    sources = {identity: package_origins(names[identity], session.patience) for identity in asked}

    def told(locked: _Locked) -> _Told:
        source, repository = sources[locked.identity], repository_of(names[locked.identity])
        if source is None or repository is None:
            return _Told()
        origin = source.find(locked.pin.name, locked.pin.version)
        if origin is None:
            return _Told()
        opening, publish = origin.opening, origin.publish or "ALLOW"
        command = origin_command(repository, locked.pin.name, opening=opening or repository.repository, publish=publish)
        if origin.is_internal:
            return _Told(is_own=True, opening=opening, command=command)
        return _Told(foreign=origin.entry or "an origin that AWS does not know", command=command)

    return dict(zip((each.asked for each in pins), pool.map(told, pins), strict=True))
