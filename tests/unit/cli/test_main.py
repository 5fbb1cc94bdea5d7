import json
import logging
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from ca_vendor import __version__
from ca_vendor.cli.main import cli
from ca_vendor.errors import ExitCode
from ca_vendor.lock import render_requirements
from ca_vendor.workflows.exclusive import exclusive
from tests.distributions import build_wheel
from tests.loopback import Loopback, Reply
from tests.unit.cli.conftest import CONFIGURATION, Command
from tests.unit.workflows.projects import NOWHERE, Workplace

COMMANDS = cli.list_commands(click.Context(cli))


def test_help_names_every_command_and_a_first_run(ca_vendor: Command) -> None:
    ended = ca_vendor("--help")
    assert ended.code == ExitCode.OK
    assert all(re.search(rf"^  {command} ", ended.out, re.MULTILINE) for command in COMMANDS)
    assert "ca-vendor lock && ca-vendor fetch" in ended.out
    assert ended.err == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_shows_an_example(ca_vendor: Command, command: str) -> None:
    ended = ca_vendor(command, "--help")
    assert ended.code == ExitCode.OK
    assert ended.out.startswith(f"Usage: ca-vendor {command} ")
    assert re.search(rf"^ +(eval .*)?ca-vendor {command}", ended.out, re.MULTILINE), ended.out
    assert all(len(line) <= 100 for line in ended.out.splitlines())
    assert ca_vendor(command, "-h").out == ended.out


def test_version_is_told(ca_vendor: Command) -> None:
    assert ca_vendor("--version").out == ca_vendor("-V").out == f"ca-vendor {__version__}\n"


def test_nothing_asked_is_answered_with_help(ca_vendor: Command) -> None:
    ended = ca_vendor()
    assert ended.code == ExitCode.USAGE
    assert "Commands:" in ended.out + ended.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["locks"], "error: no such command"),
        (["lock", "--nonsense"], "error: no such option"),
        (["lock", "--resolver", "poetry"], "error: invalid value for '--resolver'"),
        (["lock", "--target", "python3.12-arm64"], "error: --target needs the path of a requirements.in"),
        (["fetch", "--project", "/nowhere/at/all"], "error: invalid value for '--project'"),
    ],
)
def test_wrong_usage_is_told_with_where_to_look(ca_vendor: Command, arguments: list[str], says: str) -> None:
    ended = ca_vendor(*arguments)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert ended.err.lower().startswith(says)
    assert "--help` shows what it takes" in ended.err


def write(path: str, text: str) -> Callable[[Workplace], None]:
    def apply(place: Workplace) -> None:
        (place.root / path).parent.mkdir(parents=True, exist_ok=True)
        (place.root / path).write_text(text)

    return apply


def lock_one_wheel(place: Workplace, index: str = NOWHERE) -> None:
    place.lock(place.bundle(), build_wheel(place.wheels, "foo", "1.0"), index=index)


def put_a_directory_in_the_way(place: Workplace) -> None:
    write("src/orders/requirements.in", "")(place)
    (place.root / "src/orders/requirements.txt").mkdir()


