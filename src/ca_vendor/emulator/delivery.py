"""How fast, and how far, the bytes of a response get out."""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic

_LARGEST_STEP = 64 * 1024
_STEPS_PER_SECOND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where a response ends before its end.

    Attributes:
        after: so many bytes of the body; ``None`` for before the status line.
        resets: whether the connection is reset (RST) in place of being closed (FIN).
    """

    after: int | None
    resets: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one response suffers on its way.

    Attributes:
        wait_seconds: before the first byte.
        bytes_per_second: of this response; ``None`` for no limit.
        drips: whether the head is held to that rate, too.
        cut: where the response ends early.
    """

    wait_seconds: float = 0.0
    bytes_per_second: float | None = None
    drips: bool = False
    cut: Cut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaping:
    """What every response suffers on its way; rates are in bytes per second, ``None`` for no limit.

    Attributes:
        latency: seconds before the first byte of each response.
        per_request: the rate of each response.
        per_connection: the rate of each connection.
        total: the rate of all connections together.
    """

    latency: float = 0.0
    per_request: float | None = None
    per_connection: float | None = None
    total: float | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is shaped."""
        return self == Shaping()


class Meter:
    """A wire that is busy while bytes go over it. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free_at = 0.0

    def reserve(self, count: int, rate: float | None) -> float:
        """Take the wire for so many bytes; return the seconds until they have passed."""
        if rate is None:
            return 0.0
        now = monotonic()
        with self._lock:
            self._free_at = max(now, self._free_at) + count / rate
            return self._free_at - now


class Shaper:
    """The shaping in force, and the wire that all connections share."""

    def __init__(self) -> None:
        self.shaping = Shaping()
        self._total = Meter()

    def pace(self, delivery: Delivery | None, connection: Meter) -> "Pace | None":
        """Return how a response is to be sent; ``None`` for as fast as can be."""
        if delivery is None and self.shaping.is_idle:
            return None
        shaping, own = self.shaping, delivery or Delivery()
        rates = (
            (Meter(), own.bytes_per_second),
            (Meter(), shaping.per_request),
            (connection, shaping.per_connection),
            (self._total, shaping.total),
        )
        return Pace(
            wait_seconds=shaping.latency + own.wait_seconds,
            limits=tuple((meter, rate) for meter, rate in rates if rate is not None),
            drips=own.drips,
            cut=own.cut,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A delivery under the shaping in force.

    Attributes:
        wait_seconds: before the first byte.
        limits: the wires to pass, each with its rate.
        drips: whether the head is held to the limits, too.
        cut: where the response ends early.
    """

    wait_seconds: float
    limits: tuple[tuple[Meter, float], ...]
    drips: bool
    cut: Cut | None

    def steps(self, pieces: Iterable[bytes]) -> Iterator[tuple[bytes, float]]:
        """Yield what to send, cut into steps, each after the seconds to wait for it."""
        slowest = min((rate for _, rate in self.limits), default=float("inf"))
        step = int(max(1, min(_LARGEST_STEP, slowest / _STEPS_PER_SECOND)))
        left = self.cut.after if self.cut is not None else None
        for piece in pieces:
            kept = piece if left is None else piece[:left]
            for start in range(0, len(kept), step):
                part = kept[start : start + step]
                yield part, max((meter.reserve(len(part), rate) for meter, rate in self.limits), default=0.0)
            if left is not None:
                left -= len(kept)
                if left == 0:
                    return
