import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_vendor.index.remote_file import RemoteFile
from tests.unit.properties import PROPERTY

DATA = bytes(range(200))


def remote(tail: int, asked: list[tuple[int, int]] | None = None) -> RemoteFile:
    def fetch(first: int, last: int) -> bytes:
        if asked is not None:
            asked.append((first, last))
        return DATA[first : last + 1]

    return RemoteFile(size=len(DATA), tail=DATA[len(DATA) - tail :], fetch_range=fetch)


@PROPERTY
@given(
    st.integers(0, len(DATA)),
    st.lists(
        st.tuples(
            st.integers(-250, 250), st.sampled_from([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END]), st.integers(0, 250)
        ),
        max_size=6,
    ),
)
def test_it_reads_like_any_file(tail: int, moves: list[tuple[int, int, int]]) -> None:
    file, twin = io.BufferedReader(remote(tail), buffer_size=16), io.BytesIO(DATA)
    for offset, whence, size in moves:
        position = max(0, {io.SEEK_SET: 0, io.SEEK_CUR: twin.tell(), io.SEEK_END: len(DATA)}[whence] + offset)
        assert file.seek(position) == twin.seek(position)
        assert file.read(size) == twin.read(size)


def test_end_is_read_without_asking() -> None:
    asked = list[tuple[int, int]]()
    file = remote(50, asked)
    file.seek(-50, io.SEEK_END)
    assert file.read(50) == DATA[-50:]
    assert asked == []


def test_range_stops_where_the_end_begins() -> None:
    asked = list[tuple[int, int]]()
    file = remote(50, asked)
    file.seek(140)
    assert file.read(30) == DATA[140:150]
    assert asked == [(140, 149)]


def test_it_is_seekable_and_readable() -> None:
    file = remote(10)
    assert file.readable()
    assert file.seekable()
    assert file.seek(500) == 500
    assert file.read(1) == b""
    assert file.seek(-1000, io.SEEK_CUR) == file.tell() == 0


def test_buffer_brings_a_small_member_in_one_range() -> None:
    asked = list[tuple[int, int]]()
    with remote(10, asked).buffered() as file:
        file.read(4)
        file.read(30)
    assert len(asked) == 1


@pytest.mark.parametrize("size", [0, 1, 200])
def test_whole_is_read_whatever_the_end_is(size: int) -> None:
    with remote(size).buffered() as file:
        assert file.read() == DATA
