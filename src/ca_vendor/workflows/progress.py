"""What a workflow tells of its progress, for the command line to show."""

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

    def end(self) -> None:
        """End the current phase."""
