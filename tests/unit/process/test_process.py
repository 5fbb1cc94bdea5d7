import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ca_vendor.process import Completed, ProgramMissingError, minimal_environment, run_foreground, run_process


def run(code: str, directory: Path, *, abort: Callable[[], bool] = lambda: False) -> Completed:
    return run_process(
        [sys.executable, "-I", "-c", code], environment=minimal_environment(directory), directory=directory, abort=abort
    )


def test_output_errors_and_returncode_are_told(tmp_path: Path) -> None:
    code = "import sys; print('öut'); print('err', file=sys.stderr); sys.exit(3)"
    assert run(code, tmp_path) == Completed(returncode=3, output="öut\n", errors="err\n")


def test_output_that_is_not_utf_8_is_no_error(tmp_path: Path) -> None:
    assert run("import sys; sys.stdout.buffer.write(b'a\\xffb')", tmp_path).output == "a\ufffdb"


def test_much_output_on_both_streams_does_not_block(tmp_path: Path) -> None:
    completed = run(
        "import sys; [print('x' * 1000, file=f) for f in (sys.stdout, sys.stderr) for _ in range(500)]", tmp_path
    )
    assert len(completed.output) == len(completed.errors) == 500_500


def test_program_runs_in_its_directory_with_nothing_on_its_input(tmp_path: Path) -> None:
    completed = run("import os, sys; print(os.getcwd()); print(repr(sys.stdin.read()))", tmp_path)
    assert completed.output.splitlines() == [str(tmp_path), "''"]


def test_program_gets_no_secret_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "CODEARTIFACT_AUTH_TOKEN", "PIP_INDEX_URL", "HTTPS_PROXY", "PYTHONPATH"):
        monkeypatch.setenv(name, "canary")
    seen = json.loads(run("import json, os; print(json.dumps(dict(os.environ)))", tmp_path).output)
    assert "canary" not in seen.values()
    assert seen["HOME"] == seen["TMPDIR"] == seen["XDG_CACHE_HOME"] == str(tmp_path)
    assert seen["PATH"] == os.environ["PATH"]
    assert os.environ.get("HOME") not in {value for name, value in seen.items() if name != "PWD"}


def test_missing_program_is_told_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissingError, match="`no-such-program`") as caught:
        run_process(["no-such-program"], environment={}, directory=tmp_path, missing_hint="install it")
    assert caught.value.hint == "install it"


# A child that has started a child of its own, and tells both their process ids through a file.
FAMILY = """
import pathlib, signal, subprocess, sys, time
{setup}
child = subprocess.Popen([sys.executable, "-I", "-c", {child!r}])
pathlib.Path("pids.tmp").write_text(f"{{child.pid}}")
pathlib.Path("pids.tmp").rename("pids")
time.sleep(60)
"""


def family(*, stubborn: bool = False) -> str:
    setup = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else ""
    return FAMILY.format(setup=setup, child=f"import signal, time; {setup or 'pass'}; time.sleep(60)")


def wait_for_child(directory: Path) -> int:
    ends = time.monotonic() + 20
    while not (directory / "pids").is_file():
        assert time.monotonic() < ends
        time.sleep(0.02)
    return int((directory / "pids").read_text())


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def has_ended(pid: int) -> bool:
    ends = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < ends:
        time.sleep(0.02)
    return not is_alive(pid)


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@linux
@pytest.mark.parametrize(("stubborn", "ended_by"), [(False, signal.SIGTERM), (True, signal.SIGKILL)])
def test_abort_ends_the_program_and_what_it_started(tmp_path: Path, stubborn: bool, ended_by: signal.Signals) -> None:
    abort, results = threading.Event(), list[Completed]()
    runner = threading.Thread(
        target=lambda: results.append(run(family(stubborn=stubborn), tmp_path, abort=abort.is_set))
    )
    runner.start()
    child = wait_for_child(tmp_path)
    abort.set()
    runner.join(30)
    assert [result.returncode for result in results] == [-ended_by]
    assert has_ended(child)


@linux
def test_interrupt_ends_the_program_and_what_it_started(tmp_path: Path) -> None:
    children, ended = list[int](), threading.Event()

    def interrupt() -> None:
        children.append(wait_for_child(tmp_path))
        while not ended.is_set():
            # Once should do; an interrupt that meets a callback of the garbage collector is lost.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            ended.wait(4)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        run(family(), tmp_path, abort=lambda: False)
    ended.set()
    interrupter.join()
    assert has_ended(children[0])


def test_abort_that_is_never_set_changes_nothing(tmp_path: Path) -> None:
    completed = run("import time; time.sleep(0.5); print('done')", tmp_path, abort=lambda: False)
    assert completed.output == "done\n"


def test_foreground_program_has_our_streams_and_tells_its_exit_code(capfd: pytest.CaptureFixture[str]) -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    assert run_foreground([sys.executable, "-I", "-c", code], environment=os.environ) == 3
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("out\n", "err\n")


def test_foreground_program_is_looked_for_on_its_own_path(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissingError, match="`python3`"):
        run_foreground(["python3"], environment={"PATH": f"{tmp_path}"})


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("stubborn", [False, True])
def test_foreground_program_does_not_outlive_an_interrupt(
    *, stubborn: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ca_vendor.process._GRACE_SECONDS", 0.1)
    monkeypatch.setattr("ca_vendor.process._STOP_SECONDS", 0.5)
    file = tmp_path / "pid"
    ignore = "signal.signal(signal.SIGINT, signal.SIG_IGN); " if stubborn else ""
    code = f"import os, signal, time; {ignore}open({str(file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"

    def interrupt() -> None:
        while not file.exists() or not file.read_text():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_foreground([sys.executable, "-I", "-c", code], environment=os.environ)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)
