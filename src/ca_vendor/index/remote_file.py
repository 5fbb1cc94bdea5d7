"""A file on an index as a seekable file object, read in ranges."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FetchRange = Callable[[int, int], bytes]
"""Returns the bytes from the first to the last offset, both included."""


class RemoteFile(io.RawIOBase):
    """Bytes behind a Range-capable URL, of which the end has been read already.

    ``zipfile`` reads a directory at the end and then one member, so two or three ranges are all it takes.
    """

    def __init__(self, *, size: int, tail: bytes, fetch_range: FetchRange) -> None:
        super().__init__()
        self._size = size
        self._tail = tail
        self._tail_start = size - len(tail)
        self._fetch_range = fetch_range
        self._position = 0

    def readable(self) -> bool:
        """Return ``True``."""
        return True

    def seekable(self) -> bool:
        """Return ``True``."""
        return True

    def tell(self) -> int:
        """Return the offset of the next byte read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to an offset and return it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer from the current offset on; return how many bytes there were."""
        view = memoryview(buffer).cast("B")
        end = min(self._position + len(view), self._size)
        if end <= self._position:
            return 0
        data = self._bytes(self._position, end)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _bytes(self, start: int, end: int) -> bytes:
        if start >= self._tail_start:
            return self._tail[start - self._tail_start : end - self._tail_start]
        return self._fetch_range(start, min(end, self._tail_start) - 1)

    def buffered(self) -> io.BufferedReader:
        """Return it with a buffer large enough that a member's header and body come in one range."""
        return io.BufferedReader(self, buffer_size=1 << 16)
