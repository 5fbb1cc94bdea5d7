"""METADATA out of a wheel that may be hostile: bounded in memory and time."""

import zipfile
import zlib
from dataclasses import dataclass
from typing import IO

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ca_vendor.errors import IntegrityError

MAX_METADATA_BYTES = 8 * 1024 * 1024
"""Far above any real METADATA; a guard against bombs."""

MAX_ENTRIES = 200_000
"""Entries in a wheel's directory; the largest real ones have some tens of thousands."""

_BOUNDED_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The others inflate whole blocks at once, however few bytes are asked for."""


class BrokenWheelError(IntegrityError):
    """A wheel whose METADATA cannot be read."""

    def __init__(self, filename: str, problem: str) -> None:
        super().__init__(
            f"`{filename}` is not a usable wheel: {problem}",
            hint="the file on the index is broken; exclude its version in requirements.in, or have it published anew",
        )
        self.filename = filename
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelContent:
    """What is of interest in a wheel.

    Attributes:
        metadata: its METADATA.
        unzipped_bytes: the size of all its files.
    """

    metadata: bytes
    unzipped_bytes: int


def read_wheel_metadata(file: IO[bytes], *, filename: str) -> bytes:
    """Return the METADATA of a wheel; see :func:`read_wheel`."""
    return read_wheel(file, filename=filename).metadata


def read_wheel(file: IO[bytes], *, filename: str) -> WheelContent:
    """Look into a wheel.

    Args:
        file: the wheel, seekable.
        filename: its name, which tells the directory that METADATA is in.

    Raises:
        BrokenWheelError: the archive is broken, or METADATA is missing or too large.

    Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entry = _metadata_entry(archive, filename)
            if entry.file_size > MAX_METADATA_BYTES:
                raise BrokenWheelError(filename, f"its METADATA has {entry.file_size} bytes")
            if entry.compress_type not in _BOUNDED_METHODS:
                raise BrokenWheelError(filename, "its METADATA is neither stored nor deflated")
            with archive.open(entry) as member:
                # The size in the directory may lie; this bounds what is inflated.
                data = member.read(MAX_METADATA_BYTES + 1)
            unzipped = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BrokenWheelError(filename, f"its archive is broken ({error})") from error
    if len(data) > MAX_METADATA_BYTES:
        raise BrokenWheelError(filename, f"its METADATA has more than {MAX_METADATA_BYTES} bytes")
    return WheelContent(metadata=data, unzipped_bytes=unzipped)


def _metadata_entry(archive: zipfile.ZipFile, filename: str) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise BrokenWheelError(filename, f"it has {len(entries)} entries")
    try:
        name = parse_wheel_filename(filename)[0]
    except InvalidWheelFilename as error:
        raise BrokenWheelError(filename, "its name is not a wheel's") from error
    found = [entry for entry in entries if _is_metadata_of(entry.filename, name)]
    if len(found) != 1:
        raise BrokenWheelError(filename, f"it has {len(found) or 'no'} `.dist-info/METADATA`")
    return found[0]


def _is_metadata_of(path: str, name: str) -> bool:
    directory, slash, leaf = path.partition("/")
    if not slash or leaf != "METADATA" or not directory.endswith(".dist-info"):
        return False
    return canonicalize_name(directory[: -len(".dist-info")].partition("-")[0]) == name
