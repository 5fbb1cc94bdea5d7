"""A recorded index and what was right on it: ``recorded.json.xz``, and how to read and write it."""

import functools
import json
import lzma
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.builder import Builder, BuildSettings
from ca_vendor.credential import FixedCredential
from ca_vendor.index import HttpClient, IndexClient
from ca_vendor.selection import DistributionFile, ProjectMissingError, ProjectPage, parse_wheel_name
from ca_vendor.store import Store
from ca_vendor.target import Architecture, Glibc, Target
from ca_vendor.workflows.builds import Builds
from ca_vendor.workflows.candidates import Candidates
from ca_vendor.workflows.indexes import IndexName
from ca_vendor.workflows.routing import IndexRouter
from ca_vendor.workflows.sources import RoutedIndex, StoredIndex
from tests.truth.resolutions import Pins

RECORDED = Path(__file__).with_name("recorded.json.xz")

_URL = "https://index.invalid"
_PRESET = 9 | lzma.PRESET_EXTREME


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An index as it was on a day, cut down to what some resolution could look at.

    Attributes:
        made: the day, as in ISO 8601.
        pages: by project.
        metadata: header fields of METADATA by file name: of every file that was asked for when recording, and of one
            file of every other version.
        sets: the requirements by the set's name.
        targets: what the sets were resolved for.
        expected: pins by set and by the target's place in ``targets``.
    """

    made: str
    pages: Mapping[NormalizedName, ProjectPage]
    metadata: Mapping[str, bytes]
    sets: Mapping[str, Sequence[str]]
    targets: Sequence[Target]
    expected: Mapping[str, Sequence[Pins]]


class FrozenIndex(StoredIndex):
    """A recorded index in the place of a live one."""

    def __init__(self, recording: Recording) -> None:
        nobody = IndexClient(url=_URL, credentials=FixedCredential(), http=HttpClient())
        super().__init__(nobody, Store(Path(os.devnull)))  # neither is ever asked
        self._recording = recording
        self._versions = {_version_key(filename): data for filename, data in recording.metadata.items()}

    def page(self, name: NormalizedName) -> ProjectPage:
        page = self._recording.pages.get(name)
        if page is None:
            raise ProjectMissingError(name, _URL)
        return page

    def metadata(self, file: DistributionFile) -> bytes:
        """Return what was recorded of the file, or of another wheel of its version, as all have the same header.

        No resolution that was recorded asked for a file of which nothing was.
        """
        data = self._recording.metadata.get(file.filename) or self._versions.get(_version_key(file.filename))
        # An AssertionError stops the run; a KeyError would read as "this version is unusable".
        assert data is not None, f"no METADATA of {file.filename} was recorded"
        return data

    def ensure_file(self, file: DistributionFile) -> str:
        raise AssertionError(f"{file.filename} was asked for, and no file was recorded")


def routed(index: StoredIndex) -> RoutedIndex:
    """Return an index as the only one of a run."""
    return RoutedIndex(IndexRouter(default=IndexName(identity=f"{_URL}/")), lambda _: index)


def frozen_candidates(index: StoredIndex, target: Target) -> Candidates:
    """Return an index as a view of a target sees it, with nothing to be built."""

    def refuse(settings: BuildSettings, target: Target) -> Builder:
        raise AssertionError(f"something is built for {target}")

    only = routed(index)
    builds = Builds(index=only, store=index.store, open_builder=refuse)
    return Candidates(target=target, index=only, builds=builds)


def _version_key(filename: str) -> tuple[str, Version]:
    wheel = parse_wheel_name(filename)
    assert wheel is not None
    return wheel.name, wheel.version


@functools.cache
def read_recording() -> Recording:
    """Return what is recorded."""
    document = json.loads(lzma.decompress(RECORDED.read_bytes()))
    blocks = [text.encode("utf-8", "surrogateescape") for text in document["blocks"]]
    return Recording(
        made=document["made"],
        pages={name: _parse_page(name, files) for name, files in document["projects"].items()},
        metadata={
            file[0]: blocks[file[5]] for files in document["projects"].values() for file in files if file[5] is not None
        },
        sets=document["sets"],
        targets=[_parse_target(fields) for fields in document["targets"]],
        expected=document["expected"],
    )


def write_recording(recording: Recording) -> int:
    """Write a recording, and return its size in bytes."""
    blocks = {block: number for number, block in enumerate(dict.fromkeys(recording.metadata.values()))}
    document = {
        "made": recording.made,
        "sets": dict(recording.sets),
        "targets": [_render_target(target) for target in recording.targets],
        "expected": {name: list(pins) for name, pins in recording.expected.items()},
        "blocks": [block.decode("utf-8", "surrogateescape") for block in blocks],
        "projects": {
            name: [_render_file(file, blocks.get(recording.metadata.get(file.filename, b""))) for file in page.files]
            for name, page in sorted(recording.pages.items())
        },
    }
    data = lzma.compress(json.dumps(document, separators=(",", ":")).encode(), preset=_PRESET)
    RECORDED.write_bytes(data)
    return len(data)


def _parse_page(name: NormalizedName, files: Sequence[Sequence[Any]]) -> ProjectPage:
    return ProjectPage.of(name=name, url=f"{_URL}/{name}/", files=tuple(_parse_file(name, *file[:5]) for file in files))


def _parse_file(
    project: str, filename: str, requires_python: str | None, yanked: str | None, sha256: str, size: int | None
) -> DistributionFile:
    return DistributionFile(
        filename=filename,
        url=f"{_URL}/{project}/{filename}",
        hashes={"sha256": sha256},
        size=size,
        requires_python=requires_python,
        yanked=yanked,
        has_metadata=True,
    )


def _render_file(file: DistributionFile, block: int | None) -> list[object]:
    return [file.filename, file.requires_python, file.yanked, file.sha256, file.size, block]


def _parse_target(fields: Sequence[Any]) -> Target:
    full_version, architecture, glibc = fields
    return Target(
        python_full_version=full_version, architecture=Architecture(architecture), glibc=Glibc(glibc[0], glibc[1])
    )


def _render_target(target: Target) -> list[object]:
    return [target.python_full_version, target.architecture.value, list(target.glibc)]
