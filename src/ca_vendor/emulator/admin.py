"""The admin interface: faults, shaping, tokens, clock and the request log over HTTP, on a port of its own."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ca_vendor.emulator.delivery import Shaper, Shaping
from ca_vendor.emulator.faults import FaultQueue, parse_fault, render_fault
from ca_vendor.emulator.messages import Request, Response, json_response, not_found, validation_error
from ca_vendor.emulator.model import Clock
from ca_vendor.emulator.request_log import RequestLog
from ca_vendor.emulator.tokens import Tokens

_MAXIMUM_BODY = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """Answers the admin interface's requests."""

    faults: FaultQueue
    shaper: Shaper
    requests: RequestLog
    tokens: Tokens
    clock: Clock

    def __call__(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            ServiceError: when it asks for what there is not.
        """
        action = self._actions().get((request.method, request.path))
        if action is None:
            raise not_found("path", request.path)
        try:
            return json_response({"result": action(json.loads(request.body.read(_MAXIMUM_BODY) or b"{}"))})
        except (ValueError, TypeError, AttributeError, LookupError) as exc:
            raise validation_error(str(exc)) from exc

    def _actions(self) -> Mapping[tuple[str, str], Callable[[Any], Any]]:
        return {
            ("GET", "/faults"): lambda _: [render_fault(fault) for fault in self.faults.pending],
            ("POST", "/faults"): self._add_faults,
            ("DELETE", "/faults"): lambda _: self.faults.clear(),
            ("GET", "/shaping"): lambda _: asdict(self.shaper.shaping),
            ("PUT", "/shaping"): self._shape,
            ("DELETE", "/shaping"): lambda _: self._shape({}),
            ("GET", "/requests"): lambda _: [asdict(record) for record in self.requests],
            ("DELETE", "/requests"): lambda _: self.requests.clear(),
            ("GET", "/tokens"): lambda _: [asdict(token) for token in self.tokens.issued],
            ("PUT", "/tokens"): lambda body: self.tokens.use_value(body.get("value")),
            ("DELETE", "/tokens"): lambda _: self.tokens.expire_all(),
            ("GET", "/clock"): lambda _: {"now": self.clock()},
            ("POST", "/clock"): self._advance,
        }

    def _add_faults(self, body: Any) -> None:
        records = body if isinstance(body, list) else [body]
        self.faults.add(*(parse_fault(record) for record in records))

    def _shape(self, body: Any) -> None:
        self.shaper.shaping = Shaping(**body)

    def _advance(self, body: Any) -> dict[str, float]:
        advance = getattr(self.clock, "advance", None)
        if advance is None:
            raise ValueError("this clock cannot be moved")
        advance(float(body["seconds"]))
        return {"now": self.clock()}