@pytest.mark.parametrize(
    ("prepare", "arguments", "code", "says"),
    [
        (write("ca-vendor.toml", 'domian = "x"'), ["lock"], ExitCode.CONFIGURATION, "`domian` is not a setting"),
        (write("ca-vendor.toml", CONFIGURATION.partition("[[")[2]), ["lock"], ExitCode.CONFIGURATION, "is not TOML"),
        (
            write("ca-vendor.toml", CONFIGURATION.partition("\n")[2]),
            ["lock"],
            ExitCode.CONFIGURATION,
            "no index is configured",
        ),
        (write("x", ""), ["lock", "--index-url", "ftp://x"], ExitCode.CONFIGURATION, "`--index-url` must be"),
        (write("src/orders/requirements.in", "foo=1"), ["lock"], ExitCode.INPUT, "`foo=1` is not a requirement"),
        (write("x", ""), ["lock", "reports"], ExitCode.INPUT, "there is no bundle `reports`"),
        (
            write("ca-vendor.toml", CONFIGURATION.replace("python3.12", "python2.7")),
            ["lock"],
            ExitCode.TARGET,
            "unknown target `python2.7-arm64`",
        ),
        (lock_one_wheel, ["fetch"], ExitCode.INDEX, "the index cannot be reached"),
        (write("x", ""), ["fetch"], ExitCode.STALE, "there is no lock of `orders`"),
        (write("x", ""), ["check"], ExitCode.STALE, "1 difference"),
        (put_a_directory_in_the_way, ["lock"], ExitCode.FILESYSTEM, "requirements.txt` cannot be"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_each_kind_of_failure_has_an_exit_code_and_is_told_on_standard_error(
    ca_vendor: Command,
    place: Workplace,
    prepare: Callable[[Workplace], None],
    arguments: list[str],
    code: ExitCode,
    says: str,
) -> None:
    prepare(place)
    ended = ca_vendor(*arguments)
    assert ended.code == code
    message = ended.err.partition("error: ")[2]
    assert says in message
    assert "\x1b" not in ended.err
    assert "Traceback" not in ended.err
    assert ("\nhint: " in message) is (arguments != ["check"])


def test_wrong_bytes_have_an_exit_code_of_their_own(ca_vendor: Command, place: Workplace) -> None:
    with Loopback(lambda _: Reply(body=b"evil")) as server:
        lock_one_wheel(place, f"{server.url}simple/")
        ended = ca_vendor("fetch")
    assert ended.code == ExitCode.INTEGRITY
    assert "is not the file that was locked" in ended.err


def test_request_to_end_interrupts_the_run(ca_vendor: Command, place: Workplace) -> None:
    with exclusive(place.session(), "lock"):
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        ended = ca_vendor("lock")
    assert ended.code == ExitCode.INTERRUPTED
    assert ended.err.endswith(
        "error: interrupted\n\nhint: nothing was left half-written; run the same command again to go on\n"
    )


def test_lock_of_nothing_required_is_written(ca_vendor: Command, place: Workplace) -> None:
    write("src/orders/requirements.in", "")(place)
    first = ca_vendor("lock")
    assert (first.code, first.out) == (ExitCode.OK, "")
    assert "locked `orders`: 0 pins for python3.12-arm64, wrote vendor/pylock.orders.toml" in first.err
    again = ca_vendor("lock", "--json")
    assert "unchanged `orders`" in again.err
    [outcome] = json.loads(again.out)
    assert (outcome["bundle"], outcome["pins"], outcome["written"]) == ("orders", [], [])
    assert ca_vendor("lock", "--quiet") == ca_vendor("lock", "-q")
    assert ca_vendor("lock", "-q").err == ""


def test_stale_lock_is_told_as_a_difference_on_standard_output(ca_vendor: Command, place: Workplace) -> None:
    lock_one_wheel(place)
    write("src/orders/requirements.in", "")(place)
    ended = ca_vendor("lock", "--check")
    assert (ended.code, ended.out) == (ExitCode.STALE, "- foo==1.0\n")
    assert "error: the lock of `orders` is not what the inputs say" in ended.err
    assert not (place.root / "src/orders/requirements.txt").exists()


def test_lock_tells_what_changed(ca_vendor: Command, place: Workplace) -> None:
    wheels = [build_wheel(place.wheels, f"p{number}", "1.0") for number in range(14)]
    place.lock(place.bundle(), *wheels)
    write("src/orders/requirements.in", "")(place)
    ended = ca_vendor("lock")
    assert ended.err.count("  - p") == 12
    assert "  and 2 more\n" in ended.err


def test_file_that_nothing_configures_is_locked_for_a_target(ca_vendor: Command, place: Workplace) -> None:
    write("tools/requirements.in", "")(place)
    ended = ca_vendor("lock", "tools/requirements.in", "--target", "python3.13-x86_64", "--index-url", NOWHERE)
    assert ended.code == ExitCode.OK
    assert (place.root / "vendor/pylock.tools.toml").is_file()
    assert ca_vendor("fetch", "tools").code == ExitCode.OK


def test_requests_are_shown_on_demand(ca_vendor: Command, place: Workplace, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="ca_vendor")
    caplog.handler.setLevel(logging.NOTSET)
    with Loopback(lambda _: Reply(body=b"evil")) as server:
        lock_one_wheel(place, f"{server.url}simple/")
        ca_vendor("fetch", "--verbose")
    assert "200 http://127.0.0.1" in caplog.text


def fetched(place: Workplace) -> None:
    bundle = place.bundle()
    lock = place.lock(bundle, build_wheel(place.wheels, "foo", "1.0"))
    place.fetch(lock, bundle)


def test_fetch_tells_what_it_did(ca_vendor: Command, place: Workplace) -> None:
    fetched(place)
    left = place.root / "vendor/wheelhouse/python3.12-arm64/left.whl"
    left.write_text("")
    bundle = place.bundle()
    bundle.compiled.unlink()
    ended = ca_vendor("fetch")
    assert (ended.code, ended.out) == (ExitCode.OK, "")
    assert "removed vendor/wheelhouse/python3.12-arm64/left.whl\n" in ended.err
    assert "wrote src/orders/requirements.txt\n" in ended.err
    assert re.search(r"1 wheel in place \(.+B\), 0 downloaded \(0 B\)\n", ended.err)
    outcome = json.loads(ca_vendor("fetch", "--json").out)
    assert (outcome["wheels"], outcome["downloaded"], outcome["removed"], outcome["written"]) == (1, [], [], [])


def test_check_of_what_agrees_says_so(ca_vendor: Command, place: Workplace) -> None:
    fetched(place)
    ended = ca_vendor("check")
    assert (ended.code, ended.out) == (ExitCode.OK, "")
    assert ended.err == "1 bundle checked: inputs, locks, requirements files and wheels agree\n"
    assert ca_vendor("check", "orders", "--json").out == "[]\n"


def test_check_prints_one_line_a_difference_with_its_mend(ca_vendor: Command, place: Workplace) -> None:
    fetched(place)
    bundle = place.bundle()
    lock = place.project.read_lock("orders")
    assert lock is not None
    bundle.compiled.write_text(render_requirements(lock))
    (place.root / "vendor/wheelhouse/python3.12-arm64/left.whl").write_text("")
    ended = ca_vendor("check")
    assert ended.code == ExitCode.STALE
    assert ended.out.splitlines() == [
        "orders: `src/orders/requirements.txt` does not name the wheelhouse yet → ca-vendor fetch",
        "no lock names `vendor/wheelhouse/python3.12-arm64/left.whl` → ca-vendor fetch",
    ]
    assert ended.err == "error: 2 differences\n"
    differences = json.loads(ca_vendor("check", "--json").out)
    assert [difference["mend"] for difference in differences] == ["ca-vendor fetch"] * 2
    assert differences[0]["bundle"] == "orders"


def test_project_may_be_worked_on_from_elsewhere(
    ca_vendor: Command, place: Workplace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fetched(place)
    monkeypatch.chdir(tmp_path)
    assert ca_vendor("check", "--project", str(place.root)).code == ExitCode.OK
