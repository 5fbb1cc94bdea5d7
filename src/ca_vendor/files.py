"""Writing files so that no reader ever sees half of one."""

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ca_vendor.errors import FilesystemError

TEMPORARY_SUFFIX = ".tmp"
_BLOCK_BYTES = 1 << 20
_LEFTOVER_SECONDS = 3600.0


class UnwritableError(FilesystemError):
    """A file or directory could not be written."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}",
            hint="check its permissions and the free space, then run the same command again",
        )
        self.path = path


class UnreadableError(FilesystemError):
    """A file could not be read."""

    def __init__(self, path: Path, error: OSError | UnicodeDecodeError) -> None:
        reason = (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is not UTF-8"
        super().__init__(f"`{path}` cannot be read: {reason}", hint="check that it is a file, and its permissions")
        self.path = path


class StagedFiles:
    """Files that are written to disk beside their places first, and then put in them together.

    A disk that is full, or a directory that refuses, is met before anything visible has changed. A context manager;
    what was not committed vanishes at its end.
    """

    def __init__(self) -> None:
        self._staged: dict[Path, Path] = {}

    def __enter__(self) -> "StagedFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for temporary in self._staged.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    @contextmanager
    def open(self, path: Path) -> Iterator[BinaryIO]:
        """Open what will be a file.

        Raises:
            UnwritableError: the directory or the disk refuses.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:64]}.", suffix=TEMPORARY_SUFFIX)
            self._staged[path] = Path(name)
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            self._staged[path].chmod(0o644)
        except OSError as error:
            raise UnwritableError(path, error) from error

    def write(self, path: Path, data: bytes) -> bool:
        """Stage a whole file; return whether that changes its content.

        Raises:
            UnwritableError: the directory or the disk refuses.
        """
        try:
            if path.is_file() and path.read_bytes() == data:
                return False
        except OSError as error:
            raise UnwritableError(path, error) from error
        with self.open(path) as file:
            file.write(data)
        return True

    def move(self, path: Path, destination: Path) -> None:
        """Let a staged file have another place, on the same file system.

        Raises:
            UnwritableError: the directory refuses.
        """
        try:
            destination.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnwritableError(destination, error) from error
        self._staged[destination] = self._staged.pop(path)

    def link(self, source: Path, path: Path) -> None:
        """Stage a copy of a file; a hard link where the system allows one.

        Raises:
            UnreadableError: the file cannot be read.
            UnwritableError: the directory or the disk refuses.
        """
        temporary = path.parent / f".{uuid.uuid4().hex}{TEMPORARY_SUFFIX}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, temporary)
        except OSError:
            self._copy(source, path)
        else:
            self._staged[path] = temporary

    def _copy(self, source: Path, path: Path) -> None:
        try:
            original = source.open("rb")
        except OSError as error:
            raise UnreadableError(source, error) from error
        with original, self.open(path) as copy:
            shutil.copyfileobj(original, copy, _BLOCK_BYTES)

    def commit(self) -> None:
        """Put every staged file in its place.

        Raises:
            UnwritableError: a directory refuses.
        """
        for path, temporary in self._staged.items():
            try:
                # Renaming one hard link onto another of the same file does nothing and leaves both, until the end.
                temporary.replace(path)
            except OSError as error:
                raise UnwritableError(path, error) from error
        for path in self._staged:
            remove_leftovers(
                path.parent, now=time.time(), names=f".{escape(path.name[:64])}.????????{TEMPORARY_SUFFIX}"
            )


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file that becomes ``path`` when the block ends well, and vanishes when it does not.

    Raises:
        UnwritableError: the directory or the disk refuses.
    """
    with StagedFiles() as staged:
        with staged.open(path) as file:
            yield file
        staged.commit()


def write_atomically(path: Path, data: bytes) -> bool:
    """Write a whole file at once; return whether its content changed.

    Raises:
        UnwritableError: the directory or the disk refuses.
    """
    with StagedFiles() as staged:
        changes = staged.write(path, data)
        staged.commit()
    return changes


def remove_leftovers(directory: Path, *, now: float, names: str = f".*{TEMPORARY_SUFFIX}") -> None:
    """Remove the temporary files that killed runs left in a directory, an hour after they were last touched.

    Younger ones may be another run's, at work now; what cannot be removed stays.

    Args:
        directory: where to look; it need not exist.
        now: seconds since the epoch.
        names: a glob of their names.
    """
    for path in directory.glob(names):
        with suppress(OSError):
            # The time of the last change of the entry itself: a hard link has its file's time of writing.
            if path.stat().st_ctime < now - _LEFTOVER_SECONDS:
                path.unlink()
