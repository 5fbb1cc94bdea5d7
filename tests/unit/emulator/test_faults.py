import io
from email.message import Message
from typing import Any

import pytest

from ca_vendor.emulator.effects import EFFECTS, Gzip, Status
from ca_vendor.emulator.faults import Fault, FaultQueue, Route, parse_fault, render_fault, route_of
from ca_vendor.emulator.messages import Request

BASE = "/pypi/d/acme-111122223333/python/"


def request(path: str, method: str = "GET") -> Request:
    return Request(method=method, path=path, query={}, headers=Message(), body=io.BytesIO())


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/v1/authorization-token", Route.TOKEN),
        ("GET", "/v1/repository/endpoint", Route.ENDPOINT),
        ("POST", "/v1/packages", Route.CONTROL),
        ("GET", f"{BASE}simple/numpy/", Route.PAGE),
        ("GET", f"{BASE}simple/numpy/1.0/numpy-1.0.tar.gz", Route.ASSET),
        ("GET", f"{BASE}simple/numpy/1.0/numpy-1.0.tar.gz.metadata", Route.ASSET),
        ("POST", BASE, Route.UPLOAD),
        ("GET", f"{BASE}simple/", Route.OTHER),
        ("GET", f"{BASE}numpy/json", Route.OTHER),
    ],
)
def test_requests_are_sorted_by_route(method: str, path: str, route: Route) -> None:
    assert route_of(method, path) is route


def test_first_fault_that_is_due_is_met() -> None:
    first, second = Status(status=500), Status(status=503)
    queue = FaultQueue()
    queue.add(Fault(effect=first, route=Route.ASSET), Fault(effect=second, times=2))
    page, asset = request(f"{BASE}simple/a/"), request(f"{BASE}simple/a/1/a-1.tar.gz")
    assert queue.take(page) is second
    assert queue.take(asset) is first
    assert queue.take(asset) is second
    assert queue.take(asset) is None
    assert queue.pending == ()


def test_requests_pass_before_a_fault_is_due() -> None:
    queue = FaultQueue()
    queue.add(Fault(effect=Gzip(), path="*/numpy/*", after=2))
    numpy, other = request(f"{BASE}simple/numpy/"), request(f"{BASE}simple/other/")
    assert [queue.take(found) for found in (numpy, other, numpy, other)] == [None] * 4
    assert queue.take(numpy) == Gzip()


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_every_effect_is_had_by_name(name: str) -> None:
    needed: dict[str, dict[str, Any]] = {
        "status": {"status": 503},
        "latency": {"seconds": 1},
        "bandwidth": {"bytes_per_second": 5},
        "redirect": {"location": "/x"},
    }
    fault = parse_fault({"fault": name, "route": "page", "times": None, **needed.get(name, {})})
    assert parse_fault(render_fault(fault)) == fault


@pytest.mark.parametrize(
    "record", [{}, {"fault": "x"}, {"fault": "latency"}, {"fault": "gzip", "level": 9}, {"fault": "gzip", "route": "x"}]
)
def test_what_describes_no_fault_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be one of|parameters of|not a valid Route"):
        parse_fault(record)
