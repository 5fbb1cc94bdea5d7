"""How long to try, and the tries that are made meanwhile."""

import random
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to try, in seconds.

    Attributes:
        connect: for a connection to open.
        silence: for the next bytes to arrive.
        total: for one answer, retries included.
        cold_import: for a listed file that answers 404 while CodeArtifact imports it from upstream.
        first_pause: before the first retry; doubled, with jitter, before each next one.
        longest_pause: between two tries, whatever the index asks for.
    """

    connect: float = 10.0
    silence: float = 30.0
    total: float = 90.0
    cold_import: float = 20.0
    first_pause: float = 0.25
    longest_pause: float = 30.0

    @classmethod
    def of(cls, total: float) -> "Patience":
        """Return the usual patience, in which nothing takes longer than ``total`` seconds."""
        usual = cls()
        return cls(
            connect=min(usual.connect, total),
            silence=min(usual.silence, total),
            total=total,
            cold_import=min(usual.cold_import, total),
            longest_pause=min(usual.longest_pause, total),
        )


class Attempts:
    """Counts tries against a deadline, and pauses between them.

    Args:
        patience: how long to try.
        stopped: ends a pause, and with it the trying.
    """

    def __init__(self, patience: Patience, stopped: threading.Event) -> None:
        self._patience = patience
        self._stopped = stopped
        self._ends = time.monotonic() + patience.total
        self._started = time.monotonic()
        self.made = 0

    def pause(self, retry_after: float | None = None, *, within: float | None = None) -> bool:
        """Wait before the next try; return ``False`` where no time is left for one.

        Args:
            retry_after: seconds the index asks to wait.
            within: seconds from the start after which to give up, where sooner than the deadline.
        """
        grown = self._patience.first_pause * 2 ** min(max(self.made - 1, 0), 16)
        pause = min(grown, self._patience.longest_pause) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        if retry_after is not None:
            pause = max(pause, retry_after)
        ends = self._ends if within is None else min(self._ends, self._started + within)
        if pause > self._patience.longest_pause or time.monotonic() + pause > ends:
            return False
        return not self._stopped.wait(pause)

    @property
    def left(self) -> float:
        """Seconds until the deadline, never quite none: a time-out of 0 would mean something else."""
        return max(self._ends - time.monotonic(), 0.1)
