import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ca_vendor.cli.timings import render_timings
from ca_vendor.errors import ExitCode
from ca_vendor.timings import TIMINGS, Phase, Timings
from tests.unit.cli.conftest import CONFIGURATION, Command


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    TIMINGS._started = None


def test_phases_of_all_threads_are_added_up() -> None:
    timings, together = Timings(), threading.Barrier(2, timeout=10)
    timings.start(time.perf_counter())

    def work() -> None:
        with timings.phase("working"):
            together.wait()
            time.sleep(0.02)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [phase] = timings.phases()
    assert (phase.name, phase.count) == ("working", 2)
    assert phase.busy > phase.ended - phase.begun >= 0.02
    assert timings.elapsed() >= phase.ended


def test_nothing_is_recorded_unless_somebody_wants_to_know() -> None:
    timings = Timings()
    with timings.phase("working"):
        pass
    timings.since_start("start-up")
    assert timings.phases() == []
    assert timings.elapsed() == 0


def test_phase_that_fails_is_recorded_too() -> None:
    timings = Timings()
    timings.start(time.perf_counter())
    with pytest.raises(ValueError), timings.phase("working"):  # noqa: PT011 - any will do
        raise ValueError
    assert [phase.name for phase in timings.phases()] == ["working"]


def test_table_has_a_line_for_each_phase_and_the_whole() -> None:
    phase = Phase(name="getting pages", count=26, busy=2.5, begun=0.25, ended=1.0)
    assert render_timings([phase], 3.0).splitlines()[2:] == [
        "  getting pages                26     0.25     1.00            2.50",
        "  the whole run                       0.00     3.00",
    ]


@pytest.mark.parametrize("command", ["lock", "fetch", "check"])
def test_command_tells_where_the_time_went_even_if_it_fails(
    ca_vendor: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca-vendor.toml").write_text(CONFIGURATION)
    ended = ca_vendor(command, "--timings", "nothing-of-this-name")
    assert ended.code != ExitCode.OK
    assert ended.err.startswith("timings, in seconds:\n")
    assert "start-up" in ended.err
    assert "the whole run" in ended.err
    assert json.dumps(ended.out) == '""'
