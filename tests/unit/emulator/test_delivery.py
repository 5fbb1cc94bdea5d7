import pytest

from ca_vendor.emulator.delivery import Cut, Delivery, Meter, Pace, Shaper, Shaping


def pace(rate: float | None = None, cut: Cut | None = None) -> Pace:
    limits = ((Meter(), rate),) if rate is not None else ()
    return Pace(wait_seconds=0, limits=limits, drips=False, cut=cut)


def test_nothing_to_shape_is_no_pace() -> None:
    shaper = Shaper()
    assert shaper.pace(None, Meter()) is None
    shaper.shaping = Shaping(latency=0.5)
    found = shaper.pace(Delivery(wait_seconds=0.25), Meter())
    assert found is not None
    assert found.wait_seconds == 0.75


def test_wire_is_busy_while_bytes_pass() -> None:
    meter = Meter()
    assert meter.reserve(100, 1000) == pytest.approx(0.1, abs=0.01)
    assert meter.reserve(100, 1000) == pytest.approx(0.2, abs=0.01)
    assert meter.reserve(100, None) == 0


@pytest.mark.parametrize(("rate", "largest"), [(None, 65536), (10, 1), (2000, 100), (1e9, 65536)])
def test_slow_wires_take_small_steps(rate: float | None, largest: int) -> None:
    content = bytes(70_000) if rate is None or rate > 2000 else bytes(300)
    steps = [piece for piece, _ in pace(rate).steps([content])]
    assert b"".join(steps) == content
    assert max(map(len, steps)) == min(largest, len(content))


@pytest.mark.parametrize(("after", "kept"), [(0, b""), (4, b"abcd"), (6, b"abcdef"), (99, b"abcdef")])
def test_cut_keeps_the_beginning(after: int, kept: bytes) -> None:
    steps = pace(cut=Cut(after=after, resets=False)).steps([b"abc", b"def"])
    assert b"".join(piece for piece, _ in steps) == kept


def test_slowest_wire_decides() -> None:
    both = Pace(wait_seconds=0, limits=((Meter(), 1000.0), (Meter(), 100.0)), drips=False, cut=None)
    waits = [seconds for _, seconds in both.steps([bytes(10)])]
    assert waits[-1] == pytest.approx(0.1, abs=0.01)
