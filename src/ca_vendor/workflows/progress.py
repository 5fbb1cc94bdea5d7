"""What a workflow tells of its progress, for the command line to show."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Progress(Protocol):
    """Receives progress, from any thread."""

    def note(self, text: str) -> None:
        """Take a line worth reading once, lower case, such as ``locked `orders```."""

    def begin(self, text: str, *, total: int | None = None) -> None:
        """Begin a phase.

        Args:
            text: what is done, such as ``downloading``.
            total: bytes to expect; ``None`` where that is unknown.
        """

    def advance(self, amount: int) -> None:
        """Count bytes that have arrived in the current phase."""

    def waiting_for(self, what: str) -> AbstractContextManager[None]:
        """Show what is waited for while the block runs, such as a file's name."""
        ...

    def end(self) -> None:
        """End the current phase."""


class Silence(Progress):
    """Progress that nobody looks at."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def begin(self, text: str, *, total: int | None = None) -> None:
        """Show nothing."""

    def advance(self, amount: int) -> None:
        """Count nothing."""

    def waiting_for(self, what: str) -> AbstractContextManager[None]:  # noqa: ARG002 - the port's signature
        """Show nothing."""
        return nullcontext()

    def end(self) -> None:
        """Show nothing."""


def counted(chunks: Iterable[bytes], progress: Progress) -> Iterator[bytes]:
    """Yield chunks, and count their bytes."""
    for chunk in chunks:
        progress.advance(len(chunk))
        yield chunk
