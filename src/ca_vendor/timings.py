"""Where the time goes, for ``--timings``: phases that any room may name, recorded when somebody wants to know."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What happened under one name; times in seconds since the beginning.

    Attributes:
        count: how often.
        busy: all of it added up, that which happened at the same time included.
        begun: when the first began.
        ended: when the last ended.
    """

    name: str
    count: int
    busy: float
    begun: float
    ended: float


class Timings:
    """Phases of a run. For any thread."""

    def __init__(self) -> None:
        self._started: float | None = None
        self._lock = threading.Lock()
        self._phases: dict[str, Phase] = {}

    def start(self, at: float) -> None:
        """Begin to record.

        Args:
            at: when the run began, by ``time.perf_counter``.
        """
        self._started, self._phases = at, {}

    def elapsed(self) -> float:
        """Return seconds since the beginning; none where nothing is recorded."""
        return time.perf_counter() - self._started if self._started is not None else 0.0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Record what the block takes, under a name such as ``pages``."""
        if self._started is None:
            yield
            return
        begun = self.elapsed()
        try:
            yield
        finally:
            self._add(name, begun, self.elapsed())

    def since_start(self, name: str) -> None:
        """Record what has happened until now."""
        if self._started is not None:
            self._add(name, 0.0, self.elapsed())

    def phases(self) -> Sequence[Phase]:
        """Return what was recorded, in the order in which it began."""
        with self._lock:
            return sorted(self._phases.values(), key=lambda phase: phase.begun)

    def _add(self, name: str, begun: float, ended: float) -> None:
        with self._lock:
            known = self._phases.get(name) or Phase(name=name, count=0, busy=0.0, begun=begun, ended=ended)
            self._phases[name] = replace(
                known,
                count=known.count + 1,
                busy=known.busy + ended - begun,
                begun=min(known.begun, begun),
                ended=max(known.ended, ended),
            )


TIMINGS = Timings()
"""Those of this process."""
