"""One canary token through everything, then looked for everywhere."""

import base64
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from ca_vendor.emulator import Emulator
from tests.integration.workflows.conftest import Result, run_command

PROC = Path("/proc")
AWS_SECRET = "canary-aws-secret-access-key"

pytestmark = pytest.mark.skipif(not PROC.is_dir(), reason="needs /proc to look into other processes")


@dataclass(frozen=True)
class Seen:
    """A process as it was at one moment."""

    cmdline: bytes
    environ: bytes

    def holds(self, secret: str) -> bool:
        """Whether argv or environment hold a secret."""
        return any(form.encode() in self.cmdline + self.environ for form in _forms(secret))


class Watch:
    """Looks into every process below this one, again and again, and remembers all it saw."""

    def __init__(self) -> None:
        self.seen: set[Seen] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def running(self, program: bytes) -> list[Seen]:
        """Return what was seen of the processes of a program."""
        return [seen for seen in self.seen if program in seen.cmdline]

    def _run(self) -> None:
        while not self._stop.is_set():
            for pid in _descendants(os.getpid()):
                try:
                    before, environ, after = (_read(pid, what) for what in ("cmdline", "environ", "cmdline"))
                except OSError:
                    continue
                if before == after:  # it did not turn into another program in between
                    self.seen.add(Seen(before, environ))
            time.sleep(0.005)


def _read(pid: int, what: str) -> bytes:
    return (PROC / str(pid) / what).read_bytes()


def _descendants(root: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found: set[int] = set()
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


@pytest.fixture
def canary(emulator: Emulator) -> str:
    """A token that the index accepts and that is easy to recognise."""
    return emulator.issue_token().value


@pytest.fixture
def places(project: Path, clean_environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every directory a run may write to: project, home, store, and a temporary directory of its own."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    return [project, clean_environment, tmp_path / "store", temporary]


def files_holding(secret: str, *roots: Path) -> list[Path]:
    """Return the files below the roots that hold a secret, plain or as part of a Basic header."""
    needles = [needle.encode() for needle in _forms(secret)]
    return [
        path
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]


def _forms(secret: str) -> list[str]:
    return [secret, base64.b64encode(f"aws:{secret}".encode()).decode()]


def run_all() -> tuple[list[Result], Watch]:
    """Run every command that has anything to do with the index, a failing one among them."""
    with Watch() as watch:
        arguments = ("lock -v", "lock -v --upgrade --resolver uv", "fetch -v", "check -v")
        results = [run_command(line.split()) for line in arguments]
        Path("src/orders/requirements.in").write_text("acme-core==77\n")
        results.append(run_command(["lock", "-v"]))
    assert [result.code for result in results] == [0, 0, 0, 0, 7], results
    assert watch.running(b"piptools"), "the resolver was not seen, so nothing would be shown"
    return results, watch


def test_a_given_token_stays_in_the_process_it_was_given_to(
    places: list[Path], canary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEARTIFACT_AUTH_TOKEN", canary)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS_SECRET)
    results, watch = run_all()
    for secret in (canary, AWS_SECRET):
        assert not [result for result in results if secret in result.out + result.err]
        # Our own process was given it in its environment, by its user; no other may have it, and none in argv.
        assert all(b"ca_vendor" in seen.cmdline for seen in watch.seen if seen.holds(secret))
        assert not [seen for seen in watch.seen if secret.encode() in seen.cmdline]
        assert not files_holding(secret, *places)


def test_a_token_asked_of_aws_is_nowhere(places: list[Path], emulator: Emulator) -> None:
    results, watch = run_all()
    tokens = [token.value for token in emulator.tokens.issued]
    assert tokens
    for token in tokens:
        assert not [seen for seen in watch.seen if seen.holds(token)]
        assert not [result for result in results if token in result.out + result.err]
        assert not files_holding(token, *places)


def test_the_resolver_gets_no_variable_of_ours(project: Path) -> None:
    with Watch() as watch:
        assert run_command(["lock"]).code == 0
    resolvers = watch.running(b"piptools")
    assert resolvers
    for seen in resolvers:
        names = {entry.partition(b"=")[0] for entry in seen.environ.split(b"\0") if entry}
        assert not [name for name in names if name.startswith((b"AWS", b"CODEARTIFACT", b"CA_VENDOR", b"HTTP"))]


def test_an_exception_with_locals_does_not_show_it(project: Path, canary: str) -> None:
    code = (
        "import sys, traceback\n"
        "from ca_vendor.credential import Credential, Secret\n"
        "credential = Credential(username='aws', password=Secret(sys.stdin.read()))\n"
        "try:\n"
        "    raise RuntimeError(f'{credential!r} {credential.password} {credential.password!r}')\n"
        "except RuntimeError as error:\n"
        "    print(''.join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=canary, capture_output=True, text=True, check=True)
    assert "Secret('********')" in done.stdout
    assert canary not in done.stdout
