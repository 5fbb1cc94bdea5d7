"""Whether what a lock was made of is still what it was."""

import os
from collections.abc import Iterator
from pathlib import Path

from ca_vendor.digests import sha256_of
from ca_vendor.errors import FilesystemError
from ca_vendor.lock import Archive, Lock, Pin, Tree, input_digest
from ca_vendor.requirement import PathReference, TargetInputs
from ca_vendor.workflows.inputs import read_bundle_inputs
from ca_vendor.workflows.layers import changed_provisions
from ca_vendor.workflows.project import Bundle, Project
from ca_vendor.workflows.workspace import read_workspace


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
    inputs = read_bundle_inputs(project, bundle)
    return (
        lock.target == bundle.target
        and lock.input_digest == input_digest(inputs, bundle.target)
        and not any(changes_since(project, lock, inputs, project.read_provider(bundle)))
    )


def changes_since(project: Project, lock: Lock, inputs: TargetInputs, provider: Lock | None) -> Iterator[str]:
    """Say what has changed since a bundle was locked, besides its inputs.

    Args:
        project: where things are.
        lock: of the bundle.
        inputs: of the bundle, today.
        provider: lock of what provides for it; ``None`` where nothing does, or it is not locked.

    Raises:
        WorkspaceError: the workspace cannot be used.
    """
    for place in changed_sources(project, lock):
        yield f"`{place}` has changed since it was locked"
    yield from _moved(project, lock, inputs)
    yield from changed_provisions(lock, provider)


def _moved(project: Project, lock: Lock, inputs: TargetInputs) -> Iterator[str]:
    """Say which projects have come into the workspace since they were locked, and which have left it."""
    members = read_workspace(project.settings)
    named = {line.direct.reference.path for line in inputs.direct if isinstance(line.direct.reference, PathReference)}
    for pin in lock.pins:
        place, member = place_of(project, pin), members.get(pin.name)
        if member is not None and place != member:
            yield f"`{pin.name}` is `{project.shown(member)}` of the workspace, and was locked from elsewhere"
        elif member is None and isinstance(pin.source, Tree) and place not in named:
            yield f"`{project.shown(place or project.vendor)}` is neither named nor in the workspace any more"


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
