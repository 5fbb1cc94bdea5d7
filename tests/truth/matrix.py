"""What is compared with what: sets of requirements down, hosts and targets across."""

import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ca_vendor.target import Architecture, Glibc, Target
from tests.truth.environments import Environment, Host, disguised_host, other_host, own_host, reference_environment
from tests.truth.interpreters import PYTHONS, Interpreter, find_interpreter, own_interpreter
from tests.truth.limited._manylinux import GLIBC
from tests.truth.resolutions import (
    NoSolution,
    Pins,
    differences,
    run_our_command,
    run_real_pip_compile,
    run_uv_for_platform,
)
from tests.truth.sets import SDISTS, SETS

LIMITED = Glibc(*GLIBC)
"""Amazon Linux 2's, which python3.11 and older run on."""

_ON_AMAZON_LINUX_2 = ("3.9", "3.10", "3.11")
_FROM_OTHER_HOSTS = {"3.10": "3.13", "3.13": "3.9", "macOS": "3.12", "Windows": "3.11"}
# uv knows these and not 2.26.
_ARM64 = (("3.9", Glibc(2, 28)), ("3.11", Glibc(2, 28)), ("3.12", Glibc(2, 34)), ("3.13", Glibc(2, 34)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A host that locks for a target.

    Attributes:
        section: the table it is in.
        title: its heading there.
        sdists: whether it is about sets in which something is built.
    """

    section: str
    title: str
    host: Host
    target: Target
    sdists: bool = False

    @property
    def sets(self) -> Mapping[str, Sequence[str]]:
        """The sets that it is about."""
        return SDISTS if self.sdists else SETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What both sides said, and how long they took, in seconds."""

    name: str
    column: Column
    expected: Pins | NoSolution
    got: Pins | NoSolution
    expected_seconds: float
    own_seconds: float

    @property
    def differences(self) -> list[str]:
        """Where they differ; empty where they do not."""
        return differences(self.expected, self.got)


def columns(pythons: Sequence[str] = PYTHONS) -> list[Column]:
    """Return the columns for the interpreters that are there, of the versions asked for."""
    found = _interpreters(*pythons)
    own, glibc = own_host(), own_interpreter().glibc
    return [
        *_section(
            f"x86_64, from Python {own.name}, glibc {glibc}", own, {v: python.target() for v, python in found.items()}
        ),
        *_section(
            f"x86_64, from Python {own.name}, glibc {LIMITED}",
            own,
            {v: found[v].target(glibc=LIMITED) for v in _ON_AMAZON_LINUX_2 if v in found},
        ),
        *_other_hosts(found),
        *_section(
            f"arm64, from Python {own.name}, against `uv pip compile --python-platform`",
            own,
            {f"{v}, glibc {glibc}": _arm64(found[v], glibc) for v, glibc in _ARM64 if v in found},
        ),
        *_section(
            f"x86_64, from Python {own.name}, with sdists",
            own,
            {v: python.target() for v, python in found.items()},
            sdists=True,
        ),
    ]


def _interpreters(*versions: str) -> dict[str, Interpreter]:
    return {version: python for version in versions if (python := find_interpreter(version)) is not None}


def _arm64(python: Interpreter, glibc: Glibc) -> Target:
    return Target(python_full_version=python.full_version, architecture=Architecture.ARM64, glibc=glibc)


def _section(section: str, host: Host, targets: dict[str, Target], *, sdists: bool = False) -> Iterator[Column]:
    for title, target in targets.items():
        yield Column(section=section, title=title, host=host, target=target, sdists=sdists)


def _other_hosts(found: dict[str, Interpreter]) -> Iterator[Column]:
    makers: dict[str, Callable[[], Host]] = {
        **{version: functools.partial(other_host, python) for version, python in _interpreters("3.10", "3.13").items()},
        **{machine: functools.partial(disguised_host, machine) for machine in ("macOS", "Windows")},
    }
    for name, make in makers.items():
        if target := found.get(_FROM_OTHER_HOSTS[name]):
            title = f"{name} → {target.version}"
            section = "x86_64, from other Pythons, and from hosts that pretend to be macOS and Windows"
            yield from _section(section, make(), {title: target.target()})


@dataclass(slots=True, kw_only=True)
class Referee:
    """Knows what is right, each answer asked for once.

    Attributes:
        index_url: of the plain index.
        newest: look for newer versions of pip and pip-tools than those that are there.
    """

    index_url: str
    newest: bool = False
    environments: dict[str, Environment] = field(default_factory=dict)
    _answers: dict[tuple[str, Target, bool], "Future[tuple[Pins | NoSolution, float]]"] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def expected(self, name: str, column: Column) -> tuple[Pins | NoSolution, float]:
        """Return what is right for a set on a column's target, and the seconds it took to know."""
        key = (name, column.target, column.sdists)
        with self._lock:
            mine = key not in self._answers
            future = self._answers.setdefault(key, Future())
        if mine:
            started = time.monotonic()
            try:
                future.set_result((self._ask(column.sets[name], column), time.monotonic() - started))
            except BaseException as error:  # noqa: BLE001 - handed to every caller that waits
                future.set_exception(error)
        return future.result()

    def _ask(self, lines: Sequence[str], column: Column) -> Pins | NoSolution:
        target = column.target
        if target.architecture is Architecture.ARM64:
            return run_uv_for_platform(target, lines, self.index_url)
        interpreter = find_interpreter(target.runtime.removeprefix("python"))
        assert interpreter is not None
        with self._lock:
            if interpreter.version not in self.environments:
                made = reference_environment(interpreter, newest=self.newest)
                self.environments[interpreter.version] = made
            environment = self.environments[interpreter.version]
        limited = target.glibc != interpreter.glibc
        return run_real_pip_compile(environment, lines, self.index_url, limited=limited, only_binary=not column.sdists)


def compare(
    names: Sequence[str], across: Sequence[Column], referee: Referee, *, cache: Path, jobs: int
) -> list[Outcome]:
    """Ask both sides for every set and column, several at once, and tell of each as it ends."""

    def ask(name: str, column: Column) -> Outcome:
        expected, expected_seconds = referee.expected(name, column)
        started = time.monotonic()
        got = run_our_command(
            column.host,
            column.target,
            column.sets[name],
            referee.index_url,
            cache=cache,
            only_binary=not column.sdists,
        )
        outcome = Outcome(
            name=name,
            column=column,
            expected=expected,
            got=got,
            expected_seconds=expected_seconds,
            own_seconds=time.monotonic() - started,
        )
        _tell(outcome)
        return outcome

    with ThreadPoolExecutor(jobs) as pool:
        # Columns that share a reference stand far apart, so that no worker waits for another's.
        pending: list[Callable[[], Outcome]] = [
            pool.submit(ask, name, column).result for name in names for column in across if name in column.sets
        ]
        return [outcome() for outcome in pending]


def _tell(outcome: Outcome) -> None:
    verdict = "✓" if not outcome.differences else "\n  ".join(["✗", *outcome.differences])
    pins = "no solution" if isinstance(outcome.expected, NoSolution) else f"{len(outcome.expected)} pins"
    seconds = f"{outcome.expected_seconds:.1f} s and {outcome.own_seconds:.1f} s"
    sys.stderr.write(
        f"{outcome.name}: {outcome.column.section}: {outcome.column.title}: {pins}, {seconds}: {verdict}\n"
    )
