from ca_vendor.lock import compare_locks
from tests.unit.lock.locks import lock, pin


def test_changes_are_lines_of_a_diff_by_name() -> None:
    earlier = lock(pin("changed", "1.0", sha256="1" * 64), pin("gone"), pin("same"))
    later = lock(pin("added"), pin("changed", "2.0", sha256="2" * 64), pin("same"))
    assert [change.lines() for change in compare_locks(earlier, later)] == [
        ("+ added==1.0",),
        ("- changed==1.0", "+ changed==2.0"),
        ("- gone==1.0",),
    ]


def test_first_lock_adds_every_pin() -> None:
    assert [change.before for change in compare_locks(None, lock(pin("a"), pin("b")))] == [None, None]


def test_another_file_of_the_same_version_is_a_change_that_shows_the_files() -> None:
    earlier = lock(pin("foo", sha256="1" * 64))
    later = lock(pin("foo", sha256="2" * 64, filename="foo-1.0-1-py3-none-any.whl"))
    [change] = compare_locks(earlier, later)
    assert change.lines() == ("- foo==1.0 (foo-1.0-py3-none-any.whl)", "+ foo==1.0 (foo-1.0-1-py3-none-any.whl)")


def test_same_file_elsewhere_is_no_change() -> None:
    earlier, later = lock(pin("foo")), lock(pin("foo", url="https://other.example/foo.whl", origins=("-r x.in",)))
    assert compare_locks(earlier, later) == ()
