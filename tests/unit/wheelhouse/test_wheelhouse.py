import os
import threading
import time
from pathlib import Path

import pytest

from ca_vendor.files import UnwritableError
from ca_vendor.wheelhouse import Wheelhouse


@pytest.fixture
def house(tmp_path: Path) -> Wheelhouse:
    return Wheelhouse(tmp_path / "wheelhouse" / "python3.12-arm64")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"wheel")
    return path


def names(house: Wheelhouse) -> list[str]:
    return sorted(path.name for path in house.directory.iterdir())


def test_wheel_is_put_under_its_name(house: Wheelhouse, source: Path) -> None:
    house.add(source, "foo.whl")
    assert house.path("foo.whl").read_bytes() == b"wheel"
    assert names(house) == ["foo.whl"]


def test_hard_link_shares_the_bytes_where_the_system_allows(house: Wheelhouse, source: Path) -> None:
    house.add(source, "foo.whl")
    assert house.path("foo.whl").samefile(source)


def test_adding_again_leaves_no_other_file(house: Wheelhouse, source: Path) -> None:
    house.add(source, "foo.whl")
    house.add(source, "foo.whl")
    assert names(house) == ["foo.whl"]


def test_wheel_replaces_another_of_its_name(house: Wheelhouse, source: Path, tmp_path: Path) -> None:
    house.add(source, "foo.whl")
    other = tmp_path / "other"
    other.write_bytes(b"other")
    house.add(other, "foo.whl")
    assert house.path("foo.whl").read_bytes() == b"other"
    assert source.read_bytes() == b"wheel"


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second file system")
def test_copy_is_made_where_no_link_can_be(house: Wheelhouse, tmp_path_factory: pytest.TempPathFactory) -> None:
    source = Path("/dev/shm") / f"ca-vendor-{os.getpid()}"
    source.write_bytes(b"wheel")
    try:
        house.add(source, "foo.whl")
        assert house.path("foo.whl").read_bytes() == b"wheel"
        assert names(house) == ["foo.whl"]
    finally:
        source.unlink()


def test_directory_in_the_wheels_place_is_refused(house: Wheelhouse, source: Path) -> None:
    (house.path("foo.whl") / "inner").mkdir(parents=True)
    with pytest.raises(UnwritableError):
        house.add(source, "foo.whl")
    assert names(house) == ["foo.whl"]


def test_file_in_the_wheelhouses_place_is_refused(tmp_path: Path, source: Path) -> None:
    (tmp_path / "house").write_text("")
    with pytest.raises(UnwritableError):
        Wheelhouse(tmp_path / "house").add(source, "foo.whl")


def test_only_wheels_are_listed_and_sorted(house: Wheelhouse, source: Path) -> None:
    assert house.wheels() == ()
    for name in ("b.whl", "a.whl"):
        house.add(source, name)
    (house.directory / "README").write_text("")
    (house.directory / ".x.tmp").write_text("")
    assert house.wheels() == ("a.whl", "b.whl")


def test_pruning_removes_what_is_not_named_and_leaves_other_files(house: Wheelhouse, source: Path) -> None:
    for name in ("a.whl", "b.whl", "c.whl"):
        house.add(source, name)
    (house.directory / ".gitkeep").write_text("")
    assert house.prune({"b.whl", "missing.whl"}) == ("a.whl", "c.whl")
    assert names(house) == [".gitkeep", "b.whl"]


@pytest.mark.parametrize(("seconds", "left"), [(60, [".foo.whl.x.tmp", "a.whl"]), (7200, ["a.whl"])])
def test_pruning_removes_what_a_killed_run_left_but_not_what_one_at_work_writes(
    house: Wheelhouse, source: Path, seconds: float, left: list[str]
) -> None:
    house.add(source, "a.whl")
    (house.directory / ".foo.whl.x.tmp").write_bytes(b"half")
    later = Wheelhouse(house.directory, now=lambda: time.time() + seconds)
    assert later.prune({"a.whl"}) == ()
    assert names(house) == left


def test_pruning_everything_removes_the_directory_if_it_is_empty(house: Wheelhouse, source: Path) -> None:
    house.add(source, "a.whl")
    assert house.prune(()) == ("a.whl",)
    assert not house.directory.exists()
    house.add(source, "a.whl")
    (house.directory / "README").write_text("")
    house.prune(())
    assert names(house) == ["README"]


def test_pruning_what_is_not_there_does_nothing(house: Wheelhouse) -> None:
    assert house.prune(()) == ()


def test_wheel_that_cannot_be_removed_is_told(house: Wheelhouse) -> None:
    (house.directory / "a.whl" / "inner").mkdir(parents=True)
    with pytest.raises(UnwritableError):
        house.prune(())


def test_many_may_add_the_same_wheel_at_once(house: Wheelhouse, source: Path) -> None:
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        house.add(source, "foo.whl")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(house) == ["foo.whl"]
