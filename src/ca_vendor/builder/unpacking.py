"""A source on disk, to be built: unpacked from its archive, always the same way."""

import os
import shutil
from pathlib import Path, PurePosixPath
from typing import IO

from ca_vendor.builder.archives import Entry, opened_archive
from ca_vendor.builder.errors import UnusableSourceError

SOURCE_DATE_EPOCH = 315532800
"""1980-01-01, the first day a zip archive can name."""

_BLOCK_BYTES = 1 << 20


def unpack_archive(path: Path, destination: Path, *, shown: str) -> Path:
    """Unpack a source archive and return its root: the one directory that holds everything, or the destination.

    Modes are 0644 and 0755, times the same everywhere. Links are made last, so that nothing is written through one,
    and only where they lead to something inside.

    Args:
        path: the archive.
        destination: an empty directory.
        shown: what messages call the source.

    Raises:
        UnusableSourceError: it is broken, or leads out of the directory.
    """
    links: list[Entry] = []
    with opened_archive(path, shown=shown) as entries:
        for entry in entries:
            place = destination / entry.path
            if entry.link is not None:
                links.append(entry)
            elif entry.content is None:
                place.mkdir(parents=True, exist_ok=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                _write(entry.content, place, size=entry.size, executable=entry.executable)
        for link in links:
            _link(link, destination)
    _settle(destination)
    children = list(destination.iterdir())
    return children[0] if len(children) == 1 and children[0].is_dir() else destination


def _write(content: IO[bytes], place: Path, *, size: int, executable: bool) -> None:
    left = size
    with place.open("wb") as file:
        while block := content.read(_BLOCK_BYTES):
            left -= len(block)
            if left < 0:
                raise ValueError(f"`{place.name}` is larger than its header says")
            file.write(block)
    place.chmod(0o755 if executable else 0o644)


def _link(entry: Entry, destination: Path) -> None:
    """Make a link that leads to something inside; one that leads nowhere is left out, one that leads out refused."""
    base = PurePosixPath() if entry.hard else entry.path.parent
    target = os.path.normpath(base / (entry.link or ""))
    if target.startswith(("..", "/")):
        raise ValueError(f"the link `{entry.path}` leads out of it")
    place, leads_to = destination / entry.path, destination / target
    if place.is_symlink() or place.exists() or not leads_to.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if not leads_to.resolve().is_relative_to(destination.resolve()) or not place.parent.resolve().is_relative_to(
        destination.resolve()
    ):
        raise ValueError(f"the link `{entry.path}` leads out of it")
    if entry.hard:
        shutil.copyfile(leads_to, place)
        shutil.copymode(leads_to, place)
    else:
        place.symlink_to(os.path.relpath(leads_to, place.parent))


def _settle(root: Path) -> None:
    """Give everything the same time, and directories the same mode."""
    for directory, names, files in os.walk(root):
        for name in files:
            os.utime(Path(directory, name), (SOURCE_DATE_EPOCH, SOURCE_DATE_EPOCH), follow_symlinks=False)
        for name in names:
            place = Path(directory, name)
            if not place.is_symlink():
                place.chmod(0o755)
            os.utime(place, (SOURCE_DATE_EPOCH, SOURCE_DATE_EPOCH), follow_symlinks=False)


def project_directory(root: Path, subdirectory: str, *, shown: str) -> Path:
    """Return the directory of the project below a source's root.

    Raises:
        UnusableSourceError: there is none, or nothing in it says how to build it.
    """
    path = PurePosixPath(subdirectory)
    if path.is_absolute() or ".." in path.parts:
        raise UnusableSourceError(shown, f"its subdirectory `{subdirectory}` leads out of it")
    directory = root / path
    if not directory.is_dir():
        raise UnusableSourceError(shown, f"it has no directory `{subdirectory}`")
    if not any((directory / name).is_file() for name in ("pyproject.toml", "setup.py")):
        raise UnusableSourceError(shown, "it has neither a pyproject.toml nor a setup.py")
    return directory
