"""One run of one process: what it took, and what it asked of the index."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from ca_vendor.emulator import Emulator

LONGEST_SECONDS = 300.0

_TOKEN = re.compile(r"[\w-]{40,}(\.[\w-]+)*")
"""Credentials in what a tool says: of no use to a reader, and longer than all the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run.

    Attributes:
        environment: all it gets of one.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run took.

    Attributes:
        seconds: of wall clock.
        processor: seconds, in user and system mode.
        peak: bytes of memory, of the largest process.
        requests: that reached the emulator.
        received: bytes of bodies that the emulator sent.
        files: how often each file was asked for.
        is_late: whether it was ended for taking too long.
    """

    seconds: float
    processor: float = 0.0
    peak: int = 0
    requests: int = 0
    received: int = 0
    files: Mapping[str, int] | None = None
    is_late: bool = False

    def __add__(self, other: "Measured") -> "Measured":
        """Return what two runs took, one after the other."""
        files = dict(self.files or {})
        for name, count in (other.files or {}).items():
            files[name] = files.get(name, 0) + count
        return Measured(
            seconds=self.seconds + other.seconds,
            processor=self.processor + other.processor,
            peak=max(self.peak, other.peak),
            requests=self.requests + other.requests,
            received=self.received + other.received,
            files=files,
            is_late=self.is_late or other.is_late,
        )


class ToolFailedError(Exception):
    """A tool that should have done its work did not."""


class Stopwatch:
    """Runs commands one after the other. A context manager.

    Args:
        emulator: whose log says what was asked for.
        scratch: for what the commands write.
    """

    def __init__(self, emulator: Emulator, scratch: Path) -> None:
        self._emulator = emulator
        self._output = scratch / "output"

    def __enter__(self) -> "Stopwatch":
        argv = [sys.executable, "-I", "-S", str(Path(__file__).with_name("stopwatch.py"))]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(self, command: Command, *, seconds: float = LONGEST_SECONDS) -> Measured:
        """Run a command and return what it took.

        Raises:
            ToolFailedError: it did not exit with 0.
        """
        self._emulator.requests.clear()
        task = {
            "argv": list(command.argv),
            "environment": dict(command.environment),
            "directory": str(command.directory),
            "output": str(self._output),
            "seconds": seconds,
        }
        answer = self._ask(task)
        is_late = answer["seconds"] >= seconds
        if answer["code"] != 0 and not is_late:
            said = _TOKEN.sub("TOKEN", self._output.read_text(errors="replace"))[-2000:]
            raise ToolFailedError(f"{' '.join(command.argv[:4])} ended with {answer['code']}:\n{said}")
        records = list(self._emulator.requests)
        files = dict[str, int]()
        for record in records:
            if record.path.endswith((".whl", ".tar.gz", ".zip")):
                name = record.path.rpartition("/")[2]
                files[name] = files.get(name, 0) + 1
        return Measured(
            seconds=answer["seconds"],
            processor=answer["user"] + answer["system"],
            peak=answer["peak"],
            requests=len(records),
            received=sum(record.sent for record in records),
            files=files,
            is_late=is_late,
        )

    def _ask(self, task: Mapping[str, object]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer
