"""Progress on standard error: a bar on a terminal, single lines elsewhere."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ca_vendor.cli.color import wants_color

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


class ConsoleProgress:
    """Shows a workflow's progress.

    Args:
        quiet: show nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._lock = threading.Lock()
        self._waiting: dict[object, str] = {}

    def note(self, text: str) -> None:
        """Show a line."""
        if not self._quiet:
            click.echo(text, err=True)

    def begin(self, text: str, *, total: int | None = None) -> None:
        """Show a bar that vanishes at the end, where standard error is a terminal."""
        if self._quiet or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TransferSpeedColumn

        bar = (BarColumn(bar_width=24),) if total else ()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), *bar, DownloadColumn(), TransferSpeedColumn())
        waiting = TextColumn("{task.fields[waiting]}", markup=False)
        console = Console(stderr=True, no_color=not wants_color())
        self._bar = Progress(*columns, waiting, console=console, transient=True)
        self._task = self._bar.add_task(text, total=total, waiting="")
        self._bar.start()

    def advance(self, amount: int) -> None:
        """Move the bar."""
        with self._lock:
            if self._bar is not None and self._task is not None:
                self._bar.advance(self._task, amount)

    @contextmanager
    def waiting_for(self, what: str) -> Iterator[None]:
        """Name what is waited for beside the bar: of several, that which was begun first, and how many more."""
        key = object()
        self._wait(key, what)
        try:
            yield
        finally:
            self._wait(key, None)

    def _wait(self, key: object, what: str | None) -> None:
        with self._lock:
            if what is None:
                self._waiting.pop(key, None)
            else:
                self._waiting[key] = what
            if self._bar is not None and self._task is not None:
                first = next(iter(self._waiting.values()), "")
                more = f" and {len(self._waiting) - 1} more" if len(self._waiting) > 1 else ""
                self._bar.update(self._task, waiting=f"{first}{more}")

    def end(self) -> None:
        """Remove the bar."""
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
            self._bar = self._task = None
