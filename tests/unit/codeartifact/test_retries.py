from typing import Any

import pytest

from ca_vendor.codeartifact.retries import RetryAfter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def answer(status: int, *, code: str = "", retry_after: str | None = None) -> tuple[object, dict[str, Any]]:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return object(), {
        "Error": {"Code": code},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers},
    }


@pytest.mark.parametrize(
    ("response", "decision"),
    [
        (answer(429, retry_after="7"), 7.0),
        (answer(503, retry_after=" 7 "), 7.0),
        (answer(400, code="ThrottlingException", retry_after="7"), 7.0),
        (answer(429, retry_after="0"), 0.0),
        (answer(429), None),
        (answer(429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), None),
        (answer(403, code="AccessDeniedException", retry_after="7"), None),
        (answer(200, retry_after="7"), None),
        (answer(429, retry_after="91"), False),
        (None, None),
    ],
)
def test_waits_as_long_as_aws_asks_where_that_is_worth_it(response: Any, decision: float | bool | None) -> None:
    found = RetryAfter(90.0, now=Clock()).decide(response=response, request_dict={"context": {}}, attempts=1)
    assert found == decision
    assert type(found) is type(decision)


def test_gives_up_when_the_time_for_one_operation_is_over() -> None:
    clock = Clock()
    handler, request = RetryAfter(90.0, now=clock), dict[str, Any](context={})
    assert handler.decide(response=answer(500), request_dict=request) is None
    clock.now += 60
    assert handler.decide(response=answer(429, retry_after="40"), request_dict=request) is False
    assert handler.decide(response=answer(500), request_dict=request) is None
    clock.now += 31
    assert handler.decide(response=answer(500), request_dict=request) is False
    assert handler.decide(response=answer(500), request_dict={"context": {}}) is None
