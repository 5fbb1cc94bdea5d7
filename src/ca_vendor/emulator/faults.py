"""Faults on demand: which request meets which effect."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from ca_vendor.emulator.effects import EFFECTS, Effect
from ca_vendor.emulator.messages import Request


class Route(str, Enum):
    """The kinds of request, as faults name them."""

    ANY = "any"
    TOKEN = "token"  # noqa: S105 - the name of a route
    ENDPOINT = "endpoint"
    CONTROL = "control"
    PAGE = "page"
    ASSET = "asset"
    UPLOAD = "upload"
    OTHER = "other"


_CONTROL = {"/v1/authorization-token": Route.TOKEN, "/v1/repository/endpoint": Route.ENDPOINT}
_ASSET_PARTS = 4
_PAGE_PARTS = 3


def route_of(method: str, path: str) -> Route:
    """Return the kind of a request; never ``ANY``. ``CONTROL`` is a control request that has no kind of its own."""
    if path.startswith("/v1/"):
        return _CONTROL.get(path, Route.CONTROL)
    _, found, rest = path.partition("/simple/")
    if method == "POST":
        return Route.UPLOAD
    parts = ["simple", *rest.split("/")] if found else []
    if len(parts) == _ASSET_PARTS:
        return Route.ASSET
    return Route.PAGE if len(parts) == _PAGE_PARTS and parts[-1] == "" else Route.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An effect, and the requests that meet it.

    Attributes:
        effect: what happens.
        route: the kind of request.
        path: a glob that the path matches, such as ``*/numpy/*``.
        after: how many matching requests pass first: 4 lets the fifth meet it.
        times: how many requests meet it; ``None`` for all from then on.
    """

    effect: Effect
    route: Route = Route.ANY
    path: str = "*"
    after: int = 0
    times: int | None = 1

    def matches(self, request: Request) -> bool:
        """Whether it is about such a request."""
        is_routed = self.route in {Route.ANY, route_of(request.method, request.path)}
        return is_routed and fnmatchcase(request.path, self.path)


class FaultQueue:
    """Faults in the order they were queued: a request meets the first that is about it and still has turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_Entry] = []

    def add(self, *faults: Fault) -> None:
        """Queue faults."""
        with self._lock:
            self._entries.extend(_Entry(fault) for fault in faults)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._entries.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that requests can still meet."""
        with self._lock:
            return tuple(entry.fault for entry in self._entries)

    def take(self, request: Request) -> Effect | None:
        """Return what happens to a request, and count the turn."""
        with self._lock:
            for entry in self._entries:
                if entry.fault.matches(request) and entry.is_due():
                    if entry.is_spent:
                        self._entries.remove(entry)
                    return entry.fault.effect
        return None


class _Entry:
    """A queued fault with its counters."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._passed = 0
        self._met = 0

    def is_due(self) -> bool:
        if self._passed < self.fault.after:
            self._passed += 1
            return False
        self._met += 1
        return True

    @property
    def is_spent(self) -> bool:
        return self.fault.times is not None and self._met >= self.fault.times


def parse_fault(record: Mapping[str, Any]) -> Fault:
    """Return the fault that a JSON object describes: ``fault`` names the effect, the rest are its parameters.

    Raises:
        ValueError: when it describes none.
    """
    members = dict(record)
    name = members.pop("fault", None)
    if name not in EFFECTS:
        raise ValueError(f"`fault` must be one of {', '.join(sorted(EFFECTS))}: {name}")
    options = {key: members.pop(key) for key in ("path", "after", "times") if key in members}
    route = Route(members.pop("route", Route.ANY.value))
    parameters = {key: tuple(value) if isinstance(value, list) else value for key, value in members.items()}
    try:
        return Fault(effect=EFFECTS[name](**parameters), route=route, **options)
    except TypeError as exc:
        known = ", ".join(field.name for field in fields(EFFECTS[name]))  # type: ignore[arg-type]
        raise ValueError(f"the parameters of `{name}` are: {known or 'none'}") from exc


def render_fault(fault: Fault) -> dict[str, Any]:
    """Return the JSON object that describes a fault."""
    return {
        "fault": fault.effect.name,
        "route": fault.route.value,
        "path": fault.path,
        "after": fault.after,
        "times": fault.times,
        **asdict(fault.effect),  # type: ignore[call-overload]
    }
