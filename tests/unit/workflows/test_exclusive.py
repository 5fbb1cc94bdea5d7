import json
import os
from pathlib import Path

import pytest

from ca_vendor.errors import ConfigurationError
from ca_vendor.files import UnwritableError
from ca_vendor.workflows.exclusive import ProjectBusyError, exclusive
from tests.unit.workflows.projects import Workplace


def owner(place: Workplace) -> Path:
    [path] = (place.store.directory / "projects").glob("*.json")
    return path


def test_holder_says_what_it_does_and_leaves_nothing_in_the_project(place: Workplace) -> None:
    with exclusive(place.session(), "lock"):
        known = json.loads(owner(place).read_text())
        assert (known["command"], known["pid"]) == ("lock", os.getpid())
    assert not list((place.store.directory / "projects").glob("*.json"))
    assert list(place.root.iterdir()) == []


def test_second_run_is_told_who_holds_the_project(place: Workplace) -> None:
    with exclusive(place.session(), "fetch"), pytest.raises(ProjectBusyError) as caught:  # noqa: SIM117
        with exclusive(place.session(), "lock", wait=0.1):
            pytest.fail("two at once")
    assert caught.value.owner.startswith(f"`fetch`, process {os.getpid()}, since ")
    assert place.notes.lines == [f"waiting for another ca-vendor: {caught.value.owner}"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pid": "x", "command": "y", "since": 1}'])
def test_holder_that_cannot_be_told_is_waited_for_all_the_same(place: Workplace, text: str) -> None:
    with exclusive(place.session(), "fetch"):
        owner(place).write_text(text)
        with pytest.raises(ProjectBusyError, match="it has not said which"), exclusive(place.session(), "x", wait=0.01):
            pytest.fail("two at once")


def test_project_is_let_go_after_a_failure(place: Workplace) -> None:
    with pytest.raises(ZeroDivisionError), exclusive(place.session(), "lock"):
        raise ZeroDivisionError
    with exclusive(place.session(), "lock", wait=0.1):
        pass


def test_two_projects_do_not_wait_for_each_other(place: Workplace, tmp_path: Path) -> None:
    other = Workplace(tmp_path / "other")
    with exclusive(place.session(), "lock"), exclusive(other.session(), "lock", wait=0.1):
        pass


def test_wait_is_taken_from_the_environment(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CA_VENDOR_LOCK_TIMEOUT", "0.05")
    with exclusive(place.session(), "lock"):
        with pytest.raises(ProjectBusyError), exclusive(place.session(), "lock"):
            pytest.fail("two at once")
        monkeypatch.setenv("CA_VENDOR_LOCK_TIMEOUT", "soon")
        with pytest.raises(ConfigurationError), exclusive(place.session(), "lock"):
            pytest.fail("two at once")


def test_store_that_cannot_be_written_is_told(place: Workplace) -> None:
    place.store.directory.write_text("a file")
    with pytest.raises(UnwritableError), exclusive(place.session(), "lock"):
        pytest.fail("without a lock")
