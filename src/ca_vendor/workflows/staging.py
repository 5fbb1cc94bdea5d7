"""Wheels below code directories while `sam build` runs, for what cannot reach the wheelhouse."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ca_vendor.files import UnwritableError
from ca_vendor.sam import CACHE_DIRECTORY
from ca_vendor.wheelhouse import Wheelhouse
from ca_vendor.workflows.project import Bundle, Project

STAGED = CACHE_DIRECTORY
"""Where they are, below a code directory."""


@contextmanager
def staged_wheels(project: Project, code_directories: Mapping[Path, Bundle]) -> Iterator[None]:
    """Put the wheels of bundles below code directories, and take them away at the end.

    They are hard links where the system allows, copies elsewhere. What a killed run left is replaced.

    Args:
        project: whose wheelhouses to take them from.
        code_directories: each with the bundle whose wheels it needs.

    Raises:
        UnwritableError: a code directory refuses.
        InvalidLockError: a lock cannot be read.
    """
    try:
        for directory, bundle in code_directories.items():
            _remove(directory)
            _stage(project, directory, bundle)
        yield
    finally:
        for directory in code_directories:
            _remove(directory)


def _stage(project: Project, directory: Path, bundle: Bundle) -> None:
    lock = project.read_lock(bundle.name)
    if lock is None:
        return
    wheelhouse, staged = project.wheelhouse(lock.target), Wheelhouse(directory / STAGED)
    for pin in lock.pins:
        source = wheelhouse.path(pin.file.filename)
        if source.is_file():
            staged.add(source, pin.file.filename)
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
