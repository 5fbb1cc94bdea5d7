"""Requests and responses as values, apart from the sockets they travel on."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from ca_vendor.emulator.delivery import Delivery

CHUNK = 256 * 1024
Headers = tuple[tuple[str, str], ...]


class Readable(Protocol):
    """A request body: reads at most what the request declared."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, and none at the end."""
        ...


class StreamedBody(Protocol):
    """A response body that is not held in memory."""

    @property
    def length(self) -> int:
        """The number of bytes that follow."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Yield the body piece by piece.

        Raises:
            OSError: when it cannot be read to its end; the connection is then cut.
        """
        ...


@dataclass(frozen=True, slots=True)
class FileBody:
    """A file, sent without passing through memory when nothing shapes the response."""

    path: Path
    length: int

    def open(self) -> BinaryIO:
        """Open the file for reading."""
        return self.path.open("rb")

    def chunks(self) -> Iterator[bytes]:
        """Yield the file piece by piece."""
        with self.open() as file:
            while piece := file.read(CHUNK):
                yield piece


Body = bytes | FileBody | StreamedBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request line, its headers and its body.

    Attributes:
        path: quoted, without the query.
        query: the first value of each parameter, unquoted.
        headers: case-insensitive.
        body: to be read at most once.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A status, headers and a body whose length is known.

    Attributes:
        delivery: what happens to it on its way; ``None`` for nothing.
    """

    status: int = 200
    headers: Headers = ()
    body: Body = b""
    delivery: Delivery | None = None

    @property
    def length(self) -> int:
        """The number of bytes in the body."""
        return len(self.body) if isinstance(self.body, bytes) else self.body.length

    def header(self, name: str) -> str | None:
        """Return the first header of that name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_header(self, name: str, value: str) -> "Response":
        """Return the same response with one header more."""
        return replace(self, headers=(*self.headers, (name, value)))


class ServiceError(Exception):
    """An answer that the service gives in place of a result.

    Args:
        status: the HTTP status.
        kind: the name in ``x-amzn-ErrorType``.
        message: for the caller to read.
        members: further members of the JSON body, such as ``resourceType``.
    """

    def __init__(self, status: int, kind: str, message: str, **members: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.members = members

    def response(self) -> Response:
        """Return the error as the service renders it."""
        body = {"message": self.message, **self.members}
        return json_response(body, status=self.status, headers=(("x-amzn-ErrorType", self.kind),))


def validation_error(message: str, reason: str = "FIELD_VALIDATION_FAILED") -> ServiceError:
    """Return the answer to an argument that cannot be right."""
    return ServiceError(400, "ValidationException", message, reason=reason)


def not_found(resource_type: str, resource_id: str) -> ServiceError:
    """Return the answer for a resource that is not there."""
    return ServiceError(
        404,
        "ResourceNotFoundException",
        f"{resource_type} not found: {resource_id}",
        resourceId=resource_id,
        resourceType=resource_type,
    )


def conflict(resource_type: str, resource_id: str, message: str) -> ServiceError:
    """Return the answer for a resource that is in the way."""
    return ServiceError(409, "ConflictException", message, resourceId=resource_id, resourceType=resource_type)


def json_response(body: Mapping[str, Any], *, status: int = 200, headers: Headers = ()) -> Response:
    """Return a JSON document."""
    return Response(
        status=status,
        headers=(("Content-Type", "application/json"), *headers),
        body=json.dumps(body).encode(),
    )
