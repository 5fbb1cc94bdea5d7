"""The body of a request, kept from running into the next request on the connection."""

from ca_vendor.emulator.messages import CHUNK, Readable


class RequestBody:
    """The body of a request, of declared length or chunked.

    Args:
        stream: the connection.
        length: the declared length; ``None`` for a chunked body.
    """

    def __init__(self, stream: Readable, length: int | None) -> None:
        self._stream = stream
        self._is_chunked = length is None
        self._left = length or 0
        self._is_ended = length == 0

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, and none at the end."""
        if self._left == 0 and not self._is_ended:
            self._begin_chunk()
        piece = self._stream.read(min(size, self._left)) if self._left else b""
        self._left -= len(piece)
        if not self._is_chunked and self._left == 0:
            self._is_ended = True
        return piece

    def _begin_chunk(self) -> None:
        line = self._read_line()
        if not line:
            line = self._read_line()
        self._left = int(line.partition(b";")[0], 16)
        if self._left == 0:
            self._is_ended = True
            while self._read_line():
                pass

    def _read_line(self) -> bytes:
        line = bytearray()
        while (byte := self._stream.read(1)) not in {b"\n", b""}:
            line += byte
        return bytes(line).strip()

    def drain(self) -> None:
        """Read what is left, so that the next request begins where it should."""
        while self.read(CHUNK):
            pass
