"""Read what the index says of a distribution file from the file itself."""

import hashlib
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email.parser import HeaderParser
from pathlib import Path

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from ca_vendor.emulator.messages import CHUNK
from ca_vendor.emulator.model import HASHES, Asset

_SDIST_SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.Z", ".tar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A distribution file on disk, read."""

    name: NormalizedName
    version: str
    asset: Asset
    summary: str | None = None


class NotADistributionError(ValueError):
    """The file is not a wheel or sdist, or its name does not say of which project and version."""


def parse_filename(filename: str, project: NormalizedName | None = None) -> tuple[NormalizedName, str]:
    """Return the project and the normalised version that a file name names.

    Args:
        filename: of a wheel or sdist.
        project: when known, reads the older sdist names too, in which a hyphen may be anyone's.

    Raises:
        NotADistributionError: when it names none.
    """
    try:
        if filename.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(filename)
            return name, str(version)
        if project is not None:
            return project, _parse_sdist_version(filename, project)
        name, version = parse_sdist_filename(filename)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion) as exc:
        raise NotADistributionError(filename) from exc
    return name, str(version)


def _parse_sdist_version(filename: str, project: NormalizedName) -> str:
    stem = next((filename[: -len(end)] for end in _SDIST_SUFFIXES if filename.endswith(end)), None)
    if stem is None:
        raise InvalidSdistFilename(filename)
    for position, character in enumerate(stem):
        if character == "-" and canonicalize_name(stem[:position]) == project:
            return str(Version(stem[position + 1 :]))
    raise InvalidSdistFilename(filename)


def find_distributions(directory: Path) -> Iterator[Path]:
    """Yield every wheel and ``.tar.gz`` sdist below a directory, in order."""
    for path in sorted(directory.rglob("*")):
        if path.name.endswith((".whl", ".tar.gz")) and path.is_file():
            yield path


def read_distribution(path: Path) -> Distribution:
    """Read a wheel's or sdist's name, digests and metadata.

    Raises:
        NotADistributionError: when it is neither.
    """
    name, version = parse_filename(path.name)
    metadata = HeaderParser().parsestr(_read_metadata(path))
    asset = Asset(
        filename=path.name,
        size=path.stat().st_size,
        hashes=compute_hashes(path),
        requires_python=metadata.get("Requires-Python"),
        upload_time=render_time(path.stat().st_mtime),
        path=path.resolve(),
    )
    return Distribution(name=name, version=version, asset=asset, summary=metadata.get("Summary"))


def render_time(seconds: float) -> str:
    """Return a time since the epoch as the index writes it."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def compute_hashes(path: Path) -> dict[str, str]:
    """Return the four digests of a file."""
    digests = {name: hashlib.new(name, usedforsecurity=False) for name in HASHES}
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            for digest in digests.values():
                digest.update(piece)
    return {name: digest.hexdigest() for name, digest in digests.items()}


def _read_metadata(path: Path) -> str:
    """Return METADATA or PKG-INFO; empty when there is none, as an upload's fields would then say nothing."""
    try:
        if path.name.endswith(".tar.gz"):
            return _read_tar(path)
        with zipfile.ZipFile(path) as archive:
            wanted = ".dist-info/METADATA" if path.suffix == ".whl" else "/PKG-INFO"
            entry = next((e for e in archive.namelist() if e.endswith(wanted) and e.count("/") == 1), None)
            return archive.read(entry).decode(errors="replace") if entry else ""
    except (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError) as exc:
        raise NotADistributionError(f"{path.name}: {exc}") from exc


def _read_tar(path: Path) -> str:
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            if member.name.count("/") == 1 and member.name.endswith("/PKG-INFO"):
                file = archive.extractfile(member)
                return file.read().decode(errors="replace") if file else ""
    return ""
