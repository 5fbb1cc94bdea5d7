"""The wheelhouse of one target."""

import os
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from ca_vendor.files import StagedFiles, UnwritableError, remove_leftovers


class Wheelhouse:
    """The wheels of one target, in one flat directory that pip takes as ``--find-links``.

    Args:
        directory: made when the first wheel is added.
        now: the time, in seconds since the epoch.
    """

    def __init__(self, directory: Path, *, now: Callable[[], float] = time.time) -> None:
        self.directory = directory
        self._now = now

    def path(self, filename: str) -> Path:
        """Where a wheel of that name is, whether or not it is there."""
        return self.directory / filename

    def wheels(self) -> tuple[str, ...]:
        """Return the names of the wheels that are there, sorted."""
        with suppress(FileNotFoundError, NotADirectoryError):
            return tuple(sorted(entry.name for entry in os.scandir(self.directory) if entry.name.endswith(".whl")))
        return ()

    def add(self, source: Path, filename: str, *, staged: StagedFiles | None = None) -> None:
        """Put a copy of a file there under a name, at once and whole; a hard link where the system allows one.

        Args:
            source: the file.
            filename: the wheel's name.
            staged: what it is to appear together with; ``None`` to let it appear now.

        Raises:
            UnreadableError: the file cannot be read.
            UnwritableError: the directory or the disk refuses.
        """
        if staged is not None:
            staged.link(source, self.path(filename))
            return
        with StagedFiles() as alone:
            alone.link(source, self.path(filename))
            alone.commit()

    def prune(self, keep: Collection[str]) -> tuple[str, ...]:
        """Remove the wheels that are not named, and what a killed run left; return the wheels removed.

        Raises:
            UnwritableError: the directory refuses.
        """
        removed = tuple(name for name in self.wheels() if name not in keep)
        try:
            for name in removed:
                self.path(name).unlink(missing_ok=True)
            remove_leftovers(self.directory, now=self._now())
            if not keep:
                with suppress(OSError):
                    self.directory.rmdir()
        except OSError as error:
            raise UnwritableError(self.directory, error) from error
        return removed
