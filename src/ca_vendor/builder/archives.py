"""Source archives that may be hostile: bounded in memory, time and space, and kept inside their directory."""

import bz2
import errno
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ca_vendor.builder.errors import UnusableSourceError
from ca_vendor.files import UnreadableError, UnwritableError

ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".zip", ".tar.bz2", ".tar.xz")

MAX_ENTRIES = 200_000
MAX_BYTES = 4 * 1024**3
"""Of an unpacked source; the largest real ones have some hundred megabytes."""

_XZ_MEMORY_BYTES = 256 * 1024**2
_BLOCK_BYTES = 1 << 16
_BOUNDED_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""What the standard library raises of archives that are broken, encrypted, or lie about themselves."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE})
"""What is this machine's fault. Other names and types than a file system takes are the archive's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of an archive.

    Attributes:
        path: relative, without ``..``.
        size: bytes; what the archive claims.
        content: its bytes, to be read before the next entry is asked for; ``None`` for a directory or a link.
        link: where a link leads, as written; ``None`` for anything else.
        hard: whether ``link`` is from the archive's root rather than from the entry's directory.
        executable: whether any execute bit is set.
    """

    path: PurePosixPath
    size: int = 0
    content: IO[bytes] | None = None
    link: str | None = None
    hard: bool = False
    executable: bool = False


def is_archive(path: Path) -> bool:
    """Whether a file has the name of a source archive."""
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


@contextmanager
def opened_archive(path: Path, *, shown: str) -> Iterator[Iterator[Entry]]:
    """Open an archive as its entries, in order.

    Args:
        path: the archive.
        shown: what messages call the source.

    Raises:
        UnusableSourceError: it is broken, or leads out of its directory.
        UnreadableError: there is no such file, or it may not be read.
        UnwritableError: the disk that it is unpacked to is full.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise UnreadableError(path, error) from error
    with file:
        try:
            entries = _zip_entries(file) if path.name.lower().endswith(".zip") else _tar_entries(file, path.name)
            yield _counted(entries)
        except _BROKEN as error:
            raise UnusableSourceError(shown, f"its archive is broken ({error})") from error
        except OSError as error:
            if error.errno in _FULL:
                raise UnwritableError(Path(error.filename or path), error) from error
            raise UnusableSourceError(shown, f"its archive is broken ({error.strerror or error})") from error


def _counted(entries: Iterator[Entry]) -> Iterator[Entry]:
    total = 0
    for count, entry in enumerate(entries, 1):
        total += entry.size
        if count > MAX_ENTRIES:
            raise ValueError(f"more than {MAX_ENTRIES} entries")
        if total > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
        yield entry


def _safe_path(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or ":" in name.partition("/")[0]:
        raise ValueError(f"`{name!r}` leads out of it")
    return path


def _zip_entries(file: IO[bytes]) -> Iterator[Entry]:
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            path = _safe_path(info.filename)
            if info.is_dir():
                yield Entry(path=path)
                continue
            if info.compress_type not in _BOUNDED_METHODS:
                raise ValueError(f"`{info.filename}` is neither stored nor deflated")
            with archive.open(info) as content:
                executable = bool(info.external_attr >> 16 & 0o111)
                yield Entry(path=path, size=info.file_size, content=content, executable=executable)


def _tar_entries(file: IO[bytes], name: str) -> Iterator[Entry]:
    with tarfile.open(fileobj=_Bounded(_inflating(file, name.lower())), mode="r|") as archive:  # type: ignore[call-overload]
        for member in archive:
            path = _safe_path(member.name)
            if member.isfile():
                content = archive.extractfile(member)
                yield Entry(path=path, size=member.size, content=content, executable=bool(member.mode & 0o111))
            elif member.isdir():
                yield Entry(path=path)
            elif member.issym() or member.islnk():
                yield Entry(path=path, link=member.linkname, hard=member.islnk())
            else:
                raise ValueError(f"`{member.name}` is a device")


def _inflating(file: IO[bytes], name: str) -> "gzip.GzipFile | bz2.BZ2File | io.BufferedReader":
    if name.endswith(".xz"):
        return io.BufferedReader(_Xz(file))
    return bz2.BZ2File(file) if name.endswith(".bz2") else gzip.GzipFile(fileobj=file)


class _Bounded:
    """Reads on until there is too much: an archive of nothing but one huge header is a bomb too."""

    def __init__(self, file: "gzip.GzipFile | bz2.BZ2File | io.BufferedReader") -> None:
        self._file = file
        self._left = MAX_BYTES + MAX_ENTRIES * 1024

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError(f"more than {MAX_BYTES} bytes")
        return data


class _Xz(io.RawIOBase):
    """An xz file, with a bound for the memory its header can ask for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        while not self._decompressor.eof:
            feed = self._file.read(_BLOCK_BYTES) if self._decompressor.needs_input else b""
            data = self._decompressor.decompress(feed, len(buffer))
            if data:
                buffer[: len(data)] = data
                return len(data)
            if not feed and self._decompressor.needs_input:
                raise EOFError("it ends too soon")
        return 0
