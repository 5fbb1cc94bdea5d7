"""What can go wrong with a response, each as a value with its parameters."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from ca_vendor.emulator.delivery import Cut, Delivery
from ca_vendor.emulator.messages import Body, Request, Response, json_response
from ca_vendor.emulator.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What an effect works on.

    Attributes:
        request: the request that met it.
        proceed: answers the request as if nothing were wrong; does not raise.
        tokens: the tokens of the service.
    """

    request: Request
    proceed: Callable[[], Response]
    tokens: Tokens


class Effect(Protocol):
    """Something that happens to one request."""

    name: ClassVar[str]

    def apply(self, exchange: Exchange, /) -> Response:
        """Return the response that the client gets."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An error status in place of the response.

    Attributes:
        retry_after: the ``Retry-After`` header: seconds, or an HTTP date.
        error_type: the ``x-amzn-ErrorType`` header.
    """

    name: ClassVar[str] = "status"
    status: int
    retry_after: str | None = None
    error_type: str | None = None
    message: str = "fault on demand"

    def apply(self, _exchange: Exchange, /) -> Response:
        """Answer with the status."""
        response = json_response({"message": self.message}, status=self.status)
        if self.retry_after is not None:
            response = response.with_header("Retry-After", str(self.retry_after))
        if self.error_type is not None:
            response = response.with_header("x-amzn-ErrorType", self.error_type)
        return response


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """A pause before the first byte."""

    name: ClassVar[str] = "latency"
    seconds: float

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer late."""
        return replace(exchange.proceed(), delivery=Delivery(wait_seconds=self.seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bandwidth:
    """A body that comes at a limited rate."""

    name: ClassVar[str] = "bandwidth"
    bytes_per_second: float

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer slowly."""
        return replace(exchange.proceed(), delivery=Delivery(bytes_per_second=self.bytes_per_second))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowLoris:
    """Head and body come a few bytes at a time, never idle for long enough to time out."""

    name: ClassVar[str] = "slow-loris"
    bytes_per_second: float = 10.0

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer drop by drop."""
        return replace(exchange.proceed(), delivery=Delivery(bytes_per_second=self.bytes_per_second, drips=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate:
    """The connection closes after a part of the body that was declared.

    Attributes:
        after_bytes: how much of the body still comes.
    """

    name: ClassVar[str] = "truncate"
    after_bytes: int = 0

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer in part."""
        return replace(exchange.proceed(), delivery=Delivery(cut=Cut(after=self.after_bytes, resets=False)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The connection is reset.

    Attributes:
        after_bytes: how much of the body still comes; ``None`` to reset before the status line.
    """

    name: ClassVar[str] = "reset"
    after_bytes: int | None = None

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer until the reset."""
        return replace(exchange.proceed(), delivery=Delivery(cut=Cut(after=self.after_bytes, resets=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongBytes:
    """A body of the right length with its first byte changed."""

    name: ClassVar[str] = "wrong-bytes"

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer wrongly."""
        response = exchange.proceed()
        content = _content(response.body)
        return replace(response, body=bytes([content[0] ^ 0xFF]) + content[1:] if content else content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A redirect, such as one to another host.

    Attributes:
        location: the ``Location`` header; ``{path}`` in it stands for the path asked for.
    """

    name: ClassVar[str] = "redirect"
    location: str
    status: int = 302

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer with the other address."""
        location = self.location.replace("{path}", exchange.request.path)
        return Response(status=self.status, headers=(("Location", location),))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    """A captive portal's page, with status 200."""

    name: ClassVar[str] = "login-page"

    def apply(self, _exchange: Exchange, /) -> Response:
        """Answer with the page."""
        page = b"<!DOCTYPE html><html><body><form>Sign in <input name=user></form></body></html>"
        return Response(headers=(("Content-Type", "text/html; charset=UTF-8"),), body=page)


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedJson:
    """The first half of the body, as if it were whole."""

    name: ClassVar[str] = "malformed-json"

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer with what does not parse."""
        response = exchange.proceed()
        content = _content(response.body)
        return replace(response, body=content[: len(content) // 2])


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFields:
    """A JSON page whose files lack members such as ``size``, ``upload-time``, ``requires-python``.

    Without ``hashes`` the member stays, empty: the specification requires it.
    """

    name: ClassVar[str] = "missing-fields"
    fields: tuple[str, ...] = ("size", "upload-time")

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer with less."""

        def strip(file: dict[str, Any]) -> dict[str, Any]:
            left = {key: value for key, value in file.items() if key not in self.fields}
            return {**left, "hashes": left.get("hashes", {})}

        return _edit_page(exchange.proceed(), lambda page: {**page, "files": [strip(file) for file in page["files"]]})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """A JSON page that is not what it was before.

    Attributes:
        drop_versions: versions that are gone.
        new_hashes: whether every file has other digests than before.
    """

    name: ClassVar[str] = "change-page"
    drop_versions: tuple[str, ...] = ()
    new_hashes: bool = False

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer with the changed page."""

        def change(page: dict[str, Any]) -> dict[str, Any]:
            kept = [file for file in page["files"] if file["url"].split("/")[0] not in self.drop_versions]
            if self.new_hashes:
                kept = [{**file, "hashes": _reverse(file["hashes"])} for file in kept]
            versions = [version for version in page["versions"] if version not in self.drop_versions]
            return {**page, "versions": versions, "files": kept}

        return _edit_page(exchange.proceed(), change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gzip:
    """A body compressed on the way."""

    name: ClassVar[str] = "gzip"

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer compressed."""
        response = exchange.proceed()
        body = gzip.compress(_content(response.body), mtime=0)
        return replace(response, body=body).with_header("Content-Encoding", "gzip")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireTokens:
    """Every token issued until now expires, this request's included."""

    name: ClassVar[str] = "expire-tokens"

    def apply(self, exchange: Exchange, /) -> Response:
        """Answer as to an expired token."""
        exchange.tokens.expire_all()
        return exchange.proceed()


EFFECTS: Mapping[str, type[Effect]] = {
    effect.name: effect
    for effect in (
        Bandwidth,
        ChangePage,
        ExpireTokens,
        Gzip,
        Latency,
        LoginPage,
        MalformedJson,
        MissingFields,
        Redirect,
        Reset,
        SlowLoris,
        Status,
        Truncate,
        WrongBytes,
    )
}
"""Every effect by the name that the admin interface calls it."""


def _content(body: Body) -> bytes:
    return body if isinstance(body, bytes) else b"".join(body.chunks())


def _edit_page(response: Response, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
    """Change a JSON page; anything else goes through as it is."""
    if "json" not in (response.header("Content-Type") or "") or response.status != 200:
        return response
    return replace(response, body=json.dumps(edit(json.loads(_content(response.body)))).encode())


def _reverse(hashes: Mapping[str, str]) -> dict[str, str]:
    return {name: digest[::-1] for name, digest in hashes.items()}
