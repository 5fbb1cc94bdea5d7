"""Faults on demand, as clients meet them."""

import gzip
import http.client
import json
import random
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from botocore.exceptions import ClientError

from ca_vendor.emulator import (
    Bandwidth,
    ChangePage,
    Emulator,
    ExpireTokens,
    Fault,
    Gzip,
    Latency,
    LoginPage,
    MalformedJson,
    MissingFields,
    Redirect,
    Reset,
    Route,
    Shaping,
    SlowLoris,
    Status,
    Truncate,
    WrongBytes,
)
from tests.distributions import build_wheel
from tests.integration.emulator.conftest import Web, make_client

ASSET = "acme-core/1.0/acme_core-1.0-py3-none-any.whl"


@pytest.fixture
def large(emulator: Emulator, tmp_path: Path) -> str:
    """The path of an asset of 300 kB."""
    content = random.Random(1).randbytes(300_000)
    wheel = build_wheel(tmp_path / "large", "large", "1", files={"blob.bin": content})
    emulator.add_packages(wheel)
    return f"large/1/{wheel.name}"


def seconds(action: Callable[[], Any]) -> float:
    started_at = time.monotonic()
    action()
    return time.monotonic() - started_at


@pytest.mark.parametrize("retry_after", [None, "7"])
def test_status_with_and_without_retry_after(web: Web, emulator: Emulator, retry_after: str | None) -> None:
    emulator.faults.add(Fault(effect=Status(status=429, retry_after=retry_after), route=Route.PAGE))
    response = web.get("acme-core/")
    assert (response.status, response.headers.get("Retry-After")) == (429, retry_after)
    assert web.get("acme-core/").status == 200, "once"


def test_token_is_denied(emulator: Emulator) -> None:
    denial = Status(status=403, error_type="AccessDeniedException", message="not authorized")
    emulator.faults.add(Fault(effect=denial, route=Route.TOKEN))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        make_client(emulator).get_authorization_token(domain="acme")


def test_fault_meets_the_requests_it_is_about(web: Web, emulator: Emulator) -> None:
    emulator.faults.add(
        Fault(effect=Status(status=500), path="*/acme-tools/*", times=None),
        Fault(effect=Status(status=503), route=Route.PAGE, after=2, times=2),
    )
    statuses = [web.get("acme-core/").status for _ in range(5)]
    assert statuses == [200, 200, 503, 503, 200]
    assert [web.get("acme-tools/").status for _ in range(3)] == [500] * 3
    assert len(emulator.faults.pending) == 1
    emulator.faults.clear()
    assert web.get("acme-tools/").status == 200


def test_latency_delays_the_first_byte(web: Web, emulator: Emulator) -> None:
    emulator.faults.add(Fault(effect=Latency(seconds=0.2)))
    assert seconds(lambda: web.get("acme-core/")) >= 0.2
    assert emulator.faults.pending == (), "once"


def test_bandwidth_limits_one_response(web: Web, emulator: Emulator, large: str) -> None:
    emulator.faults.add(Fault(effect=Bandwidth(bytes_per_second=1_000_000)))
    assert seconds(lambda: web.get(large)) >= 0.25
    assert emulator.faults.pending == (), "once"


@pytest.mark.parametrize("after", [0, 10, 100_000])
def test_truncated_body_is_shorter_than_declared(web: Web, emulator: Emulator, large: str, after: int) -> None:
    emulator.faults.add(Fault(effect=Truncate(after_bytes=after), route=Route.ASSET))
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        web.get(large)
    assert emulator.requests.records[-1].sent == after
    assert web.get(large).status == 200


@pytest.mark.parametrize("after", [None, 1000])
def test_reset_before_and_in_the_body(web: Web, emulator: Emulator, large: str, after: int | None) -> None:
    emulator.faults.add(Fault(effect=Reset(after_bytes=after)))
    with pytest.raises(urllib3.exceptions.ProtocolError, match="reset"):
        web.get(large)
    assert web.get(large).status == 200


