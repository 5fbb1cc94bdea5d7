import io
import sys

import pytest

from ca_vendor.cli.color import styled, wants_color
from ca_vendor.cli.errors import show_error
from ca_vendor.cli.options import shown_bytes
from ca_vendor.cli.progress import ConsoleProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def open_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make standard error a terminal."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return terminal


def test_terminal_gets_colour_unless_the_user_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    open_terminal(monkeypatch)
    assert wants_color()
    assert styled("error", "red") == "\x1b[31m\x1b[1merror\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert styled("error", "red") == "error"
    monkeypatch.setenv("NO_COLOR", "")
    assert wants_color()
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_color()


def test_file_gets_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    show_error("it failed", ("evidence",), "do this")
    assert capsys.readouterr() == ("", "error: it failed\n  evidence\n\nhint: do this\n")


def test_error_without_a_hint_ends_with_its_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    show_error("it failed", (), "")
    assert capsys.readouterr().err == "error: it failed\n"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (5_000_000_000, "5.0 GB"),
        (5e12, "5000.0 GB"),
    ],
)
def test_bytes_are_shown_as_people_read_them(count: int, shown: str) -> None:
    assert shown_bytes(count) == shown


@pytest.mark.parametrize("total", [None, 100])
def test_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch, total: int | None) -> None:
    terminal = open_terminal(monkeypatch)
    progress = ConsoleProgress(quiet=False)
    progress.begin("downloading", total=total)
    progress.advance(50)
    progress.end()
    progress.advance(50)
    assert "downloading" in terminal.getvalue()
    assert "50" in terminal.getvalue()


def test_bar_names_what_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = open_terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "160")
    progress = ConsoleProgress(quiet=False)
    progress.begin("downloading", total=100)
    with progress.waiting_for("foo-1.0[x].whl"), progress.waiting_for("bar.whl"), progress.waiting_for("baz.whl"):
        progress.end()
    assert "foo-1.0[x].whl and 2 more" in terminal.getvalue()
    with progress.waiting_for("nothing shown"):
        pass


@pytest.mark.parametrize("quiet", [True, False])
def test_bar_is_not_drawn_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch, quiet: bool) -> None:
    stream: io.StringIO = open_terminal(monkeypatch)
    if not quiet:
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
    progress = ConsoleProgress(quiet=quiet)
    progress.begin("downloading", total=100)
    progress.advance(50)
    progress.end()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(("quiet", "shown"), [(False, "locked `a`\n"), (True, "")])
def test_note_goes_to_standard_error(quiet: bool, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleProgress(quiet=quiet).note("locked `a`")
    assert capsys.readouterr() == ("", shown)
