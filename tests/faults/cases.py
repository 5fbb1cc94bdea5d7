"""One fault, met by one command: what is expected of it, and whether that is what happens."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from ca_vendor.emulator import Fault
from tests.faults.world import COMPILED, Done, Site, Tree, World, arguments_of, store_problems

_MOST_TOKENS = 2
_MOST_REQUESTS = 120


@dataclass(frozen=True, slots=True)
class Completes:
    """The command ends well, with the bytes it has without the fault.

    Attributes:
        pins_only: the lock tells of the fault (a size that is not known); only the pins are the same.
    """

    pins_only: bool = False


@dataclass(frozen=True, slots=True)
class Fails:
    """The command ends with a code and a message, and has changed nothing.

    Attributes:
        phrases: each in what it writes; the first stands for the message.
    """

    code: int
    phrases: tuple[str, ...]

    def __init__(self, code: int, *phrases: str) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "phrases", phrases)


@dataclass(slots=True, kw_only=True)
class Scene:
    """What a case is played in, and what is to be seen of it afterwards.

    Attributes:
        arguments: added to the command's.
        wrapper: what the command is started by.
        result: the project afterwards, where the command saw another directory than ours.
        checks: say what is wrong.
    """

    arguments: list[str] = field(default_factory=list)
    wrapper: list[str] = field(default_factory=list)
    result: Callable[[], Tree] | None = None
    play: Callable[[Sequence[str]], Done] | None = None
    checks: list[Callable[[Done], Iterator[str]]] = field(default_factory=list)


Stage = Callable[[World, Site], AbstractContextManager[Scene]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One command's part of a row.

    Attributes:
        faults: queued before the command starts.
        environment: variables; one that is empty is removed.
        stage: sets up what faults on demand do not do.
        least_seconds: the command takes at least so long, as it was told to wait.
        most_seconds: it takes no longer.
        most_tokens: how many tokens it asks for at most.
    """

    expected: Completes | Fails
    faults: tuple[Fault, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    stage: Stage | None = None
    resolver: str = "uv"
    least_seconds: float = 0.0
    most_seconds: float = 60.0
    most_tokens: int = _MOST_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a case.

    Attributes:
        problems: how it differs from what is expected; empty where it does not.
        shown: the beginning of what the command wrote.
    """

    problems: tuple[str, ...]
    shown: str
    seconds: float


def try_case(world: World, command: str, case: Case) -> Verdict:
    """Let a command meet a case's fault, and judge what it made of it."""
    with world.site(command) as site:
        _set_variables(site.environment, case.environment)
        tokens = len(world.emulator.tokens.issued)
        world.emulator.requests.clear()
        with case.stage(world, site) if case.stage else nullcontext(Scene()) as scene:
            before = site.tree()
            world.emulator.faults.add(*case.faults)
            argv = [*arguments_of(command, case.resolver), *scene.arguments]
            done = scene.play(argv) if scene.play else site.run(argv, wrapper=scene.wrapper)
            after = scene.result() if scene.result else site.tree()
            world.emulator.faults.clear()
            problems = [
                *_ending(case, done),
                *_excess(world, case, tokens),
                *_leaks(world, site, done),
                *(problem for check in scene.checks for problem in check(done)),
                *store_problems(site.store),
                *_files(case, before=before, after=after, wanted=world.references[command]),
            ]
        if isinstance(case.expected, Fails):
            problems += _recovery(world, site, command)
    return Verdict(problems=tuple(problems), shown=done.err[:1500], seconds=done.seconds)


def _set_variables(environment: dict[str, str], changes: Mapping[str, str]) -> None:
    environment.update(changes)
    for name in [name for name, value in changes.items() if not value]:
        del environment[name]


def _ending(case: Case, done: Done) -> Iterator[str]:
    expected = case.expected
    code = expected.code if isinstance(expected, Fails) else 0
    if done.code != code:
        yield f"it ended with {done.code}, not {code}"
    if "Traceback" in done.err:
        yield "it showed a traceback"
    flat = " ".join(done.err.split())
    for phrase in expected.phrases if isinstance(expected, Fails) else ():
        if phrase not in flat:
            yield f"it did not say `{phrase}`"
    if isinstance(expected, Fails) and not re.search(r"^hint: ", done.err, re.MULTILINE):
        yield "it gave no hint"
    if not case.least_seconds <= done.seconds <= case.most_seconds:
        yield f"it took {done.seconds:.1f} s"


def _excess(world: World, case: Case, tokens: int) -> Iterator[str]:
    issued = len(world.emulator.tokens.issued) - tokens
    asked = sum(record.path.startswith("/v1/authorization-token") for record in world.emulator.requests)
    if issued > case.most_tokens:
        yield f"it was given {issued} tokens ({asked} questions)"
    if len(world.emulator.requests) > _MOST_REQUESTS:
        yield f"it made {len(world.emulator.requests)} requests"


def _leaks(world: World, site: Site, done: Done) -> Iterator[str]:
    secrets = [token.value for token in world.emulator.tokens.issued]
    for secret in secrets:
        if secret in done.out + done.err:
            yield "its output holds a token"
    if any(secret.encode() in content for content in site.tree().values() for secret in secrets):
        yield "the project holds a token"


def _files(case: Case, *, before: Tree, after: Tree, wanted: Tree) -> Iterator[str]:
    if isinstance(case.expected, Fails):
        yield from differences(before, after, "before")
    elif case.expected.pins_only:
        yield from differences({COMPILED: wanted[COMPILED]}, {COMPILED: after.get(COMPILED, b"")}, "without the fault")
    else:
        yield from differences(wanted, after, "without the fault")


def differences(wanted: Tree, found: Tree, when: str) -> Iterator[str]:
    """Say which files are not what they should be."""
    for path in sorted(wanted.keys() | found.keys()):
        if wanted.get(path) != found.get(path):
            state = "is missing" if path not in found else "is new" if path not in wanted else "has other bytes"
            yield f"`{path}` {state}, compared with {when}"


def _recovery(world: World, site: Site, command: str) -> list[str]:
    """Run the same command with nothing wrong, and say how that differs from what it does in a fresh project."""
    clean = Site(home=site.home, environment={**site.environment, **world.emulator.environment()})
    for name in ("CA_VENDOR_TIMEOUT", "CA_VENDOR_LOCK_TIMEOUT"):
        clean.environment.pop(name, None)
    done = clean.run(arguments_of(command))
    if done.code != 0:
        return [f"the next run ended with {done.code}: {done.err[:300]}"]
    return list(differences(world.references[command], clean.tree(), "a run that met no fault"))


def row_directory(site: Site, name: str) -> Path:
    """Return a new directory beside a project."""
    path = site.home / name
    path.mkdir()
    return path