def test_slow_loris_drips(emulator: Emulator) -> None:
    emulator.faults.add(Fault(effect=SlowLoris(bytes_per_second=100)))
    parts = urlsplit(emulator.index_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=1) as connection:
        request = f"GET {parts.path}acme-core/ HTTP/1.1\r\nHost: x\r\nAuthorization: {emulator.authorization()}\r\n\r\n"
        connection.sendall(request.encode())
        received = b""
        started_at = time.monotonic()
        while time.monotonic() < started_at + 0.3:
            received += connection.recv(1000)
    assert b"HTTP/1.1 200".startswith(received[:12])
    assert 1 <= len(received) < 60


def test_wrong_bytes_have_the_right_length(web: Web, emulator: Emulator) -> None:
    right = web.get(ASSET).data
    emulator.faults.add(Fault(effect=WrongBytes(), route=Route.ASSET))
    wrong = web.get(ASSET).data
    assert len(wrong) == len(right)
    assert wrong != right
    assert web.get(ASSET).data == right


def test_redirect_leads_to_another_host(web: Web, emulator: Emulator) -> None:
    emulator.faults.add(Fault(effect=Redirect(location="http://localhost:9/x{path}", status=307)))
    response = web.get("acme-core/")
    assert response.status == 307
    assert response.headers["Location"] == f"http://localhost:9/x{urlsplit(emulator.index_url).path}acme-core/"


def test_login_page_comes_with_200(web: Web, emulator: Emulator) -> None:
    emulator.faults.add(Fault(effect=LoginPage()))
    response = web.get("acme-core/")
    assert (response.status, response.headers["Content-Type"]) == (200, "text/html; charset=UTF-8")
    assert b"<form>" in response.data


def test_malformed_json_does_not_parse(web: Web, emulator: Emulator) -> None:
    emulator.faults.add(Fault(effect=MalformedJson(), route=Route.PAGE))
    with pytest.raises(json.JSONDecodeError):
        web.get("acme-core/").json()


def test_fields_are_missing(web: Web, emulator: Emulator) -> None:
    emulator.faults.add(Fault(effect=MissingFields(fields=("size", "upload-time", "hashes"))))
    file = web.page("acme-core")["files"][0]
    assert set(file) == {"filename", "url", "hashes", "requires-python", "yanked"}
    assert file["hashes"] == {}


def test_effect_on_a_page_leaves_errors_as_they_are(web: Web, emulator: Emulator) -> None:
    emulator.faults.add(Fault(effect=MissingFields()), Fault(effect=MissingFields()))
    assert web.get("absent/").status == 404
    assert web.get("acme-core/", accept="text/html").status == 200


def test_page_is_compressed(web: Web, emulator: Emulator) -> None:
    emulator.faults.add(Fault(effect=Gzip(), route=Route.PAGE))
    response = web.get("acme-core/")
    assert response.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(response.data))["name"] == "acme-core"


def test_index_changes_between_requests(web: Web, emulator: Emulator) -> None:
    before = web.page("acme-core")
    emulator.faults.add(Fault(effect=ChangePage(drop_versions=("1.1",), new_hashes=True), times=None))
    after = web.page("acme-core")
    assert after["versions"] == ["1.0"]
    assert [file["filename"] for file in after["files"]] == ["acme_core-1.0-py3-none-any.whl"]
    assert after["files"][0]["hashes"]["sha256"] != before["files"][0]["hashes"]["sha256"]


def test_token_expires_at_a_certain_request(web: Web, emulator: Emulator) -> None:
    headers = {"Authorization": emulator.authorization()}
    emulator.faults.add(Fault(effect=ExpireTokens(), route=Route.ASSET, after=1))
    assert [web.get(ASSET, headers=headers).status for _ in range(4)] == [200, 401, 401, 401]
    assert web.get(ASSET).status == 200, "a fresh one is good"


def test_shaping_holds_every_response(web: Web, emulator: Emulator, large: str) -> None:
    emulator.shape(Shaping(latency=0.1))
    assert seconds(lambda: web.get("acme-core/")) >= 0.1
    emulator.shape(Shaping(per_request=1_000_000))
    assert seconds(lambda: web.get(large)) >= 0.25
    emulator.shape(Shaping(per_connection=1_000_000))
    assert seconds(lambda: web.get(large)) >= 0.25
    emulator.shape(Shaping(latency=60))
    emulator.shape(Shaping())
    assert web.get(large).status == 200


