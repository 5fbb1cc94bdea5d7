"""Source trees, copied before they are built: a backend writes where it likes."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ca_vendor.builder.unpacking import SOURCE_DATE_EPOCH
from ca_vendor.digests import sha256_of
from ca_vendor.files import UnreadableError

_LEFT_OUT = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", "__pycache__", ".venv", ".tox", ".nox", ".aws-sam",
        ".mypy_cache", ".pytest_cache", ".ruff_cache", ".cache", ".idea", ".vscode", ".DS_Store",
    }
)  # fmt: skip
"""What no build needs, at any depth: repositories, environments, caches."""

_BUILT = ("build", "dist")
"""What earlier builds leave in a project's own directory; elsewhere, packages may have such names."""

_PROJECT_FILES = ("pyproject.toml", "setup.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A file or link of a tree that a build sees.

    Attributes:
        path: below the tree.
        place: on disk.
        link: where a link leads, from its own directory; ``None`` for a file.
    """

    path: PurePosixPath
    place: Path
    link: str | None = None

    @property
    def executable(self) -> bool:
        return bool(self.place.stat().st_mode & 0o111)


def copy_tree(source: Path, destination: Path) -> None:
    """Copy a source tree, but for what no build needs; modes are 0644 and 0755, times the same everywhere.

    A link that leads to something inside of the tree stays one; of any other, what it leads to is copied.

    Args:
        source: the tree's root.
        destination: a directory that does not exist yet.

    Raises:
        UnreadableError: something in the tree cannot be read.
    """
    try:
        destination.mkdir(mode=0o755, parents=True)
        for kept in _kept_files(source):
            place = destination / kept.path
            place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            if kept.link is not None:
                place.symlink_to(kept.link)
            else:
                shutil.copyfile(kept.place, place)
                place.chmod(0o755 if kept.executable else 0o644)
            os.utime(place, (SOURCE_DATE_EPOCH, SOURCE_DATE_EPOCH), follow_symlinks=False)
    except OSError as error:
        raise UnreadableError(Path(error.filename or source), error) from error


def digest_tree(source: Path) -> str:
    """Return a sha256, in lower-case hex, of all that a build of the tree sees: paths, contents, execute bits.

    Raises:
        UnreadableError: something in the tree cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for kept in _kept_files(source):
            if kept.link is not None:
                kind, content = "link", hashlib.sha256(kept.link.encode()).hexdigest()
            else:
                kind = "program" if kept.executable else "file"
                content = sha256_of(kept.place) or ""
            digest.update(f"{kind} {content} {kept.path}\0".encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise UnreadableError(Path(error.filename or source), error) from error
    return digest.hexdigest()


def _kept_files(source: Path) -> list[_Kept]:
    return sorted(_walk(source, PurePosixPath(), (source.resolve(),)), key=lambda kept: kept.path)


def _walk(directory: Path, path: PurePosixPath, above: tuple[Path, ...]) -> Iterator[_Kept]:
    """Yield what is kept of a directory.

    Args:
        directory: on disk.
        path: of it, below the tree.
        above: the real directories it is in, the tree's root first: a link to one of them must not lead on for ever.
    """
    for child in directory.iterdir():
        if child.name in _LEFT_OUT or _is_built(child):
            continue
        real = child.resolve()
        if child.is_symlink() and real.is_relative_to(above[0]):
            yield _Kept(path=path / child.name, place=child, link=os.path.relpath(real, directory.resolve()))
        elif child.is_dir() and real not in above:
            yield from _walk(child, path / child.name, (*above, real))
        elif child.is_file():
            yield _Kept(path=path / child.name, place=child)


def _is_built(path: Path) -> bool:
    """Whether a directory was left by an earlier build or holds an environment, rather than being source."""
    if path.is_symlink() or not path.is_dir():
        return False
    if (path / "pyvenv.cfg").is_file():
        return True
    if path.name.endswith(".egg-info"):
        return not (path.parent / "PKG-INFO").is_file()
    of_project = any((path.parent / name).is_file() for name in _PROJECT_FILES)
    return path.name in _BUILT and of_project and not (path / "__init__.py").is_file()
