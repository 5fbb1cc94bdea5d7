from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from ca_vendor.config import IndexSettings
from ca_vendor.errors import ExitCode, IndexUnavailableError
from ca_vendor.files import UnwritableError
from ca_vendor.lock import Archive, InvalidLockError, Lock
from ca_vendor.selection import NamePattern
from ca_vendor.store.store import WrongHashError
from ca_vendor.workflows.fetch import (
    FetchOutcome,
    LockedElsewhereError,
    NotLockedError,
    StaleLockError,
    TwoFilesOfOneNameError,
    fetch_locks,
    locks_to_fetch,
)
from ca_vendor.workflows.project import Bundle
from tests.distributions import build_wheel
from tests.loopback import Loopback, Received, Reply
from tests.unit.workflows.projects import Workplace, pin_of, tree

WHEELHOUSE = "vendor/wheelhouse/python3.12-arm64"
FOO, BAR = "foo-1.0-py3-none-any.whl", "bar-1.0-py3-none-any.whl"


@dataclass
class Locked:
    """A bundle that has been locked against an index on loopback, and not fetched."""

    place: Workplace
    server: Loopback
    bundle: Bundle
    lock: Lock
    moved: dict[str, str]
    """Paths that are served from elsewhere: the new path by the old one."""

    def fetch(self) -> FetchOutcome:
        return fetch_locks(self.place.session(), [(self.lock, self.bundle)])

    def relock(self, **changes: object) -> None:
        self.lock = replace(self.lock, **changes)  # type: ignore[arg-type]
        self.place.write_lock(self.lock)

    def files(self) -> list[str]:
        return sorted(tree(self.place.root))


@pytest.fixture
def locked(place: Workplace) -> Iterator[Locked]:
    wheels = [build_wheel(place.wheels, "foo", "1.0", requires=["bar"]), build_wheel(place.wheels, "bar", "1.0")]
    moved = dict[str, str]()

    paths = {f"/simple/{wheel.name.split('-')[0]}/{wheel.name}": wheel for wheel in wheels}
    digests = {wheel: pin_of(wheel, "").file.sha256 for wheel in wheels}

    def answer(request: Received) -> Reply:
        """Serve each wheel where it was locked or has moved to, and pages that say where that is."""
        served = {moved.get(path, path): wheel for path, wheel in paths.items()}
        if request.path in served:
            return Reply(body=served[request.path].read_bytes())
        if not request.path.endswith("/"):
            return Reply(status=404)
        name = request.path.split("/")[-2]
        links = "".join(
            f'<a href="{path}#sha256={digests[wheel]}">{wheel.name}</a>'
            for path, wheel in served.items()
            if wheel.name.startswith(f"{name}-")
        )
        return Reply(body=links.encode(), headers={"Content-Type": "text/html"}) if links else Reply(status=404)

    with Loopback(answer) as server:
        bundle = place.bundle()
        lock = place.lock(bundle, *wheels, index=f"{server.url}simple/")
        yield Locked(place, server, bundle, lock, moved)


def test_first_run_downloads_everything_and_names_only_the_wheelhouse(locked: Locked) -> None:
    outcome = locked.fetch()
    sizes = sum(pin.file.size or 0 for pin in locked.lock.pins)
    assert outcome == FetchOutcome(
        wheels=2,
        total_bytes=sizes,
        downloaded=(BAR, FOO),
        downloaded_bytes=sizes,
        removed=(),
        written=("src/orders/requirements.txt",),
    )
    assert "--no-index\n--find-links ../../vendor/wheelhouse/python3.12-arm64\n" in locked.bundle.compiled.read_text()
    assert sorted(locked.server.paths) == [f"/simple/bar/{BAR}", f"/simple/foo/{FOO}"]
    assert locked.place.notes.bytes == sizes
    assert locked.place.notes.lines == [f"downloading 2 files ({sizes})", "end"]


def test_second_run_asks_for_nothing_and_changes_nothing(locked: Locked) -> None:
    locked.fetch()
    before = {path: (locked.place.root / path).stat().st_mtime_ns for path in locked.files()}
    locked.server.requests.clear()
    outcome = locked.fetch()
    assert (outcome.downloaded, outcome.removed, outcome.written) == ((), (), ())
    assert {path: (locked.place.root / path).stat().st_mtime_ns for path in locked.files()} == before
    assert locked.server.requests == []


