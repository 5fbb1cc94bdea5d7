from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from packaging.utils import NormalizedName

from ca_vendor.errors import ExitCode, InputError
from ca_vendor.lock import Lock, parse_lock, render_requirements
from ca_vendor.target import find_target
from ca_vendor.workflows.lock import LockOutcome, LockStaleError, lock_bundles
from ca_vendor.workflows.planning import LockOptions
from ca_vendor.workflows.project import Bundle
from ca_vendor.workflows.routing import ClaimedTwiceError, UnclaimedError
from tests.distributions import build_wheel
from tests.unit.workflows.projects import NOWHERE, Workplace, tree


@dataclass
class Locked:
    """A bundle that has been locked; its index is nowhere, so that any request fails."""

    place: Workplace
    bundle: Bundle
    earlier: Lock

    def lock(self, *bundles: Bundle, check: bool = False, upgrade: bool = False) -> list[LockOutcome]:
        options = LockOptions(check=check, upgrade=upgrade)
        return lock_bundles(self.place.session(index=NOWHERE), bundles or [self.bundle], options)

    def stale(self) -> tuple[str, ...]:
        """Return what ``--check`` tells, and see that it changes nothing."""
        before = tree(self.place.root)
        with pytest.raises(LockStaleError, match="is not what the inputs say") as caught:
            self.lock(check=True)
        assert tree(self.place.root) == before
        assert caught.value.exit_code is ExitCode.STALE
        return caught.value.difference


@pytest.fixture
def locked(place: Workplace) -> Locked:
    wheels = [build_wheel(place.wheels, "foo", "1.0", requires=["bar"]), build_wheel(place.wheels, "bar", "1.0")]
    bundle = place.bundle()
    lock = place.lock(bundle, *wheels)
    bundle.compiled.write_text(render_requirements(lock))
    return Locked(place, bundle, lock)


def test_unchanged_inputs_make_no_request_and_write_nothing(locked: Locked) -> None:
    before = tree(locked.place.root)
    [outcome] = locked.lock()
    assert (outcome.resolved, outcome.written, outcome.changes) == (False, (), ())
    assert outcome.lock == locked.earlier
    assert tree(locked.place.root) == before
    assert locked.lock(check=True)[0].written == ()


def test_unchanged_inputs_keep_a_requirements_file_that_was_fetched(locked: Locked) -> None:
    locked.place.fetch(locked.earlier, locked.bundle)
    assert locked.lock()[0].written == ()
    assert "--no-index" in locked.bundle.compiled.read_text()
    assert locked.lock(check=True)[0].written == ()


@pytest.mark.parametrize("text", [None, "edited\n"], ids=["missing", "edited"])
def test_requirements_file_is_written_anew_without_a_request(locked: Locked, text: str | None) -> None:
    locked.bundle.compiled.unlink()
    if text is not None:
        locked.bundle.compiled.write_text(text)
    assert locked.stale() == ("`src/orders/requirements.txt` is not what the lock says",)
    assert locked.lock()[0].written == ("src/orders/requirements.txt",)
    assert locked.bundle.compiled.read_text() == render_requirements(locked.earlier)


def test_inputs_that_moved_are_recorded_without_a_request(locked: Locked) -> None:
    moved = locked.place.root / "src/moved/requirements.in"
    moved.parent.mkdir()
    locked.bundle.requirements.rename(moved)
    [outcome] = locked.lock(replace(locked.bundle, requirements=moved))
    assert not outcome.resolved
    assert outcome.lock.requirements == "../src/moved/requirements.in"


def test_nothing_required_is_locked_without_a_resolver(locked: Locked) -> None:
    locked.bundle.requirements.write_text("windows ; sys_platform == 'win32'\n")
    [outcome] = locked.lock()
    assert outcome.resolved
    assert outcome.lock.pins == ()
    assert [line for change in outcome.changes for line in change.lines()] == ["- bar==1.0", "- foo==1.0"]
    path = locked.place.project.lock_path("orders")
    assert parse_lock(path.read_text(), path=path) == outcome.lock
    assert outcome.written == ("vendor/pylock.orders.toml", "src/orders/requirements.txt")


