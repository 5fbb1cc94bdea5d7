"""The scratch directory of one build: a copy of the source, a home, and what comes out."""

import json
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ca_vendor.builder.archives import is_archive
from ca_vendor.builder.errors import UnusableSourceError, WrongWheelError
from ca_vendor.builder.model import Source
from ca_vendor.builder.trees import copy_tree
from ca_vendor.builder.unpacking import project_directory, unpack_archive
from ca_vendor.builder.versions import add_version_of_commit

_MAX_METADATA_BYTES = 8 * 1024**2
_MAX_ANSWER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The directories of one build.

    Attributes:
        root: holds all the others; nothing else of this machine need be writable.
        home: of the backend, and its temporary directory.
        source: the copy's root.
        project: the project's directory in that copy.
        output: where the backend puts what it makes.
    """

    root: Path
    home: Path
    source: Path
    project: Path
    output: Path

    @property
    def request(self) -> Path:
        """Where the frontend's request is."""
        return self.root / "request.json"

    @property
    def answer(self) -> Path:
        """Where the frontend says what failed."""
        return self.output.parent / "answer.json"

    def write_request(self, *, wheel: bool, paths: Sequence[str]) -> Path:
        """Write what the frontend is asked, and return the path of that file.

        Args:
            wheel: whether to build a wheel, rather than METADATA alone.
            paths: the directories that hold what the frontend imports.
        """
        places = {"source": str(self.project), "output": str(self.output), "answer": str(self.answer)}
        self.request.write_text(json.dumps({**places, "wheel": wheel, "paths": list(paths)}), encoding="utf-8")
        return self.request

    def read_answer(self) -> dict[str, str]:
        """Return what failed, by the frontend's account: ``step`` and ``problem``; empty where nothing did.

        Whatever ran there could write it as well, so it says nothing but words.
        """
        try:
            answer = json.loads(_read_plain(self.answer, _MAX_ANSWER_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        return {str(key): str(value) for key, value in answer.items()} if isinstance(answer, dict) else {}

    def metadata(self, shown: str) -> bytes:
        """Return the METADATA that the backend has made.

        Raises:
            WrongWheelError: there is none, or not one.
        """
        found = list(self.output.glob("*.dist-info/METADATA"))
        if len(found) != 1:
            raise WrongWheelError(shown, f"it has {len(found) or 'no'} `.dist-info/METADATA`")
        try:
            return _read_plain(found[0], _MAX_METADATA_BYTES)
        except OSError as error:
            raise WrongWheelError(shown, f"its METADATA cannot be read ({error.strerror})") from error

    def wheel(self, shown: str) -> Path:
        """Return the wheel that the backend has made.

        Raises:
            WrongWheelError: there is none, or not one.
        """
        found = list(self.output.glob("*.whl"))
        if len(found) != 1:
            raise WrongWheelError(shown, f"there are {len(found) or 'no'} wheels where it was to put one")
        if not stat.S_ISREG(found[0].lstat().st_mode):
            raise WrongWheelError(shown, f"`{found[0].name}` is not a file")
        return found[0]


@contextmanager
def open_workspace(source: Source) -> Iterator[Workspace]:
    """Make the scratch directory of a build, with a copy of its source; it is gone at the end.

    Raises:
        UnusableSourceError: the source is broken, or nothing in it says how to build it.
        UnreadableError: the source tree cannot be read.
        ProgramMissingError: its version comes from git, and there is none.
    """
    with tempfile.TemporaryDirectory(prefix="ca-vendor-build-", ignore_cleanup_errors=True) as name:
        root = Path(name).resolve()
        home, output, copy = root / "home", root / "output", root / "source"
        home.mkdir()
        output.mkdir()
        project = project_directory(_copy(source, copy), source.subdirectory, shown=source.shown)
        if source.is_tree:
            add_version_of_commit(source.path / source.subdirectory, project, scratch=home)
        yield Workspace(root=root, home=home, source=copy, project=project, output=output)


def _copy(source: Source, destination: Path) -> Path:
    if source.is_tree:
        copy_tree(source.path, destination)
        return destination
    if not is_archive(source.path):
        raise UnusableSourceError(source.shown, f"`{source.path.name}` is neither a source archive nor a directory")
    destination.mkdir()
    return unpack_archive(source.path, destination, shown=source.shown)


def _read_plain(path: Path, most: int) -> bytes:
    """Read a file that a backend had its hands on.

    Raises:
        OSError: it is a link, no file, or larger than that.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a file")
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(0, f"it has more than {most} bytes")
    return data
