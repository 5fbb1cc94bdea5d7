"""Progress on standard error: a bar on a terminal, single lines elsewhere."""

import sys
import threading
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

    def note(self, text: str) -> None:
        """Show a line."""
        if not self._quiet:
            click.echo(text, err=True)

    def begin(self, text: str, *, total: int | None = None) -> None:
        """Show a bar that vanishes at the end, where standard error is a terminal."""
        if self._quiet or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TransferSpeedColumn,
        )

        plain = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        counted = (BarColumn(), DownloadColumn(), TransferSpeedColumn()) if total else ()
        console = Console(stderr=True, no_color=not wants_color())
        self._bar = Progress(*plain, *counted, console=console, transient=True)
        self._task = self._bar.add_task(text, total=total)
        self._bar.start()

    def advance(self, amount: int) -> None:
        """Move the bar."""
        with self._lock:
            if self._bar is not None and self._task is not None:
                self._bar.advance(self._task, amount)

    def end(self) -> None:
        """Remove the bar."""
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
            self._bar = self._task = None
