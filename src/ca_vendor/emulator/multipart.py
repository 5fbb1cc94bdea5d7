"""Read a form with one file in it, the file going to disk as it comes.

Source: https://www.rfc-editor.org/rfc/rfc7578
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path

from ca_vendor.emulator.messages import CHUNK, Readable, ServiceError, validation_error

_MAXIMUM_FIELDS = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form's fields, each with its first value, and its file."""

    fields: dict[str, str]
    file: Path


def read_form(body: Readable, content_type: str, directory: Path) -> Form:
    """Read a ``multipart/form-data`` body.

    Args:
        body: the request's body.
        content_type: its header, which has the boundary.
        directory: where the file goes, under its own name.

    Raises:
        ServiceError: when it is not such a form, or has not exactly one file.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise _malformed("not a multipart/form-data body")
    scanner = _Scanner(body)
    delimiter = b"\r\n--" + boundary.encode()
    fields: dict[str, str] = {}
    files: list[Path] = []
    left = _MAXIMUM_FIELDS
    _drain(scanner.until(delimiter))
    while b"".join(scanner.until(b"\r\n")).strip() != b"--":
        headers = BytesHeaderParser().parsebytes(b"".join(scanner.until(b"\r\n\r\n")))
        name, filename = headers.get_param("name", "", "content-disposition"), headers.get_filename()
        if filename:
            files.append(_save(scanner.until(delimiter), directory / Path(filename).name))
            continue
        value = _collect(scanner.until(delimiter), left)
        left -= len(value)
        fields.setdefault(str(name), value.decode(errors="replace"))
    if len(files) != 1:
        raise _malformed("the form has not exactly one file")
    return Form(fields=fields, file=files[0])


class _Scanner:
    """A stream, read from marker to marker."""

    def __init__(self, body: Readable) -> None:
        self._body = body
        # The first boundary of a body has no line end before it.
        self._buffer = b"\r\n"

    def until(self, marker: bytes) -> Iterator[bytes]:
        """Yield what comes before the marker, and pass over the marker."""
        while True:
            before, found, after = self._buffer.partition(marker)
            if found:
                self._buffer = after
                yield before
                return
            # The marker may have begun in what is kept.
            cut = max(len(self._buffer) - len(marker) + 1, 0)
            yield self._buffer[:cut]
            piece = self._body.read(CHUNK)
            # After the last boundary a line end is customary, not required.
            if not piece and self._buffer.startswith(b"--") and marker == b"\r\n":
                piece = b"\r\n"
            if not piece:
                raise _malformed("the form is cut short")
            self._buffer = self._buffer[cut:] + piece


def _drain(pieces: Iterator[bytes]) -> None:
    for _ in pieces:
        pass


def _collect(pieces: Iterator[bytes], limit: int) -> bytes:
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > limit:
            raise _malformed("the form's fields are too long")
    return bytes(content)


def _save(pieces: Iterator[bytes], path: Path) -> Path:
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
    return path


def _malformed(message: str) -> ServiceError:
    return validation_error(message, reason="CANNOT_PARSE")
