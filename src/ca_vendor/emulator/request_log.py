"""What was asked of the service, for tests and benchmarks to look at."""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

_LENGTH = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
    """A request that was answered, or is being answered.

    Attributes:
        path: quoted, with the query.
        status: of the response.
        sent: bytes of the response's body.
        connection: the client's port, the same for requests on one connection.
        user_agent: as the client calls itself.
        authorization: the scheme of the ``Authorization`` header, when there was one.
        started_at: seconds of a monotonic clock.
        seconds: until the response began to be sent.
    """

    method: str
    path: str
    status: int
    sent: int
    connection: int
    user_agent: str
    authorization: str
    started_at: float
    seconds: float


class RequestLog:
    """The most recent requests, oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: deque[RequestRecord] = deque(maxlen=_LENGTH)

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self._records)

    @property
    def records(self) -> tuple[RequestRecord, ...]:
        """Every request still remembered."""
        with self._lock:
            return tuple(self._records)

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._records.clear()

    def add(self, record: RequestRecord) -> None:
        """Remember a request."""
        with self._lock:
            self._records.append(record)

    def correct(self, record: RequestRecord, sent: int) -> None:
        """Say of a remembered request that fewer bytes went out than were meant to."""
        with self._lock:
            for position in range(len(self._records) - 1, -1, -1):
                if self._records[position] is record:
                    self._records[position] = replace(record, sent=sent)
                    return
