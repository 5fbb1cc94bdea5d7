"""Whether what a lock was made of is still what it was."""

import os
from collections.abc import Iterator
from pathlib import Path

from ca_vendor.digests import sha256_of
from ca_vendor.errors import FilesystemError
from ca_vendor.lock import Archive, Lock, Pin, Tree, input_digest
from ca_vendor.workflows.inputs import read_bundle_inputs
from ca_vendor.workflows.project import Bundle, Project


def place_of(project: Project, pin: Pin) -> Path | None:
    """Return where on disk the source of a pin is; ``None`` where it is not on disk."""
    match pin.source:
        case Tree(path=path) | Archive(path=str(path)):
            return Path(os.path.normpath(project.vendor / path))
        case _:
            return None


def changed_sources(project: Project, lock: Lock) -> Iterator[str]:
    """Yield the source trees and archives that are no longer what was locked, as shown."""
    for pin in lock.pins:
        place = place_of(project, pin)
        if place is not None and not _is_unchanged(place, pin):
            yield project.shown(place)


def is_current(project: Project, bundle: Bundle, lock: Lock) -> bool:
    """Whether a lock is what its bundle's inputs say, by their text and by what lies at the places they name.

    Raises:
        CaVendorError: inputs cannot be read.
    """
    return (
        lock.target == bundle.target
        and lock.input_digest == input_digest(read_bundle_inputs(project, bundle), bundle.target)
        and not any(changed_sources(project, lock))
    )


def _is_unchanged(place: Path, pin: Pin) -> bool:
    from ca_vendor.builder import digest_tree

    try:
        match pin.source:
            case Tree(digest=digest):
                return place.is_dir() and f"sha256:{digest_tree(place)}" == digest
            case Archive(file=file):
                return sha256_of(place) == file.sha256
            case _:
                return True
    except FilesystemError:
        return False
