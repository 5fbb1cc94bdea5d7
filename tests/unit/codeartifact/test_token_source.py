import threading
import time

import pytest

from ca_vendor.codeartifact import TokenSource
from ca_vendor.credential import Credential, Secret


class Clock:
    """A monotonic clock that a test turns."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Service:
    """Gives out tokens of an hour, numbered."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> tuple[Secret, float]:
        self.asked += 1
        return Secret(f"token-{self.asked}"), 3600.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def source(service: Service, clock: Clock) -> TokenSource:
    return TokenSource(service, now=clock)


def token(credential: Credential | None) -> str | None:
    return credential.password.reveal() if credential else None


def test_token_is_asked_for_when_first_needed_and_kept(source: TokenSource, service: Service) -> None:
    assert service.asked == 0
    assert token(source.current()) == token(source.current()) == "token-1"
    assert source.current().username == "aws"


@pytest.mark.parametrize(("seconds", "expected"), [(3299, "token-1"), (3301, "token-2"), (10_000, "token-2")])
def test_token_is_replaced_before_it_expires(source: TokenSource, clock: Clock, seconds: float, expected: str) -> None:
    source.current()
    clock.seconds += seconds
    assert token(source.current()) == expected


def test_refused_token_is_replaced_once_for_all_who_met_the_refusal(source: TokenSource, service: Service) -> None:
    refused = source.current()
    assert token(source.renewed(refused)) == "token-2"
    assert token(source.renewed(refused)) == "token-2"
    assert service.asked == 2


def test_token_that_replaced_a_refused_one_and_is_refused_at_once_is_not_replaced(
    source: TokenSource, service: Service, clock: Clock
) -> None:
    replaced = source.renewed(source.current())
    assert replaced is not None
    assert source.renewed(replaced) is None
    assert service.asked == 2
    clock.seconds += 61
    assert token(source.renewed(replaced)) == "token-3"


def test_same_token_again_is_no_other() -> None:
    source = TokenSource(lambda: (Secret("fixed"), 3600.0))
    assert source.renewed(source.current()) is None


def test_refusal_before_any_token_asks_for_one(source: TokenSource) -> None:
    assert token(source.renewed(Credential(username="aws", password=Secret("given")))) == "token-1"


def test_threads_that_need_the_first_token_ask_once() -> None:
    asked = list[int]()

    def slow() -> tuple[Secret, float]:
        asked.append(1)
        time.sleep(0.05)
        return Secret("token"), 3600.0

    source = TokenSource(slow)
    threads = [threading.Thread(target=source.current) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [1]