def empty(locked: Locked) -> None:
    locked.bundle.requirements.write_text("")


def empty_without_a_lock(locked: Locked) -> None:
    empty(locked)
    locked.place.project.lock_path("orders").unlink()


def empty_and_locked_but_for_an_option(locked: Locked) -> None:
    empty(locked)
    locked.lock()
    locked.bundle.requirements.write_text("--pre\n")


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (empty, ("- bar==1.0", "- foo==1.0")),
        (
            empty_without_a_lock,
            ("there is no `vendor/pylock.orders.toml`", "`src/orders/requirements.txt` is not what the lock says"),
        ),
        (empty_and_locked_but_for_an_option, ("the inputs of `orders` have changed, its pins have not",)),
    ],
)
def test_check_tells_what_locking_would_change(
    locked: Locked, change: Callable[[Locked], None], difference: tuple[str, ...]
) -> None:
    change(locked)
    assert locked.stale() == difference


def test_upgrade_asks_even_where_nothing_has_changed(locked: Locked) -> None:
    empty(locked)
    locked.lock()
    assert not locked.lock()[0].resolved
    assert locked.lock(upgrade=True)[0].resolved


def test_other_target_or_index_is_locked_anew(locked: Locked) -> None:
    empty(locked)
    locked.lock()
    elsewhere = replace(locked.bundle, target=find_target("python3.13-x86_64"))
    assert locked.lock(elsewhere)[0].resolved
    options = LockOptions(upgrade_packages=(NormalizedName("foo"),))
    assert lock_bundles(locked.place.session(index=NOWHERE), [elsewhere], options)[0].resolved
    other = lock_bundles(locked.place.session(index=f"{NOWHERE}x/"), [elsewhere], LockOptions())
    assert other[0].resolved
    assert other[0].lock.index == f"{NOWHERE}x/"


def test_lock_that_cannot_be_read_is_written_anew(locked: Locked) -> None:
    empty(locked)
    locked.place.project.lock_path("orders").write_text("<<<<<<< HEAD\n")
    assert locked.lock()[0].resolved


def test_one_bundle_that_fails_leaves_all_as_they_were(locked: Locked) -> None:
    empty(locked)
    other = locked.place.bundle("reports", "not a requirement\n")
    before = tree(locked.place.root)
    with pytest.raises(InputError):
        locked.lock(locked.bundle, other)
    assert tree(locked.place.root) == before


def test_claim_on_other_projects_needs_no_request(locked: Locked) -> None:
    session = locked.place.session(index=NOWHERE, claims={"acme-*": f"{NOWHERE}x/"})
    [outcome] = lock_bundles(session, [locked.bundle], LockOptions())
    assert (outcome.resolved, outcome.written) == (False, ())


def test_project_that_two_indexes_claim_is_refused_before_any_request(locked: Locked) -> None:
    session = locked.place.session(index=NOWHERE, claims={"fo*": f"{NOWHERE}x/", "*oo": f"{NOWHERE}y/"})
    before = tree(locked.place.root)
    with pytest.raises(ClaimedTwiceError, match="`foo` is claimed by 2 indexes"):
        lock_bundles(session, [locked.bundle], LockOptions(upgrade=True))
    assert tree(locked.place.root) == before


def test_project_that_no_index_serves_is_refused_before_any_request(locked: Locked) -> None:
    session = locked.place.session(claims={"acme-*": f"{NOWHERE}x/"})
    with pytest.raises(UnclaimedError, match="no index serves `foo`"):
        lock_bundles(session, [locked.bundle], LockOptions(upgrade=True))


def test_without_an_index_for_all_others_a_lock_has_none_of_its_own(locked: Locked) -> None:
    empty(locked)
    [outcome] = lock_bundles(locked.place.session(claims={"*": NOWHERE}), [locked.bundle], LockOptions())
    assert (outcome.lock.index, outcome.lock.index_url, outcome.lock.indexes) == ("", "", {})
