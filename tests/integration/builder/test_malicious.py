"""What a malicious sdist finds on this machine, confined and not, as root and as somebody else."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.distributions import build_sdist
from tests.integration.builder.once import KEYCTL
from tests.other_user import OTHER, as_another_user, can_be_another_user

KEY = "ca-vendor-canary"
PLANTED = "planted-by-a-build"
CANARY = "canary-of-the-malicious-sdist"
ATTACK = Path(__file__).with_name("malicious.py")
ROOT = Path(__file__).parents[3]
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "malicious"\nbackend-path = ["."]\n'

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces and /proc"), pytest.mark.slow]


@dataclass
class Victim:
    """A user with secrets, and services that answer whoever connects."""

    home: Path
    project: Path
    port: int
    sockets: list[str]
    places: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        return [str(self.home / ".aws/credentials"), str(self.home / ".netrc"), str(self.project / "secret.txt")]

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "AWS_SECRET_ACCESS_KEY": CANARY,
            "CODEARTIFACT_AUTH_TOKEN": CANARY,
            "PYTHONDONTWRITEBYTECODE": "1",
        }


@pytest.fixture
def victim(world: Path) -> Iterator[Victim]:
    home, project = world / "home", world / "project"
    (home / ".aws").mkdir(parents=True)
    project.mkdir()
    for path in (home / ".aws/credentials", home / ".netrc", project / "secret.txt"):
        path.write_text(CANARY)
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = f"\0ca-vendor-decoy-{os.getpid()}"
        named = str(home / "agent")
        unix = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2)]
        for server, address in zip(unix, (abstract, named), strict=True):
            server.bind(address)
            server.listen()
        for server in (tcp, *unix):
            threading.Thread(target=answer, args=(server,), daemon=True).start()
        for path in (world, *world.rglob("*")):
            os.chown(path, OTHER, OTHER) if os.geteuid() == 0 else None
        sockets = [abstract.replace("\0", "@"), named]
        places = [str(home), str(project), str(ROOT)] if os.geteuid() == 0 else [str(home), str(project)]
        yield Victim(home=home, project=project, port=tcp.getsockname()[1], sockets=sockets, places=places)
        for server in (tcp, *unix):
            server.shutdown(socket.SHUT_RDWR)
    (ROOT / PLANTED).unlink(missing_ok=True)


def answer(server: socket.socket) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        with client:
            client.sendall(CANARY.encode())


def attack(victim: Victim, directory: Path, *, confine: bool, other: bool) -> dict[str, Any]:
    known = {
        "canary": CANARY,
        "files": victim.files,
        "port": victim.port,
        "sockets": victim.sockets,
        "places": victim.places,
        "scratch": str(directory),
        "key": KEY,
        "keyctl": KEYCTL,
    }
    files = {"pyproject.toml": PYPROJECT, "malicious.py": ATTACK.read_text(), "known.json": json.dumps(known)}
    sdist = build_sdist(directory / "sdist", "foo", "1.0", metadata_version="2.1", root_files=files)
    task = {"source": str(sdist), "hidden": [str(victim.project)], "confine": confine, "key": KEY}
    argv = [sys.executable, "-m", "tests.integration.builder.once", json.dumps(task)]
    # One attack at a time: what one process of a user keeps in its environment, another of that user may read.
    with FileLock(Path(tempfile.gettempdir()) / "ca-vendor-tests-attack.lock"):
        done = subprocess.run(
            as_another_user(argv) if other else argv,
            env=victim.environment(),
            cwd=victim.home,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert CANARY not in done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["confined"] is confine
    found: dict[str, Any] = json.loads(answer["metadata"].partition("\n\n")[2])
    return found


as_somebody_else = pytest.param(
    True, marks=pytest.mark.skipif(not can_be_another_user(), reason="needs root, to be somebody else")
)


@pytest.mark.parametrize("other", [False, as_somebody_else])
def test_confined_it_finds_nothing(victim: Victim, world: Path, other: bool) -> None:
    found = attack(victim, world, confine=True, other=other)
    # It may believe that it writes: what counts is what is there afterwards.
    found["writable_places"] = [place for place in victim.places if Path(place, PLANTED).exists()]
    assert {attempt: result for attempt, result in found.items() if result} == {}
    assert len(found) == 12


@pytest.mark.parametrize("other", [False, as_somebody_else])
def test_not_confined_it_finds_no_secret_that_it_does_not_know_the_place_of(
    victim: Victim, world: Path, other: bool
) -> None:
    found = attack(victim, world, confine=False, other=other)
    for attempt in ("own_environment", "aws_files_by_home"):
        assert not found[attempt], attempt
    if other:  # root may look into every process
        assert found["environments_of_others"] == found["memory_of_others"] == []
    # What the documentation says plainly of such a system, seen here, so that it says so with reason.
    assert found["files_by_their_paths"] == victim.files
    assert found["servers_on_loopback"] == CANARY
    assert found["servers_on_sockets"] == victim.sockets
    assert bool(found["keys_of_the_kernel"]) is Path("/proc/keys").exists()
