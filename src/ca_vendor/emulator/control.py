"""The control plane: which operation a request names, and what every operation has in common."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from packaging.utils import NormalizedName

from ca_vendor.emulator.library import Library
from ca_vendor.emulator.messages import (
    Request,
    Response,
    ServiceError,
    not_found,
    validation_error,
)
from ca_vendor.emulator.model import Clock, Domain, Package, PackageVersion, Repository
from ca_vendor.emulator.state import State
from ca_vendor.emulator.tokens import Tokens

_T = TypeVar("_T")
_FORMATS = ("npm", "pypi", "maven", "nuget", "generic", "ruby", "swift", "cargo")
_MAXIMUM_RESULTS = 1000
_MAXIMUM_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom the emulator takes every caller for, and where it claims to be.

    Attributes:
        owner: the account's number; the default domain owner.
        region: the region in names and hosts.
        session_seconds: what is left of the caller's session, for tokens of duration 0.
        endpoint: renders the repository endpoint of a domain's label, a repository and an endpoint type.
    """

    owner: str
    region: str
    session_seconds: int
    endpoint: Callable[[str, str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What operations work on."""

    account: Account
    state: State
    library: Library
    tokens: Tokens
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of an operation: its arguments, looked up and checked as it asks for them."""

    service: Service
    query: Mapping[str, str]
    body: Mapping[str, Any]

    def argument(self, name: str) -> str:
        """Return a required query parameter.

        Raises:
            ServiceError: when it is missing.
        """
        value = self.query.get(name)
        if not value:
            raise validation_error(f"missing required parameter: {name}")
        return value

    @property
    def owner(self) -> str:
        """The domain's owner, by default the caller."""
        return self.query.get("domain-owner") or self.service.account.owner

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """Return an optional query parameter that has a closed set of values."""
        value = self.query.get(name)
        if value is not None and value not in choices:
            raise validation_error(f"{name} must be one of {', '.join(choices)}: {value}")
        return value

    def domain(self) -> Domain:
        """Return the domain named."""
        return self.service.state.domain(self.argument("domain"), self.owner)

    def repository(self) -> Repository:
        """Return the repository named."""
        return self.service.state.repository(self.domain().label, self.argument("repository"))

    def format(self) -> str:
        """Return the package format; only ``pypi`` ever has packages."""
        self.argument("format")
        return self.choice("format", _FORMATS) or ""

    def package(self) -> Package:
        """Return the package named, by its exact normalised name.  # ? other spellings."""
        repository, name = self.repository(), self.argument("package")
        package = self.service.state.package(repository, name) if self.format() == "pypi" else None
        if package is None:
            raise not_found("package", name)
        return package

    def version(self) -> PackageVersion:
        """Return the package version named."""
        package, number = self.package(), self.argument("version")
        if number not in package.versions:
            raise not_found("package-version", number)
        return package.versions[number]

    def update_package(self, name: NormalizedName, change: Callable[[Package | None], Package]) -> Package:
        """Replace a package of the repository named."""
        return self.service.state.update_package(self.repository(), name, change)

    def page(self, items: Sequence[_T], source: Mapping[str, Any] | None = None) -> tuple[list[_T], dict[str, str]]:
        """Cut a list as ``max-results`` and ``next-token`` say.

        Returns:
            The items, and the ``nextToken`` member when there are more.
        """
        arguments = self.query if source is None else source
        names = ("max-results", "next-token") if source is None else ("maxResults", "nextToken")
        limit = _integer(names[0], str(arguments.get(names[0], 100)))
        if not 1 <= limit <= _MAXIMUM_RESULTS:
            raise validation_error(f"{names[0]} must be between 1 and {_MAXIMUM_RESULTS}: {limit}")
        token = str(arguments.get(names[1], "page-0"))
        start = _integer(names[1], token.removeprefix("page-"))
        more = {"nextToken": f"page-{start + limit}"} if start + limit < len(items) else {}
        return list(items[start : start + limit]), more


Operation = Callable[[Call], Response]
Operations = Mapping[tuple[str, str], Operation]


class ControlPlane:
    """Answers ``/v1`` requests.

    Args:
        service: what the operations work on.
        operations: by method and path.
    """

    def __init__(self, service: Service, operations: Operations) -> None:
        self._service = service
        self._operations = operations

    def answer(self, request: Request) -> Response:
        """Answer a request. Signatures are taken as they are: only their absence is noticed."""
        operation = self._operations.get((request.method, request.path))
        if operation is None:
            # ? the answer to an unknown path.
            raise ServiceError(404, "UnknownOperationException", f"unknown: {request.method} {request.path}")
        if not request.headers.get("Authorization", "").startswith("AWS4-"):
            raise ServiceError(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        return operation(Call(service=self._service, query=request.query, body=_parse_body(request)))


def _parse_body(request: Request) -> Mapping[str, Any]:
    text = request.body.read(_MAXIMUM_BODY)
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError as exc:
        raise validation_error("the body is not JSON", reason="CANNOT_PARSE") from exc
    if not isinstance(body, dict):
        raise validation_error("the body is not an object", reason="CANNOT_PARSE")
    return body


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as exc:
        raise validation_error(f"{name} is not valid: {text}") from exc