def test_total_rate_is_shared_by_connections(emulator: Emulator, large: str) -> None:
    emulator.shape(Shaping(total=2_000_000))
    clients = [Web(emulator=emulator) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        taken = seconds(lambda: list(pool.map(lambda client: client.get(large), clients)))
    assert taken >= 3 * 300_000 / 2_000_000 * 0.9


def test_stop_does_not_wait_for_slow_responses(packages: Path) -> None:
    emulator = Emulator(packages=packages)
    emulator.start()
    emulator.faults.add(Fault(effect=Latency(seconds=60)))
    parts = urlsplit(emulator.index_url)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)) as connection:
        connection.request("GET", parts.path)
        while not emulator.requests:
            time.sleep(0.01)
        assert seconds(emulator.stop) < 2


def test_admin_does_over_http_what_the_api_does(web: Web) -> None:
    web.admin("POST", "/faults", {"fault": "status", "status": 503, "retry_after": "1", "route": "page", "times": 2})
    web.admin("POST", "/faults", [{"fault": "missing-fields", "fields": ["size"], "after": 1, "path": "*core*"}])
    assert web.admin("GET", "/faults") == [
        {
            "fault": "status",
            "route": "page",
            "path": "*",
            "after": 0,
            "times": 2,
            "status": 503,
            "retry_after": "1",
            "error_type": None,
            "message": "fault on demand",
        },
        {"fault": "missing-fields", "route": "any", "path": "*core*", "after": 1, "times": 1, "fields": ["size"]},
    ]
    assert [web.get("acme-core/").status for _ in range(2)] == [503, 503]
    web.admin("DELETE", "/faults")
    assert web.admin("GET", "/faults") == []
    web.admin("PUT", "/shaping", {"latency": 0.01, "total": 1e9})
    assert web.admin("GET", "/shaping")["latency"] == 0.01
    web.admin("DELETE", "/shaping")
    assert [record["status"] for record in web.admin("GET", "/requests")] == [503, 503]
    web.admin("DELETE", "/requests")
    assert web.admin("GET", "/requests") == []


def test_admin_moves_tokens_and_clock(web: Web, emulator: Emulator) -> None:
    web.admin("PUT", "/tokens", {"value": "canary"})
    assert emulator.issue_token().value == "canary"
    assert web.admin("GET", "/tokens")[-1]["value"] == "canary"
    headers = {"Authorization": "Bearer canary"}
    assert web.get("acme-core/", headers=headers).status == 200
    web.admin("DELETE", "/tokens")
    assert web.get("acme-core/", headers=headers).status == 401
    emulator.issue_token()
    assert web.get("acme-core/", headers=headers).status == 200
    now = web.admin("GET", "/clock")["now"]
    assert web.admin("POST", "/clock", {"seconds": 50_000})["now"] == now + 50_000
    assert web.get("acme-core/", headers=headers).status == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/faults", {"fault": "nothing"}, 400),
        ("POST", "/faults", {"fault": "latency"}, 400),
        ("POST", "/faults", {"fault": "gzip", "route": "nowhere"}, 400),
        ("PUT", "/shaping", {"rate": 1}, 400),
        ("POST", "/clock", {}, 400),
        ("GET", "/nothing", None, 404),
    ],
)
def test_admin_refuses_what_it_does_not_know(
    web: Web, emulator: Emulator, method: str, path: str, body: Any, status: int
) -> None:
    response = web.pool.request(method, f"{emulator.admin_url}{path}", body=json.dumps(body) if body else None)
    assert response.status == status


def test_clock_of_the_system_cannot_be_moved() -> None:
    with Emulator() as emulator:
        response = urllib3.PoolManager().request("POST", f"{emulator.admin_url}/clock", body=b'{"seconds": 1}')
        assert response.status == 400
