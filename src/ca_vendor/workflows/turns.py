"""Who downloads next, where more want to than a link serves well at once."""

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """So many at a time, and of those that wait the one with the most to download first.

    A link that is full gives each download less of it. The largest is then the last to end, and much may wait for what
    it says.

    Args:
        count: how many at a time.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._changed = threading.Condition()
        self._waiting: list[tuple[int, int]] = []
        self._numbers = itertools.count()

    @contextmanager
    def take(self, size: int) -> Iterator[None]:
        """Wait for a turn, and give it back at the end.

        Args:
            size: bytes to download.
        """
        own = (-size, next(self._numbers))
        with self._changed:
            heapq.heappush(self._waiting, own)
            self._changed.wait_for(lambda: self._free and self._waiting[0] == own)
            heapq.heappop(self._waiting)
            self._free -= 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()
