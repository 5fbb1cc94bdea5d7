"""What a confined build is shown of this machine, and how it reaches the index and nothing else."""

import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ca_vendor.builder.relay import relaying
from ca_vendor.process import Command, Completed, minimal_environment, run_command

if TYPE_CHECKING:
    from ca_vendor.builder.sandbox import Task  # which can be imported on Linux alone

_NAMED_BY = (
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AZURE_CONFIG_DIR",
    "CARGO_HOME",
    "CLOUDSDK_CONFIG",
    "DOCKER_CONFIG",
    "GNUPGHOME",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "KUBECONFIG",
    "NETRC",
    "PIP_CONFIG_FILE",
    "SSH_AUTH_SOCK",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
)
"""Variables that say where a user's credentials are."""

_SOCKETS = ("/run", "/var/run")
"""Where services of this machine listen: container engines, the user's session, agents that hold keys."""

_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - to be hidden, not used
_SANDBOX = Path(__file__).with_name("sandbox.py")

_ANY_PORT = 80

_IMPORTS = ("build", "pyproject_hooks", "packaging", "pip", "tomli", "importlib_metadata")
"""What the frontend imports or runs; the last two on old Pythons alone."""


def import_paths() -> tuple[str, ...]:
    """Return the directories the frontend's own requirements are imported from."""
    specs = (find_spec(name) for name in _IMPORTS)
    return tuple(dict.fromkeys(str(Path(spec.origin).parents[1]) for spec in specs if spec is not None and spec.origin))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a confined build sees.

    Attributes:
        port: of the view on loopback, the only thing there is to connect to.
        hidden: directories and files that are empty there, besides the user's home and credentials.
    """

    port: int
    hidden: tuple[Path, ...]


@cache
def can_confine(hidden: tuple[Path, ...]) -> bool:
    """Whether this system lets a build be confined, with our Python and `build` still to be seen there; asked once."""
    if sys.platform != "linux":
        return False
    code = f"import sys; sys.path += {list(import_paths())!r}; import build.env"
    with tempfile.TemporaryDirectory(prefix="ca-vendor-") as name:
        scratch = Path(name).resolve()
        command = Command(
            argv=(sys.executable, "-I", "-c", code), environment=minimal_environment(scratch), directory=scratch
        )
        return run_confined(command, Surroundings(port=_ANY_PORT, hidden=hidden), scratch=scratch).returncode == 0


def run_confined(
    command: Command, surroundings: Surroundings, *, scratch: Path, abort: Callable[[], bool] = lambda: False
) -> Completed:
    """Run a program in namespaces of its own: no network but the view, no process but its own, no file of the user's.

    Args:
        command: what to run; it inherits no descriptor.
        surroundings: what it sees.
        scratch: the one directory it may write to for good.
        abort: asked several times a second; when it says so, the program is ended.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs, relaying(ours, port=surroundings.port):
        task = _task(command, surroundings, scratch=scratch, control=theirs.fileno())
        wrapped = replace(
            command,
            argv=(sys.executable, "-I", str(_SANDBOX), json.dumps(task)),
            descriptors=(theirs.fileno(),),
        )
        return run_command(wrapped, abort=abort)


def _task(command: Command, surroundings: Surroundings, *, scratch: Path, control: int) -> "Task":
    kept = dict.fromkeys((sys.prefix, sys.base_prefix, sys.exec_prefix, *import_paths(), str(_SANDBOX.parent)))
    return {
        "argv": list(command.argv),
        "directory": str(command.directory),
        "scratch": str(scratch),
        "hidden": _real([*_private_places(), *map(str, surroundings.hidden), *_SOCKETS]),
        "empty": _real([*_TEMPORARY, tempfile.gettempdir()]),
        "kept": _real(kept),
        "links": {path: os.path.realpath(path) for path in kept if path != os.path.realpath(path)},
        "port": surroundings.port,
        "control": control,
    }


def _private_places() -> Iterator[str]:
    import pwd

    with suppress(KeyError):  # a container may run as a user that nobody knows
        yield pwd.getpwuid(os.getuid()).pw_dir
    yield from (path for name in ("HOME", *_NAMED_BY) if Path(path := os.environ.get(name, "")).is_absolute())


def _real(paths: Iterable[str]) -> list[str]:
    """Return real paths, each once; never the root, which some systems call a user's home."""
    return sorted({os.path.realpath(path) for path in paths} - {os.sep})
