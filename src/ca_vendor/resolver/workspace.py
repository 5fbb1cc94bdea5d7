"""The directory a resolver runs in: its inputs, its output, and a home of its own."""

import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ca_vendor.process import minimal_environment, run_process
from ca_vendor.resolver.model import Resolution, ResolverFailedError
from ca_vendor.resolver.pins import parse_pins, render_pins
from ca_vendor.timings import TIMINGS

REQUIREMENTS, CONSTRAINTS, OUTPUT = "requirements.in", "constraints.txt", "requirements.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A resolver's command.

    Attributes:
        name: for messages.
        argv: makes the command line, given the directory it runs in.
        causes: finds in its output who requires what in a conflict.
        settings: environment variables besides the ones every program needs.
        missing_hint: how to get it where it is missing.
    """

    name: str
    argv: Callable[[Path], Sequence[str]]
    causes: Callable[[str], tuple[str, ...]]
    settings: dict[str, str] = field(default_factory=dict)
    missing_hint: str = ""


_SLOTS = threading.BoundedSemaphore(os.cpu_count() or 1)
"""A resolver computes most of its time: more of them than processors would end no sooner."""


def run_in_workspace(program: Program, task: Resolution) -> dict[str, str]:
    """Run a resolver in an empty home and return version by project, as it wrote them.

    Raises:
        ResolverFailedError: it found no solution.
        ProgramMissingError: it is not installed.
    """
    with _SLOTS, tempfile.TemporaryDirectory(prefix="ca-vendor-") as name:
        directory = Path(name)
        _write(directory / REQUIREMENTS, task.requirements)
        _write(directory / CONSTRAINTS, task.constraints)
        _write(directory / OUTPUT, render_pins(task.seeds.kept()))
        with TIMINGS.phase(f"{program.name} at work"):
            completed = run_process(
                program.argv(directory),
                environment=minimal_environment(directory) | program.settings,
                directory=directory,
                abort=task.abort,
                missing_hint=program.missing_hint,
            )
        if completed.returncode != 0:
            output = (completed.errors + completed.output).replace(task.index_url, "")
            raise ResolverFailedError(program.name, program.causes(output), output)
        return parse_pins((directory / OUTPUT).read_text(encoding="utf-8"))


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
