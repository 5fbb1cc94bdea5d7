"""Wheels below code directories while `sam build` runs, for what cannot reach the wheelhouse."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ca_vendor.files import UnwritableError
from ca_vendor.lock import Lock
from ca_vendor.sam import CACHE_DIRECTORY
from ca_vendor.wheelhouse import Wheelhouse
from ca_vendor.workflows.project import Bundle, Project

STAGED = CACHE_DIRECTORY
"""Where they are, below a code directory."""


@contextmanager
def staged_wheels(wheels: Mapping[Path, Sequence[Path]]) -> Iterator[None]:
    """Put wheels below code directories, and take them away at the end.

    They are hard links where the system allows, copies elsewhere. What a killed run left is replaced.

    Args:
        wheels: of each code directory.

    Raises:
        UnwritableError: a code directory refuses.
    """
    try:
        for directory, paths in wheels.items():
            _remove(directory)
            _stage(directory, paths)
        yield
    finally:
        for directory in wheels:
            _remove(directory)


def vendored_wheels(project: Project, code_directories: Mapping[Path, Bundle]) -> dict[Path, tuple[Path, ...]]:
    """Return the wheels to put below code directories, out of the project's wheelhouses.

    Args:
        project: where they are; those that are missing are left out.
        code_directories: each with the bundle whose wheels it needs.

    Raises:
        InvalidLockError: a lock cannot be read.
    """
    locks = {directory: project.read_lock(bundle.name) for directory, bundle in code_directories.items()}
    return {directory: wheels_of(lock, project) for directory, lock in locks.items() if lock is not None}


def wheels_of(lock: Lock, project: Project) -> tuple[Path, ...]:
    """Return where a lock's wheels are, as far as they are there."""
    wheelhouse = project.wheelhouse(lock.target)
    paths = (wheelhouse.path(pin.file.filename) for pin in lock.pins)
    return tuple(path for path in paths if path.is_file())


def _stage(directory: Path, wheels: Sequence[Path]) -> None:
    staged = Wheelhouse(directory / STAGED)
    for wheel in wheels:
        staged.add(wheel, wheel.name)
    try:
        staged.directory.mkdir(parents=True, exist_ok=True)
        (staged.directory / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise UnwritableError(staged.directory, error) from error


def _remove(directory: Path) -> None:
    staged = directory / STAGED
    shutil.rmtree(staged, ignore_errors=True)
    with suppress(OSError):
        staged.parent.rmdir()  # unless something else is in it
