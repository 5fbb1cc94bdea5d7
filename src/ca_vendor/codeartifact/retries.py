"""How long AWS is asked again: as long as it wants us to wait, and no longer than we are patient."""

import time
from collections.abc import Callable, Mapping
from typing import Any

_PASSING_STATUSES = frozenset({429, 503})
_ENDS = "ca_vendor_ends"


class RetryAfter:
    """A handler of botocore's ``needs-retry`` event, asked before botocore's own.

    botocore's own retries pass over ``Retry-After`` and have no deadline.

    Args:
        patience: seconds for one operation, retries included.
        now: seconds of a monotonic clock.
    """

    def __init__(self, patience: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._now = now

    def decide(
        self, *, response: tuple[Any, Mapping[str, Any]] | None, request_dict: dict[str, Any], **_: object
    ) -> float | bool | None:
        """Return seconds to wait, ``False`` to give up, or ``None`` to leave the decision to botocore."""
        ends = request_dict["context"].setdefault(_ENDS, self._now() + self._patience)
        if self._now() > ends:
            return False
        wait = _asked_to_wait(response[1]) if response else None
        if wait is None:
            return None
        return wait if self._now() + wait <= ends else False


def _asked_to_wait(answer: Mapping[str, Any]) -> float | None:
    metadata = answer.get("ResponseMetadata", {})
    text = str(metadata.get("HTTPHeaders", {}).get("retry-after", "")).strip()
    is_throttled = "Throttl" in str(answer.get("Error", {}).get("Code", ""))
    passes = is_throttled or metadata.get("HTTPStatusCode") in _PASSING_STATUSES
    return float(text) if passes and text.isdigit() else None
