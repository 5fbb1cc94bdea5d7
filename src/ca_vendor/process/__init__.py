"""The only module that starts processes; what they inherit is chosen here, not taken from our own environment."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ca_vendor.errors import CaVendorError

_INHERITED = ("PATH", "SYSTEMROOT", "COMSPEC", "PATHEXT", "WINDIR", "NUMBER_OF_PROCESSORS")
"""What a program needs to start at all. No AWS variable, no proxy, no pip configuration, no token."""

_STOP_SECONDS = 5.0
_GRACE_SECONDS = 1.0
_REQUEST = signal.SIGTERM if sys.platform == "win32" else signal.SIGINT
_POLL_SECONDS = 0.2
_SET_DUMPABLE = 4


class ProgramMissingError(CaVendorError):
    """A program ca-vendor needs is not installed."""

    def __init__(self, program: str, hint: str) -> None:
        super().__init__(f"the program `{program}` was not found", hint=hint)
        self.program = program


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A process that has ended.

    Attributes:
        returncode: negative for the signal that ended it.
        output: what it wrote to standard output.
        errors: what it wrote to standard error.
    """

    returncode: int
    output: str
    errors: str


def minimal_environment(home: Path) -> dict[str, str]:
    """Return an environment that lets a program start and tells it nothing of its user.

    Args:
        home: an empty directory of its own, in place of the user's home and temporary directory.
    """
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    places = dict.fromkeys(
        ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(home)
    )
    return environment | places | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program to run, with all it gets.

    Attributes:
        argv: program and arguments.
        environment: all it gets of one.
        directory: to run in.
        descriptors: open descriptors that it inherits, besides its standard streams.
        missing_hint: how to get the program where there is none.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    descriptors: Sequence[int] = ()
    missing_hint: str = ""


def client_environment(names: Collection[str]) -> dict[str, str]:
    """Return an environment for a program of the user's that has to find the user's own settings of it.

    Args:
        names: variables that it gets besides HOME and what programs need to start at all.
    """
    kept = (*_INHERITED, "HOME", "USERPROFILE", "LANG", *names)
    return {name: os.environ[name] for name in kept if name in os.environ}


def forbid_inspection() -> None:
    """Keep other processes of the same user out of our environment and memory, where the system knows how.

    It holds until we end. Root may look all the same.

    Source: https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def run_process(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    abort: Callable[[], bool] = lambda: False,
    missing_hint: str = "",
) -> Completed:
    """Run a program to its end as :func:`run_command` does.

    Raises:
        ProgramMissingError: there is no such program.
    """
    command = Command(argv=argv, environment=environment, directory=directory, missing_hint=missing_hint)
    return run_command(command, abort=abort)


def run_command(command: Command, *, abort: Callable[[], bool] = lambda: False) -> Completed:
    """Run a program to its end and return what it wrote.

    On any exception, an interrupt from the keyboard included, the program and all it started are ended first.

    Args:
        command: the program.
        abort: asked several times a second; when it says so, the program is ended.

    Raises:
        ProgramMissingError: there is no such program.
    """
    process = _start(command, stdin=subprocess.DEVNULL)
    try:
        output, errors = _wait(process, abort)
    except BaseException:
        _stop(process)
        raise
    return Completed(
        returncode=process.returncode,
        output=output.decode("utf-8", "replace"),
        errors=errors.decode("utf-8", "replace"),
    )


@contextmanager
def running(command: Command) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a program that is talked to while it runs, over pipes; it does not outlive the block.

    Raises:
        ProgramMissingError: there is no such program.
    """
    process = _start(command, stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        _stop(process)


def _start(command: Command, *, stdin: int) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            list(command.argv),
            env=dict(command.environment),
            cwd=command.directory,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=sys.platform != "win32",
            pass_fds=tuple(command.descriptors),
        )
    except FileNotFoundError as error:
        raise ProgramMissingError(command.argv[0], command.missing_hint) from error


def run_foreground(argv: Sequence[str], *, environment: Mapping[str, str], missing_hint: str = "") -> int:
    """Run a program on our own standard streams, in our own directory, and return its exit code.

    The keyboard's interrupt reaches the program as well as us. Either way it is waited for: only then can what it used
    be taken away.

    Args:
        argv: program and arguments; the program is looked for on the PATH that it gets.
        environment: all it gets of one.
        missing_hint: how to get the program where there is none.

    Raises:
        ProgramMissingError: there is no such program.
    """
    program = shutil.which(argv[0], path=environment.get("PATH"))
    if program is None:
        raise ProgramMissingError(argv[0], missing_hint)
    process = subprocess.Popen([program, *argv[1:]], env=dict(environment))
    try:
        returncode = process.wait()
    except BaseException:
        _wind_up(process)
        raise
    return 128 - returncode if returncode < 0 else returncode


def _wind_up(process: "subprocess.Popen[bytes]") -> None:
    """Give a program time to end by itself, then ask it to, then end it."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
        return
    process.send_signal(_REQUEST)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
        return
    process.kill()
    process.wait()


def _wait(process: "subprocess.Popen[bytes]", abort: Callable[[], bool]) -> tuple[bytes, bytes]:
    while True:
        try:
            return process.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            if abort():
                return _end(process)


def _end(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    """End a process and all it started, first with a request, then without; return what it wrote."""
    _signal(process, kill=False)
    try:
        return process.communicate(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(process, kill=True)
        return process.communicate()


def _signal(process: "subprocess.Popen[bytes]", *, kill: bool) -> None:
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill() if kill else process.terminate()
        else:
            os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    _signal(process, kill=False)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(process, kill=True)
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()
