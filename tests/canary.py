"""Looks for a secret everywhere: in every process below this one, and in files."""

import base64
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Seen:
    """A process as it was at one moment."""

    cmdline: bytes
    environ: bytes

    def holds(self, secret: str) -> bool:
        """Whether argv or environment hold a secret."""
        return any(form.encode() in self.cmdline + self.environ for form in forms_of(secret))


class Watch:
    """Looks into every process below this one, again and again, and remembers all it saw.

    Args:
        everywhere: look into all processes instead: those in a container are below none of ours.
    """

    def __init__(self, *, everywhere: bool = False) -> None:
        self.seen: set[Seen] = set()
        self._everywhere = everywhere
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def running(self, program: bytes) -> list[Seen]:
        """Return what was seen of the processes of a program."""
        return [seen for seen in self.seen if program in seen.cmdline]

    def _run(self) -> None:
        while not self._stop.is_set():
            for pid in _all() if self._everywhere else _descendants(os.getpid()):
                try:
                    before, environ, after = (_read(pid, what) for what in ("cmdline", "environ", "cmdline"))
                except OSError:
                    continue
                if before == after:  # it did not turn into another program in between
                    self.seen.add(Seen(before, environ))
            time.sleep(0.005)


def _read(pid: int, what: str) -> bytes:
    return (PROC / str(pid) / what).read_bytes()


def _all() -> set[int]:
    return {int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()} - {os.getpid()}


def _descendants(root: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


def files_holding(secret: str, *roots: Path) -> list[Path]:
    """Return the files below the roots that hold a secret, plain or as part of a Basic header."""
    needles = [needle.encode() for needle in forms_of(secret)]
    return [
        path
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]


def forms_of(secret: str) -> list[str]:
    """Return a secret as it is, and as part of a Basic header."""
    return [secret, base64.b64encode(f"aws:{secret}".encode()).decode()]
