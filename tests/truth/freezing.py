"""Cuts a live index down to what can be recorded, and asks the real interpreters again on what is left."""

import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.errors import CaVendorError
from ca_vendor.selection import DistributionFile, ProjectPage, parse_wheel_name, select_files
from ca_vendor.target import Target
from tests.truth.environments import own_host
from tests.truth.matrix import Column, Referee
from tests.truth.plain_index import PlainIndex, serve_plain_index
from tests.truth.recording import FrozenIndex, Recording
from tests.truth.resolutions import NoSolution, Pins
from tests.truth.sets import SETS

_NEWEST = 4
"""How many of a project's newest versions stay, asked for or not."""

_OLDER = 1
"""How many versions stay below each that was asked for."""

_FIELDS = (b"metadata-version", b"name", b"version", b"requires-python", b"requires-dist", b"provides-extra")
_PARALLEL = 24


def freeze(index: PlainIndex, names: Sequence[str], targets: Sequence[Target], *, jobs: int) -> Recording:
    """Return a recording of what was asked of an index, with the pins that are right on it.

    Args:
        index: it has answered every resolution that is to be recorded.
        names: of the sets.
        targets: what to record the sets' pins for.
        jobs: how many resolutions at once.
    """
    pages = {name: _cut(index.source.page(name), files) for name, files in index.asked.items()}
    metadata = _read_metadata(index, pages, targets)
    recording = Recording(
        made=datetime.now(timezone.utc).date().isoformat(),
        pages=pages,
        metadata=metadata,
        sets={name: SETS[name] for name in names},
        targets=targets,
        expected={},
    )
    return replace(recording, expected=_ask_again(recording, jobs=jobs))


def _cut(page: ProjectPage, asked: Collection[str]) -> ProjectPage:
    """Keep the files of the versions that were asked for, of some below each, and of the newest."""
    listed = sorted({version for file in page.files if (version := _wheel_version(file.filename))}, reverse=True)
    kept = set(listed[:_NEWEST])
    for version in {_wheel_version(filename) for filename in asked}:
        assert version is not None
        place = listed.index(version)
        kept |= set(listed[place : place + 1 + _OLDER])
    files = tuple(file for file in page.files if file.sha256 and _wheel_version(file.filename) in kept)
    return ProjectPage.of(name=page.name, url=page.url, files=files)


def _wheel_version(filename: str) -> Version | None:
    wheel = parse_wheel_name(filename)
    return wheel.version if wheel is not None else None


def _read_metadata(
    index: PlainIndex, pages: Mapping[NormalizedName, ProjectPage], targets: Sequence[Target]
) -> dict[str, bytes]:
    """Return what METADATA says to a resolver: of every file that was asked for, and of one of each other version."""
    wanted = [file for name, page in pages.items() for file in _wanted(page, index.asked[name], targets)]
    sys.stderr.write(f"reading METADATA of {len(wanted)} files of {len(pages)} projects\n")

    def read(file: DistributionFile) -> bytes:
        try:
            return header_fields(index.source.metadata(file))
        except CaVendorError as error:
            raise RuntimeError(f"no METADATA of {file.filename}: {error}") from error

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return dict(zip([file.filename for file in wanted], pool.map(read, wanted), strict=True))


def _wanted(page: ProjectPage, asked: Collection[str], targets: Sequence[Target]) -> Iterator[DistributionFile]:
    taken: defaultdict[Version, dict[str, DistributionFile]] = defaultdict(dict)
    for target in targets:
        for version, use in select_files(page, target).items():
            taken[version][use.file.filename] = use.file
    for files in taken.values():
        read = [file for filename, file in files.items() if filename in asked]
        # An index may have no other way to METADATA than the whole file.
        yield from read or [min(files.values(), key=lambda file: file.size or sys.maxsize)]


def header_fields(metadata: bytes) -> bytes:
    """Return the lines of METADATA that a resolver looks at, as they are."""
    header = metadata.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    kept, lines = False, []
    for line in header.split(b"\n"):
        if not line.startswith((b" ", b"\t")):
            kept = line.partition(b":")[0].lower() in _FIELDS
        if kept:
            lines.append(line)
    return b"\n".join(lines) + b"\n"


def _ask_again(recording: Recording, *, jobs: int) -> dict[str, list[Pins]]:
    with serve_plain_index(FrozenIndex(recording)) as index, ThreadPoolExecutor(jobs) as pool:
        referee = Referee(index_url=index.url)

        def ask(name: str, target: Target) -> Pins:
            column = Column(section="", title="", host=own_host(), target=target)
            pins, seconds = referee.expected(name, column)
            assert not isinstance(pins, NoSolution), f"{name} has no solution for {target}: {pins.output}"
            sys.stderr.write(f"recorded: {name}: {target}, glibc {target.glibc}: {len(pins)} pins, {seconds:.1f} s\n")
            return pins

        pending = {name: [pool.submit(ask, name, target) for target in recording.targets] for name in recording.sets}
        expected = {name: [future.result() for future in futures] for name, futures in pending.items()}
        assert not index.failures, index.failures
        return expected
