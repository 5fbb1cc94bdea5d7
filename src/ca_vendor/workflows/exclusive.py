"""One command at a time on a project."""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ca_vendor.errors import FilesystemError
from ca_vendor.files import UnwritableError
from ca_vendor.workflows.session import Session, seconds_of

WAIT_SECONDS = 600.0
"""Longer than any sane run; a lock is the system's, so that it ends with its process however that ends."""

WAIT_VARIABLE = "CA_VENDOR_LOCK_TIMEOUT"

_NOTE_AFTER_SECONDS = 1.0


class ProjectBusyError(FilesystemError):
    """Another process has been working on the project for too long."""

    def __init__(self, owner: str, waited: float) -> None:
        super().__init__(
            f"another ca-vendor works on this project: {owner}",
            details=(f"waited {waited:.0f} s",),
            hint=f"let it finish, or end that process: its lock ends with it; {WAIT_VARIABLE} sets how long to wait",
        )
        self.owner = owner


@contextmanager
def exclusive(session: Session, command: str, *, wait: float | None = None) -> Iterator[None]:
    """Hold the project for a command that writes to it.

    The lock is kept beside the store, so that nothing of it is seen in the project.

    Args:
        session: the run.
        command: its name, for whoever waits.
        wait: seconds to wait for another process; ``None`` for what ``CA_VENDOR_LOCK_TIMEOUT`` says, or ten minutes.

    Raises:
        ProjectBusyError: the other process did not end in time.
        UnwritableError: the store's directory refuses.
    """
    name = hashlib.sha256(os.fsencode(session.project.root.resolve())).hexdigest()
    path = session.store.directory / "projects" / f"{name}.lock"
    owner = path.with_suffix(".json")
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _acquire(lock, owner, session, _wait_seconds() if wait is None else wait)
        owner.write_text(json.dumps({"pid": os.getpid(), "command": command, "since": time.time()}), encoding="utf-8")
    except OSError as error:
        raise UnwritableError(path, error) from error
    try:
        yield
    finally:
        with suppress(OSError):
            owner.unlink(missing_ok=True)
        lock.release()


def _wait_seconds() -> float:
    text = os.environ.get(WAIT_VARIABLE)
    return seconds_of(WAIT_VARIABLE, text) if text else WAIT_SECONDS


def _acquire(lock: FileLock, owner: Path, session: Session, wait: float) -> None:
    with suppress(Timeout):
        lock.acquire(timeout=min(_NOTE_AFTER_SECONDS, wait))
        return
    session.progress.note(f"waiting for another ca-vendor: {_owner(owner)}")
    try:
        lock.acquire(timeout=max(wait - _NOTE_AFTER_SECONDS, 0))
    except Timeout as error:
        raise ProjectBusyError(_owner(owner), wait) from error


def _owner(path: Path) -> str:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return f"`{known['command']}`, process {int(known['pid'])}, since {time.time() - known['since']:.0f} s"
    except (OSError, ValueError, KeyError, TypeError):
        return "it has not said which"
