import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from ca_vendor.builder.confinement import Surroundings, can_confine, run_confined
from ca_vendor.process import Command, Completed, minimal_environment
from tests.distributions import build_sdist
from tests.loopback import Loopback, Reply

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces")

ROOT = Path(__file__).parents[3]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return scratch


def run(
    code: str,
    scratch: Path,
    *,
    port: int = 9,
    hidden: Sequence[Path] = (),
    abort: Callable[[], bool] = lambda: False,
) -> Completed:
    command = Command(
        argv=(sys.executable, "-I", "-c", code), environment=minimal_environment(scratch), directory=scratch
    )
    return run_confined(command, Surroundings(port=port, hidden=tuple(hidden)), scratch=scratch, abort=abort)


def ask(code: str, scratch: Path, *, hidden: Sequence[Path] = ()) -> Any:
    completed = run(f"import json, os; print(json.dumps({code}))", scratch, hidden=hidden)
    assert completed.returncode == 0, completed.errors
    return json.loads(completed.output)


def test_this_system_confines(tmp_path: Path) -> None:
    assert can_confine((tmp_path,))


def test_the_view_is_all_there_is_to_connect_to(scratch: Path) -> None:
    code = (
        "import socket, urllib.request\n"
        "print(urllib.request.urlopen('http://127.0.0.1:{0}/page').read().decode())\n"
        "with socket.socket() as other:\n"
        "    print(other.connect_ex(('127.0.0.1', {1})) != 0)\n"
    )
    with Loopback(lambda _: Reply(body=b"x" * 300_000)) as view, Loopback(lambda _: Reply()) as other:
        ports = [int(server.url.rstrip("/").rpartition(":")[2]) for server in (view, other)]
        completed = run(code.format(*ports), scratch, port=ports[0])
        assert completed.output.split() == ["x" * 300_000, "True"], completed.errors
        assert (view.paths, other.paths) == (["/page"], [])


def test_connections_may_be_many_and_at_once(scratch: Path) -> None:
    code = (
        "import concurrent.futures, urllib.request\n"
        "def get(number): return len(urllib.request.urlopen(f'http://127.0.0.1:{0}/{{number}}').read())\n"
        "print(sum(concurrent.futures.ThreadPoolExecutor(20).map(get, range(60))))\n"
    )
    with Loopback(lambda _: Reply(body=b"x" * 1000)) as view:
        port = int(view.url.rstrip("/").rpartition(":")[2])
        assert run(code.format(port), scratch, port=port).output == "60000\n"


def test_hidden_directory_shows_our_python_and_nothing_else(scratch: Path) -> None:
    prefix = Path(sys.prefix).resolve()
    listed = ask(f"sorted(os.listdir({str(ROOT)!r}))", scratch, hidden=[ROOT])
    assert "README.md" not in listed
    if prefix.is_relative_to(ROOT):
        assert prefix.relative_to(ROOT).parts[0] in listed


def test_what_is_hidden_below_our_python_is_hidden(scratch: Path) -> None:
    inner = Path(sys.prefix).resolve() / "hidden-by-a-test"
    inner.mkdir()
    try:
        (inner / "secret").touch()
        assert ask(f"os.listdir({str(inner)!r})", scratch, hidden=[ROOT, inner]) == []
    finally:
        shutil.rmtree(inner)


def test_hidden_file_is_empty_and_a_missing_one_is_no_error(scratch: Path, world: Path) -> None:
    (world / "netrc").write_text("secret")
    hidden = [world / "netrc", world / "missing", world / "missing/below"]
    assert ask(f"open({str(world / 'netrc')!r}).read()", scratch, hidden=hidden) == ""
    assert ask(f"os.path.exists({str(world / 'missing')!r})", scratch, hidden=hidden) is False


def test_hidden_link_hides_what_it_leads_to(scratch: Path, world: Path) -> None:
    (world / "real").mkdir()
    (world / "real/secret").touch()
    (world / "link").symlink_to("real")
    assert ask(f"os.listdir({str(world / 'real')!r})", scratch, hidden=[world / "link"]) == []


def test_only_the_scratch_directory_can_be_written_to(scratch: Path, world: Path) -> None:
    code = f"[os.access(path, os.W_OK) for path in ({str(world)!r}, '/usr', '/dev', '/proc/sys/kernel', '.')]"
    assert ask(code, scratch) == [False, False, False, False, True]
    assert run("open('kept', 'w').write('x'); open('/tmp/lost', 'w').write('x')", scratch).returncode == 0
    assert (scratch / "kept").read_text() == "x"
    assert not Path("/tmp/lost").exists()


def test_devices_are_those_that_hold_nothing(scratch: Path) -> None:
    assert set(ask("os.listdir('/dev')", scratch)) == {
        *("null", "zero", "full", "random", "urandom", "shm", "fd", "stdin", "stdout", "stderr")
    }
    assert ask("open('/dev/zero', 'rb').read(2).hex() + open('/dev/null').read()", scratch) == "0000"


def test_no_right_is_left(scratch: Path) -> None:
    status = ask("open('/proc/self/status').read()", scratch)
    fields = dict(line.split(":\t") for line in status.splitlines() if line.startswith(("Cap", "NoNewPrivs")))
    assert {fields.pop("NoNewPrivs")} == {"1"}
    assert set(fields.values()) == {"0000000000000000"}


def test_exit_code_is_the_programs(scratch: Path) -> None:
    assert run("import sys; sys.exit(3)", scratch).returncode == 3
    assert run("import os; os.kill(os.getpid(), 9)", scratch).returncode == 137


def test_nothing_outlives_the_program(scratch: Path) -> None:
    child = "import time\nwhile True: open('alive', 'a').write('x'); time.sleep(0.02)"
    code = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-I', '-c', {child!r}], start_new_session=True)\n"
        "while not os.path.exists('alive'): time.sleep(0.02)\n"
    )
    assert run(code, scratch).returncode == 0
    size = (scratch / "alive").stat().st_size
    time.sleep(0.3)
    assert (scratch / "alive").stat().st_size == size


def test_abort_ends_it(scratch: Path) -> None:
    abort = threading.Event()
    threading.Timer(1, abort.set).start()
    started = time.monotonic()
    assert run("import time; time.sleep(60)", scratch, abort=abort.is_set).returncode != 0
    assert time.monotonic() - started < 30


NO_NAMESPACES = "echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all --inh-caps=-all -- "


@pytest.mark.skipif(shutil.which("setpriv") is None or shutil.which("unshare") is None, reason="needs util-linux")
def test_system_that_refuses_builds_all_the_same_and_says_so(tmp_path: Path) -> None:
    sdist = build_sdist(tmp_path, "foo", "1.0", metadata_version="2.1")
    task = json.dumps({"source": str(sdist), "hidden": [], "confine": True})
    argv = [sys.executable, "-m", "tests.integration.builder.once", task]
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "sh", "-ec", f'{NO_NAMESPACES} "$@"', "sh", *argv],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["confined"] is False
    assert "Name: foo" in answer["metadata"]
