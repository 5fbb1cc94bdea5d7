"""The sha256 of files, and not again of files that have not changed since."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ca_vendor.errors import FilesystemError
from ca_vendor.files import UnreadableError, write_atomically

_BLOCK_BYTES = 1 << 18
_MOST_ENTRIES = 20_000
_SECOND = 1_000_000_000
_FINE_TICK = _SECOND // 20
_COARSE_TICK = 2 * _SECOND


def sha256_of(path: Path) -> str | None:
    """Return the sha256 of a file in lower-case hex; ``None`` where there is no such file.

    Raises:
        UnreadableError: it cannot be read.
    """
    digest, block = hashlib.sha256(), bytearray(_BLOCK_BYTES)
    view = memoryview(block)
    try:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(block):
                digest.update(view[:count])
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableError(path, error) from error
    return digest.hexdigest()


class _State(NamedTuple):
    """What tells whether a file has changed, times in nanoseconds.

    Besides the times of its content, that of the last change of anything: nobody can set it, and a file that was
    restored from elsewhere has a new one.
    """

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> "_State | None":
        try:
            found = path.stat()
        except OSError:
            return None
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    @property
    def key(self) -> str:
        return f"{self.device}:{self.inode}"

    def is_settled(self, now: int) -> bool:
        """Whether a change from now on would show: the clock has ticked since the last one."""
        is_coarse = self.changed % _SECOND == 0
        return self.changed + (_COARSE_TICK if is_coarse else _FINE_TICK) < now


class KnownDigests:
    """Digests of files, kept from run to run with what tells that a file has not changed since. For any thread.

    A file is known by its inode, so that all its hard links are. What is kept is written at once, when a run is at its
    end: one that is killed leaves what was there before. Losing it costs time and nothing else.

    Args:
        path: where they are kept.
        now: the time, in nanoseconds since the epoch.
    """

    def __init__(self, path: Path, *, now: Callable[[], int] = time.time_ns) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        self._kept: Mapping[str, tuple[_State, str]] | None = None
        self._fresh: dict[str, tuple[_State, str]] = {}

    def sha256_of(self, path: Path) -> str | None:
        """Do what :func:`sha256_of` does, without reading a file that has not changed since it was read."""
        state = _State.of(path)
        known = self._known(state)
        if known is not None or state is None:
            return known or sha256_of(path)
        # A change in the clock's tick of the last one would leave no trace: what was changed just now is not kept.
        is_settled = state.is_settled(self._now())
        digest = sha256_of(path)
        if digest is not None and is_settled and _State.of(path) == state:
            self._keep(state, digest)
        return digest

    def sha256_of_all(self, paths: Iterable[Path]) -> list[str | None]:
        """Return the digest of each file; those that must be read are read by all processors."""
        paths = list(paths)
        if len(paths) < 2 or all(self._known(_State.of(path)) for path in paths):
            return [self.sha256_of(path) for path in paths]
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="digest") as pool:
            return list(pool.map(self.sha256_of, paths))

    def note(self, path: Path, sha256: str) -> None:
        """Take it from whoever has just written a file, whole and under this name, what it holds."""
        state = _State.of(path)
        if state is not None:
            self._keep(state, sha256)

    def linked(self, path: Path) -> None:
        """Learn that a file has got a name more, which changes its state and nothing it holds."""
        after = _State.of(path)
        before = self._entry(after.key) if after is not None else None
        if after is not None and before is not None and before[0][:4] == after[:4]:
            self._keep(after, before[1])

    def write(self) -> None:
        """Keep what was learnt; where it cannot be written it is not kept."""
        with self._lock:
            if not self._fresh:
                return
            # Another process may have written meanwhile; what was learnt last is last.
            merged = {key: entry for key, entry in _read(self._path).items() if key not in self._fresh} | self._fresh
            kept = {key: [*state, digest] for key, (state, digest) in list(merged.items())[-_MOST_ENTRIES:]}
        with suppress(FilesystemError):
            write_atomically(self._path, json.dumps(kept).encode())

    def _known(self, state: _State | None) -> str | None:
        entry = self._entry(state.key) if state is not None else None
        return entry[1] if entry is not None and entry[0] == state else None

    def _entry(self, key: str) -> tuple[_State, str] | None:
        with self._lock:
            if self._kept is None:
                self._kept = _read(self._path)
            return self._fresh.get(key) or self._kept.get(key)

    def _keep(self, state: _State, digest: str) -> None:
        with self._lock:
            self._fresh[state.key] = (state, digest)


def _read(path: Path) -> Mapping[str, tuple[_State, str]]:
    try:
        kept = json.loads(path.read_bytes())
        return {key: (_State(*map(int, entry[:5])), str(entry[5])) for key, entry in kept.items()}
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return {}
