"""The same wheel written the same way, whatever the backend, the day and the machine.

Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
"""

import base64
import csv
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from ca_vendor.builder.errors import WrongWheelError
from ca_vendor.files import replacing
from ca_vendor.wheel import MAX_ENTRIES

MAX_BYTES = 4 * 1024**3
"""Of all that is in a wheel; Lambda takes 250 MB."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_BLOCK_BYTES = 1 << 20
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def normalize_wheel(wheel: Path, destination: Path, *, shown: str) -> None:
    """Write a wheel with the same content, and the same bytes for the same content.

    Entries are sorted, the ``.dist-info`` last and its RECORD very last, stored uncompressed: what compresses them
    differs between versions of zlib. Their time is 1980-01-01, their modes 0644 and 0755. RECORD is made anew. There
    are no directories, no bytecode, and no signatures of the RECORD that was.

    Args:
        wheel: as the backend made it.
        destination: the file to write; it appears whole.
        shown: what messages call the source.

    Raises:
        WrongWheelError: it cannot be read, or no wheel may look like that.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            entries = _entries(archive)
            information = _information_directory(entries)
            with replacing(destination) as file, zipfile.ZipFile(file, "w") as written:
                _write(archive, written, entries, information)
    except _BROKEN as error:
        raise WrongWheelError(shown, f"`{wheel.name}` is broken ({error})") from error


def _entries(archive: zipfile.ZipFile) -> Mapping[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or "\0" in entry.filename:
            raise ValueError(f"the path `{entry.filename!r}` leads out of it")
        if entry.is_dir():
            continue
        if path.as_posix() in entries:
            raise ValueError(f"`{path}` is in it twice")
        entries[path.as_posix()] = entry
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries.values()) > MAX_BYTES:
        raise ValueError("it is too large")
    return {path: entry for path, entry in entries.items() if not _is_bytecode(path, entries)}


def _is_bytecode(path: str, entries: Mapping[str, zipfile.ZipInfo]) -> bool:
    """Whether a file is bytecode of a source that is there too; bytecode alone may be all there is."""
    if not path.endswith((".pyc", ".pyo")):
        return False
    return "__pycache__" in PurePosixPath(path).parts or path[:-1] in entries


def _information_directory(entries: Iterable[str]) -> str:
    found = {path.partition("/")[0] for path in entries if path.partition("/")[0].endswith(".dist-info")}
    if len(found) != 1:
        raise ValueError(f"it has {len(found) or 'no'} `.dist-info` directories")
    return found.pop()


def _write(
    archive: zipfile.ZipFile, written: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], information: str
) -> None:
    record = f"{information}/RECORD"
    own = {record, *(f"{information}/{name}" for name in _SIGNATURES)}
    rows = []
    for path in sorted(entries.keys() - own, key=lambda path: (path.startswith(f"{information}/"), path)):
        with archive.open(entries[path]) as content:
            executable = bool(entries[path].external_attr >> 16 & 0o111)
            size = entries[path].file_size
            rows.append((path, *_copy(content, written, _entry(path, executable=executable, size=size))))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([*sorted(rows), (record, "", "")])
    written.writestr(_entry(record, executable=False, size=0), text.getvalue().encode("utf-8", "surrogateescape"))


def _entry(path: str, *, executable: bool, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _EPOCH)
    entry.create_system = _UNIX
    entry.external_attr = (0o100755 if executable else 0o100644) << 16
    entry.compress_type = zipfile.ZIP_STORED
    entry.file_size = size
    return entry


def _copy(content: IO[bytes], written: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with written.open(entry, "w") as file:
        while block := content.read(_BLOCK_BYTES):
            digest.update(block)
            size += len(block)
            file.write(block)
    encoded = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode("ascii")
    return f"sha256={encoded}", size