def test_store_gives_what_a_wheelhouse_lacks(locked: Locked) -> None:
    locked.fetch()
    locked.server.requests.clear()
    for path in (locked.place.root / WHEELHOUSE).iterdir():
        path.unlink()
    assert locked.fetch().downloaded == ()
    assert locked.server.requests == []
    assert len(list((locked.place.root / WHEELHOUSE).iterdir())) == 2


@pytest.mark.parametrize("where", ["wheelhouse", "store"])
def test_file_that_was_damaged_is_had_anew(locked: Locked, where: str) -> None:
    locked.fetch()
    wheel = locked.place.root / WHEELHOUSE / FOO
    stored = locked.place.store.file_path(next(pin.file.sha256 for pin in locked.lock.pins if pin.name == "foo"))
    wheel.unlink()
    wheel.write_bytes(b"damaged")
    if where == "store":
        stored.write_bytes(b"damaged")
    assert locked.fetch().downloaded == ((FOO,) if where == "store" else ())
    assert wheel.read_bytes() == (locked.place.wheels / FOO).read_bytes()


def test_other_bytes_than_the_locked_ones_change_nothing(locked: Locked) -> None:
    before = locked.files()
    (locked.place.wheels / FOO).write_bytes(b"evil")
    with pytest.raises(WrongHashError):
        locked.fetch()
    assert locked.files() == before
    assert not any(b"evil" in data for data in tree(locked.place.store.directory).values())


def test_file_is_asked_of_where_its_index_is_today(locked: Locked) -> None:
    """A lock may have been made through another endpoint of the same index."""
    pins = tuple(
        replace(
            pin, file=replace(pin.file, url=f"{pin.file.url}".replace(locked.lock.index, "https://vpc.example/simple/"))
        )
        for pin in locked.lock.pins
    )
    locked.relock(index_url="https://vpc.example/simple/", pins=pins)
    assert len(locked.fetch().downloaded) == 2


