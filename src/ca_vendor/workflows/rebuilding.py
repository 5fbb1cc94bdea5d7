"""Wheels that no index offers, made again from their locked sources."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from ca_vendor.builder import Source as BuildSource
from ca_vendor.builder import digest_tree
from ca_vendor.errors import IntegrityError, StaleError
from ca_vendor.lock import Archive, Build, Checkout, Lock, LockedFile, Pin, Sdist, Tree
from ca_vendor.requirement import GitReference
from ca_vendor.workflows.builders import open_builds
from ca_vendor.workflows.builds import Builds, Making
from ca_vendor.workflows.direct import DirectReferences, of_checkout
from ca_vendor.workflows.indexes import IndexName
from ca_vendor.workflows.once import Once
from ca_vendor.workflows.session import Session
from ca_vendor.workflows.sources import RoutedIndex, StoredIndex
from ca_vendor.workflows.staleness import place_of


class UnreproducibleBuildError(IntegrityError):
    """A wheel was built again and is another than the locked one."""

    def __init__(self, pin: Pin, got: LockedFile) -> None:
        used = pin.build.requirements if pin.build else ()
        super().__init__(
            f"`{pin.name}=={pin.version}` was built here to another wheel than the locked one",
            details=(
                f"expected sha256 {pin.file.sha256} of `{pin.file.filename}`",
                f"got      sha256 {got.sha256} of `{got.filename}`",
                f"built with {', '.join(f'{each.name} {each.version}' for each in used) or 'nothing recorded'}",
            ),
            hint="its build depends on the machine: commit the wheelhouse, publish the wheel, or run "
            f"`ca-vendor lock --upgrade-package {pin.name}` here",
        )
        self.pin = pin
        self.got = got


class ChangedSourceError(StaleError):
    """A source tree or archive is no longer what was locked."""

    def __init__(self, place: str) -> None:
        super().__init__(f"`{place}` has changed since it was locked", hint="run `ca-vendor lock`")
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was made.

    Attributes:
        wheels: file names, sorted.
        notices: what the user should know of the builds.
    """

    wheels: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def source_file(pin: Pin) -> LockedFile | None:
    """Return the file that has to be downloaded for a pin; ``None`` where its wheel comes from no download."""
    match pin.source:
        case None:
            return pin.file
        case Sdist(file=file) | Archive(file=file, path=None):
            return file
        case _:
            return None


def rebuild(session: Session, wanted: Iterable[tuple[Pin, Lock]], *, builder: str | None = None) -> Rebuilt:
    """Put the wheels of pins into the store that no index offers as they are.

    Args:
        session: the run.
        wanted: pins whose downloads are in the store.
        builder: what builds; ``None`` for what built each when it was locked.

    Raises:
        CaVendorError: a source has changed, cannot be built, or comes to another wheel than the locked one.
    """
    queue = [(pin, lock) for pin, lock in wanted if pin.source is not None]
    if not queue:
        return Rebuilt()
    session.progress.begin(f"building {', '.join(pin.name for pin, _ in queue)}")
    with ExitStack() as stack:
        workshop = _Workshop(session=session, stack=stack, builder=builder)
        pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="build")
        try:
            for _ in pool.map(lambda each: workshop.make(*each), queue):
                pass
        finally:
            workshop.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            session.progress.end()
        return workshop.rebuilt()


@dataclass(slots=True, kw_only=True)
class _Workshop:
    session: Session
    stack: ExitStack
    builder: str | None
    _opened: Once[tuple[str, str], Builds] = field(init=False)
    _all: list[Builds] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._opened = Once(self._open)

    def stop(self) -> None:
        for builds in self._all:
            builds.index.stopped.set()

    def rebuilt(self) -> Rebuilt:
        return Rebuilt(
            wheels=tuple(sorted({wheel for builds in self._all for wheel in builds.built})),
            notices=tuple(dict.fromkeys(notice for builds in self._all for notice in builds.notices)),
        )

    def make(self, pin: Pin, lock: Lock) -> None:
        """Put one wheel into the store."""
        if isinstance(pin.source, Archive) and pin.build is None:
            self._take(pin)
            return
        build = pin.build or Build(builder=self.builder or "host")
        builds = self._opened((lock.index, self.builder or build.builder))
        with DirectReferences(project=self.session.project, builds=builds, target=lock.target) as references:
            made = builds.wheel(self._making(pin, builds, references), lock.target, recorded=build)
        if made.file.sha256 != pin.file.sha256:
            raise UnreproducibleBuildError(pin, made.file)

    def _open(self, key: tuple[str, str]) -> Builds:
        default, builder = key
        session = self.session
        router = session.router
        if router.default is None and default:  # of a lock that no configuration knows
            router = replace(router, default=IndexName(identity=default, only_locked=True))
        index = RoutedIndex(router, lambda identity: StoredIndex(session.client(identity), session.store))
        builds = self.stack.enter_context(open_builds(session, index, builder))
        self._all.append(builds)
        return builds

    def _take(self, pin: Pin) -> None:
        """Put a wheel that lies at a path, or was downloaded, into the store."""
        place = place_of(self.session.project, pin)
        if place is None:
            return
        with place.open("rb") as file:
            chunks = iter(lambda: file.read(1 << 20), b"")
            shown = self.session.project.shown(place)
            self.session.store.add_file(chunks, filename=pin.file.filename, sha256=pin.file.sha256, index=shown)

    def _making(self, pin: Pin, builds: Builds, references: DirectReferences) -> Making:
        store, project = self.session.store, self.session.project
        match pin.source:
            case Tree(digest=digest):
                place = place_of(project, pin) or Path()
                if not place.is_dir() or f"sha256:{digest_tree(place)}" != digest:
                    raise ChangedSourceError(project.shown(place))
                return Making(source=BuildSource(path=place, shown=project.shown(place)), digest=digest)
            case Checkout(url=url, commit=commit, subdirectory=subdirectory) as checkout:
                reference = GitReference(url=url, revision=commit, subdirectory=subdirectory)
                return of_checkout(checkout, references.check_out(reference)[1])
            case Sdist(file=file):
                return builds.of_archive(store.file_path(file.sha256), file.filename, file.sha256)
            case Archive(file=file, subdirectory=subdirectory):
                path = place_of(project, pin) or store.file_path(file.sha256)
                return builds.of_archive(path, file.filename, file.sha256, subdirectory=subdirectory)
            case None:
                raise AssertionError(pin.name)  # it was left out above
