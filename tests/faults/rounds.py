"""Several fetches of one project at once: all end well, and the wheelhouse is what one alone leaves."""

import shutil
import time
from collections.abc import Callable, Iterator

from tests.faults.cases import differences
from tests.faults.world import WHEELHOUSE, Site, World, finish, store_problems

FETCHES = 8


def fetch_together(world: World, rounds: int, *, tell: Callable[[int, list[str]], None]) -> list[str]:
    """Let fetches run at once, round after round, and return what is wrong.

    In every second round the store is empty, too; in the others the wheelhouse alone.
    """
    problems: list[str] = []
    with world.site("fetch") as site:
        for turn in range(rounds):
            shutil.rmtree(site.root / WHEELHOUSE, ignore_errors=True)
            if turn % 2 == 0:
                shutil.rmtree(site.store, ignore_errors=True)
            problems += [f"round {turn + 1}: {problem}" for problem in _round(world, site)]
            tell(turn + 1, problems)
    return problems


def _round(world: World, site: Site) -> Iterator[str]:
    started = time.monotonic()
    processes = [site.start(["fetch"]) for _ in range(FETCHES)]
    for done in [finish(process, started) for process in processes]:
        if done.code != 0:
            yield f"a fetch ended with {done.code}: {done.err[:300]}"
    yield from differences(world.references["fetch"], site.tree(), "one fetch alone")
    yield from store_problems(site.store)