def test_file_that_has_moved_is_found_by_its_hash(locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CA_VENDOR_TIMEOUT", "2")
    locked.moved[f"/simple/foo/{FOO}"] = f"/files/elsewhere/{FOO}"
    assert locked.fetch().downloaded == (BAR, FOO)
    assert f"/files/elsewhere/{FOO}" in locked.server.paths


def test_file_that_is_gone_is_told(locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CA_VENDOR_TIMEOUT", "2")
    locked.relock(pins=tuple(replace(pin, file=replace(pin.file, sha256="0" * 64)) for pin in locked.lock.pins))
    locked.moved.update({f"/simple/{name}/{name}-1.0-py3-none-any.whl": f"/x/{name}" for name in ("foo", "bar")})
    before = locked.files()
    with pytest.raises(IndexUnavailableError):
        locked.fetch()
    assert locked.files() == before
    assert locked.place.notes.lines[-1] == "end"


def test_wheels_that_no_lock_names_are_removed(locked: Locked) -> None:
    locked.fetch()
    for name in ("old-1.0-py3-none-any.whl", "README"):
        (locked.place.root / WHEELHOUSE / name).write_text("")
    other = locked.place.root / "vendor/wheelhouse/python3.11-arm64"
    other.mkdir()
    (other / "old.whl").write_text("")
    outcome = locked.fetch()
    assert outcome.removed == (
        "vendor/wheelhouse/python3.11-arm64/old.whl",
        f"{WHEELHOUSE}/old-1.0-py3-none-any.whl",
    )
    assert not other.exists()
    assert (locked.place.root / WHEELHOUSE / "README").exists()


def test_wheels_of_other_bundles_stay(locked: Locked) -> None:
    other = locked.place.bundle("reports", "bar\n")
    locked.place.lock(other, locked.place.wheels / BAR, index=locked.lock.index)
    locked.fetch()
    (locked.place.root / WHEELHOUSE / FOO).unlink()
    [(lock, bundle)] = locks_to_fetch(locked.place.project, [other])
    assert fetch_locks(locked.place.session(), [(lock, bundle)]).removed == ()
    assert (locked.place.root / WHEELHOUSE / BAR).exists()


def test_lock_that_cannot_be_read_keeps_every_wheel(locked: Locked) -> None:
    (locked.place.project.lock_path("broken")).write_text("<<<<<<<")
    with pytest.raises(InvalidLockError):
        locked.fetch()
    assert not (locked.place.root / WHEELHOUSE).exists() or not list((locked.place.root / WHEELHOUSE).glob("*.whl"))


def test_two_files_of_one_name_are_told(locked: Locked) -> None:
    bundle = locked.place.bundle("reports", "foo\n")
    pins = tuple(replace(pin, file=replace(pin.file, sha256="1" * 64)) for pin in locked.lock.pins)
    other = replace(locked.lock, bundle="reports", pins=pins)
    with pytest.raises(TwoFilesOfOneNameError, match="locks of `orders` and `reports` name different files"):
        fetch_locks(locked.place.session(), [(locked.lock, locked.bundle), (other, bundle)])


def test_requirements_file_that_cannot_be_written_changes_nothing(locked: Locked) -> None:
    locked.bundle.compiled.mkdir()
    (locked.bundle.compiled / "inner").write_text("")
    with pytest.raises(UnwritableError):
        locked.fetch()
    assert not list(locked.place.root.rglob("*.tmp"))


def test_bundle_without_a_lock_is_told(locked: Locked) -> None:
    other = locked.place.bundle("reports", "bar\n")
    with pytest.raises(NotLockedError, match="there is no lock of `reports`") as caught:
        locks_to_fetch(locked.place.project, [locked.bundle, other])
    assert caught.value.exit_code is ExitCode.STALE
    with pytest.raises(NotLockedError, match=r"there is no lock$"):
        locks_to_fetch(locked.place.project, [])


def test_lock_of_other_inputs_is_not_fetched(locked: Locked) -> None:
    locked.bundle.requirements.write_text("foo>=2\n")
    with pytest.raises(StaleLockError, match="the inputs of `orders` have changed"):
        locks_to_fetch(locked.place.project, [locked.bundle])


def test_each_pin_is_asked_of_the_index_that_it_was_locked_from(locked: Locked) -> None:
    """Under its own address of today, whatever the address of the other."""
    with Loopback(locked.server.answer) as other:
        identity = f"{other.url}simple/"
        bar, foo = locked.lock.pins
        url = foo.file.url or ""
        moved = replace(foo.file, url=url.replace(locked.lock.index, "https://vpc.example/simple/"))
        locked.relock(
            pins=(bar, replace(foo, index=identity, file=moved)), indexes={identity: "https://vpc.example/simple/"}
        )
        assert locked.fetch().downloaded == (BAR, FOO)
        assert other.paths == [f"/simple/foo/{FOO}"]
        assert locked.server.paths == [f"/simple/bar/{BAR}"]


def test_lock_of_another_index_than_the_one_that_claims_a_pin_is_not_fetched(locked: Locked) -> None:
    entry = IndexSettings(name="team", packages=(NamePattern("fo*"),), index_url="https://team.example/simple/")
    project = replace(locked.place.project, settings=replace(locked.place.project.settings, indexes=(entry,)))
    with pytest.raises(LockedElsewhereError) as caught:
        locks_to_fetch(project, [locked.bundle])
    assert caught.value.exit_code is ExitCode.STALE
    [line] = caught.value.details
    assert line.startswith(f"`foo` was locked from {locked.lock.index}, and the index `team` ")
    assert locked.server.requests == []


@pytest.fixture
def linked(locked: Locked) -> Locked:
    """A lock of one wheel that a requirement names by its URL, and of no index."""
    foo = next(pin for pin in locked.lock.pins if pin.name == "foo")
    archive = Archive(file=foo.file)
    locked.relock(index="", index_url="", pins=(replace(foo, file=replace(foo.file, url=None), source=archive),))
    return locked


def test_file_that_a_requirement_names_by_its_url_needs_no_index(linked: Locked) -> None:
    assert linked.fetch().downloaded == (FOO,)
    assert linked.server.paths == [f"/simple/foo/{FOO}"]
    assert linked.server.requests[0]["Authorization"] is None


def test_no_index_is_asked_for_what_a_requirement_names_by_its_url(
    linked: Locked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name may be that of a private project."""
    monkeypatch.setenv("CA_VENDOR_TIMEOUT", "1")
    linked.moved[f"/simple/foo/{FOO}"] = f"/files/{FOO}"
    with pytest.raises(IndexUnavailableError):
        linked.fetch()
    assert set(linked.server.paths) == {f"/simple/foo/{FOO}"}
