"""The wheels in a project's wheelhouses as a check finds them, each looked at once however many bundles use it."""

import os
from collections.abc import Sequence
from pathlib import Path

from ca_vendor.digests import KnownDigests
from ca_vendor.lock import Lock
from ca_vendor.requirement import CoreMetadata, parse_metadata
from ca_vendor.timings import TIMINGS
from ca_vendor.wheel import read_wheel
from ca_vendor.workflows.project import Project


class Shelf:
    """Digests and contents of a project's wheels.

    Args:
        project: whose wheels.
        digests: of files that have not changed since they were computed; ``None`` to read every file.
    """

    def __init__(self, project: Project, digests: KnownDigests | None = None) -> None:
        self._project = project
        self._known = digests or KnownDigests(Path(os.devnull))
        self._digests: dict[tuple[str, str], str | None] = {}
        self._contents: dict[tuple[str, str], tuple[CoreMetadata, int]] = {}

    def digests(self, lock: Lock) -> Sequence[str | None]:
        """Return the digests of the wheels that a lock pins, in its order; ``None`` for one that is not there.

        Raises:
            UnreadableError: one cannot be read.
        """
        wheels = [(lock.target.name, pin.file.filename) for pin in lock.pins]
        unknown = [wheel for wheel in wheels if wheel not in self._digests]
        if unknown:
            wheelhouse = self._project.wheelhouse(lock.target)
            with TIMINGS.phase("verifying wheels"):
                digests = self._known.sha256_of_all(wheelhouse.path(filename) for _, filename in unknown)
            self._digests |= zip(unknown, digests, strict=True)
        return [self._digests[wheel] for wheel in wheels]

    def content(self, lock: Lock, filename: str) -> tuple[CoreMetadata, int]:
        """Return the metadata of a wheel and its size when unzipped.

        Raises:
            BrokenWheelError: it cannot be read as a wheel.
            MetadataError: its METADATA lacks what it must have.
        """
        wheel = lock.target.name, filename
        if wheel not in self._contents:
            with (
                TIMINGS.phase("looking into wheels"),
                self._project.wheelhouse(lock.target).path(filename).open("rb") as file,
            ):
                content = read_wheel(file, filename=filename)
            metadata = parse_metadata(content.metadata, filename=filename)
            self._contents[wheel] = metadata, content.unzipped_bytes
        return self._contents[wheel]
