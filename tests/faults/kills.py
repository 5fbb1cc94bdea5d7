"""kill -9 at random moments: no visible file is partial, and the next run completes with the same bytes."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

from tests.faults.cases import differences
from tests.faults.world import Site, Tree, World, arguments_of, open_world, store_problems, visible

COMMANDS = ("lock", "fetch")
_LONGEST_SECONDS = 10.0
_MISSES = 100


@dataclass(slots=True)
class Kills:
    """What became of the kills.

    Attributes:
        hit: how many ended a command that was at work.
        missed: how many came when it had ended.
        left: how many of those that hit left the project changed in part: some files of it whole, others not there.
        problems: what is wrong.
    """

    hit: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    left: int = 0
    problems: list[str] = field(default_factory=list)


class Killer:
    """Kills commands, ``lock`` and ``fetch`` in turn, in any number of worlds at a time.

    Args:
        number: how many commands to kill at work.
        tell: is told of each kill.
    """

    def __init__(self, number: int, *, tell: Callable[[Kills], None] = lambda _: None) -> None:
        self.kills = Kills()
        self._number = number
        self._tell = tell
        self._lock = threading.Lock()
        self._chance = random.Random()

    def work_in(self, world: World) -> None:
        """Kill until enough have been killed."""
        for turn in count():
            command, at_work = COMMANDS[turn % 2], turn % 4 >= 2
            with self._lock:
                if self.kills.hit.total() >= self._number or self.kills.missed > self._number + _MISSES:
                    return
                part = self._chance.uniform(0.1, 1.0) * (0.4 if at_work else 1.0)
            self._kill_one(world, command, _Moment(part * world.seconds[command], at_work))

    def _kill_one(self, world: World, command: str, moment: "_Moment") -> None:
        with world.site(command) as site:
            before, wanted = site.tree(), world.references[command]
            world.emulator.requests.clear()
            process = site.start(arguments_of(command))
            moment.wait(world)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            hit = process.returncode == -signal.SIGKILL
            after = visible(site.tree())
            problems = [*_partial(before, after, wanted), *store_problems(site.store), *_next_run(world, site, command)]
        with self._lock:
            self.kills.hit[command] += hit
            self.kills.missed += not hit
            self.kills.left += hit and after not in (before, wanted)
            self.kills.problems += [
                f"{command}, killed after {moment.seconds:.3f} s: {problem}" for problem in problems
            ]
            self._tell(self.kills)


def kill_at_random(number: int, *, jobs: int, tell: Callable[[Kills], None]) -> Kills:
    """Kill so many commands, in several worlds at a time."""
    killer = Killer(number, tell=tell)

    def work() -> None:
        with open_world() as world:
            killer.work_in(world)

    with ThreadPoolExecutor(jobs) as pool:
        for worker in [pool.submit(work) for _ in range(jobs)]:
            worker.result()
    return killer.kills


@dataclass(frozen=True, slots=True)
class _Moment:
    """When to kill.

    Attributes:
        seconds: to let pass.
        at_work: whether they begin with the command's first request, or with its start, half of which is Python's.
    """

    seconds: float
    at_work: bool

    def wait(self, world: World) -> None:
        """Let the time pass."""
        ends = time.monotonic() + _LONGEST_SECONDS
        while self.at_work and not len(world.emulator.requests) and time.monotonic() < ends:
            time.sleep(0.001)
        time.sleep(self.seconds)


def _partial(before: Tree, after: Tree, wanted: Tree) -> Iterator[str]:
    for path, content in after.items():
        if content not in (before.get(path), wanted.get(path)):
            yield f"`{path}` is neither what it was nor what it becomes"
    for path in before:
        if path not in after:
            yield f"`{path}` is gone"


def _next_run(world: World, site: Site, command: str) -> Iterator[str]:
    done = site.run(arguments_of(command))
    if done.code != 0:
        yield f"the next run ended with {done.code}: {done.err[:300]}"
        return
    # What a run takes changes with what else the machine does.
    world.seconds[command] = (world.seconds[command] + done.seconds) / 2
    yield from differences(world.references[command], visible(site.tree()), "a run that was not killed")
    yield from store_problems(site.store)
