"""METADATA and wheels of what is built: each made once, and kept in the store."""

import hashlib
import json
import os
import platform
import shutil
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.builder import Builder, BuildError, BuildSettings, Source, read_static_metadata
from ca_vendor.lock import Build, BuildRequirement, LockedFile
from ca_vendor.requirement import parse_metadata
from ca_vendor.selection import parse_wheel_name, tag_rank
from ca_vendor.store import Store
from ca_vendor.target import Target
from ca_vendor.view import ServedFile, ServedHostView, serve_host_view
from ca_vendor.workflows.sources import RoutedIndex

HOST, CONTAINER = BUILDERS = ("host", "container")
"""The builders there are, under their names in configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """Something to make METADATA or a wheel of.

    Attributes:
        digest: of all that the source is: the same digest, the same source.
    """

    source: Source
    digest: str

    @property
    def key(self) -> str:
        """What tells it from everything else that is made."""
        return f"{self.digest}#{self.source.subdirectory}"


@dataclass(frozen=True, slots=True)
class Made:
    """A wheel that was built, in the store, and how."""

    file: LockedFile
    build: Build


@dataclass(slots=True, kw_only=True)
class Builds:
    """Builds what a run needs, with build requirements from one index; a context manager.

    Attributes:
        index: where build requirements come from.
        store: where what was made is kept.
        name: of the builder: ``host``, or ``container``.
        open_builder: makes a builder for one build and its target.
        hidden: what no build may look into, where the system allows it.
        notices: what the user should know of the builds, in order.
        built: the names of the wheels that were built in this run.
    """

    index: RoutedIndex
    store: Store
    open_builder: Callable[[BuildSettings, Target], Builder]
    name: str = HOST
    hidden: tuple[Path, ...] = ()
    notices: list[str] = field(default_factory=list)
    built: list[str] = field(default_factory=list)
    _locks: defaultdict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    _tidy: threading.Lock = field(default_factory=threading.Lock)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Builds":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of_archive(self, path: Path, filename: str, sha256: str, *, subdirectory: str = "") -> Making:
        """Return what an sdist is made from.

        Args:
            path: the sdist; the store's name of it has no suffix to tell its format by.
            filename: its own name.
            sha256: its digest.
            subdirectory: of the project in it.
        """
        if path.name != filename:
            directory = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ca-vendor-sdist-"))
            named = Path(directory) / filename
            try:
                os.link(path, named)
            except OSError:
                shutil.copyfile(path, named)
            path = named
        source = Source(path=path, shown=filename, subdirectory=subdirectory)
        return Making(source=source, digest=f"sha256:{sha256}")

    def metadata(self, making: Making, target: Target) -> bytes:
        """Return the METADATA of a source: what it states, else what its backend says.

        Raises:
            BuildError: it cannot be had.
        """
        key = self._key("metadata", making, target)
        with self._one_at_a_time(key):
            known = self.store.read_metadata(key)
            if known is not None:
                return known
            data = read_static_metadata(making.source)
            if data is None:
                data = self._prepared(making, target)
            self.store.write_metadata(key, data)
            return data

    def wheel(self, making: Making, target: Target, *, recorded: Build | None = None) -> Made:
        """Return the wheel of a source for a target, from the store or built now.

        Args:
            making: the source.
            target: the machine it must load on.
            recorded: how it was built when it was locked; its build requirements are used again.

        Raises:
            BuildError: it cannot be built, or not for the target.
        """
        key = self._key("wheel", making, target, recorded)
        with self._one_at_a_time(key):
            made = self._kept(key, target)
            if made is None:
                made = self._build(making, target, recorded)
                self.store.write_metadata(key, _render(made))
            return made

    def _prepared(self, making: Making, target: Target) -> bytes:
        with self._served({}) as served:
            data = self._builder(served, target).prepare_metadata(making.source)
        if parse_metadata(data, filename=making.source.shown).requires_dist:
            self._note(
                f"what `{making.source.shown}` requires was computed by its backend on this machine; "
                f"if it depends on the machine, it may be wrong for {target}"
            )
        return data

    def _build(self, making: Making, target: Target, recorded: Build | None) -> Made:
        allowed = defaultdict[NormalizedName, set[Version]](set)
        for requirement in recorded.requirements if recorded else ():
            allowed[requirement.name].add(requirement.version)
        with tempfile.TemporaryDirectory(prefix="ca-vendor-built-") as scratch:
            with self._served(allowed) as served:
                wheel = self._builder(served, target).build_wheel(making.source, Path(scratch), target=target)
            used = served.files
            with wheel.path.open("rb") as file:
                chunks = iter(lambda: file.read(1 << 20), b"")
                sha256 = self.store.add_file(chunks, filename=wheel.filename, sha256=None, index=making.source.shown)
            size = wheel.path.stat().st_size
        with self._tidy:
            self.built.append(wheel.filename)
        if not wheel.confined:
            self._note("this system does not confine builds: their backends could read your files and use the network")
        build = Build(builder=self.name, requirements=_requirements(used))
        return Made(LockedFile(filename=wheel.filename, url=None, sha256=sha256, size=size), build)

    @contextmanager
    def _served(self, allowed: Mapping[NormalizedName, Collection[Version]]) -> Iterator[ServedHostView]:
        """Serve build requirements; an index that fails is the cause of a build that fails."""
        with serve_host_view(pages=self.index.page, ensure_file=self.index.ensure_path, allowed=allowed) as served:
            try:
                yield served
            except BuildError as error:
                if served.failure is not None:
                    raise served.failure from error
                raise

    def _builder(self, served: ServedHostView, target: Target) -> Builder:
        def abort() -> bool:
            return served.failed.is_set() or self.index.stopped.is_set()

        return self.open_builder(BuildSettings(index_url=served.url, hidden=self.hidden, abort=abort), target)

    def _kept(self, key: str, target: Target) -> Made | None:
        record = self.store.read_metadata(key)
        made = _parse(record) if record else None
        if made is None or not self.store.file_path(made.file.sha256).is_file():
            return None
        wheel = parse_wheel_name(made.file.filename)
        return made if wheel and tag_rank(wheel.tags, target) is not None else None

    def _key(self, kind: str, making: Making, target: Target, recorded: Build | None = None) -> str:
        """Return what a result is kept under: it depends on the machine that builds, and for a container on which."""
        machine = target.name if self.name == CONTAINER else f"{sys.implementation.cache_tag}-{platform.machine()}"
        used = [(each.name, str(each.version)) for each in recorded.requirements] if recorded else None
        content = json.dumps([kind, making.key, self.name, machine, used])
        return hashlib.sha256(content.encode()).hexdigest()

    def _one_at_a_time(self, key: str) -> threading.Lock:
        with self._tidy:
            return self._locks[key]

    def _note(self, text: str) -> None:
        with self._tidy:
            if text not in self.notices:
                self.notices.append(text)


def _requirements(used: list[ServedFile]) -> tuple[BuildRequirement, ...]:
    return tuple(BuildRequirement(name=file.name, version=file.version, sha256=file.sha256) for file in used)


def _render(made: Made) -> bytes:
    file, build = made.file, made.build
    used = [[each.name, str(each.version), each.sha256] for each in build.requirements]
    return json.dumps([file.filename, file.sha256, file.size, build.builder, used]).encode()


def _parse(record: bytes) -> Made | None:
    try:
        filename, sha256, size, builder, used = json.loads(record)
        requirements = tuple(
            BuildRequirement(name=canonicalize_name(name), version=Version(version), sha256=digest)
            for name, version, digest in used
        )
    except (ValueError, TypeError):
        return None  # of another ca-vendor
    return Made(
        LockedFile(filename=filename, url=None, sha256=sha256, size=size),
        Build(builder=builder, requirements=requirements),
    )
