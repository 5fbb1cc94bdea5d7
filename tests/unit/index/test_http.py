import logging
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate

import pytest
import urllib3

from ca_vendor.credential import Credential, FixedCredential, Secret
from ca_vendor.errors import ExitCode
from ca_vendor.index import (
    HttpClient,
    IndexAnswerError,
    IndexNetworkError,
    Patience,
    RefusedError,
    UnsafeRedirectError,
)
from ca_vendor.index.origin import Origin
from tests.loopback import Loopback, Received, Reply, in_turn

IMPATIENCE = Patience(connect=5, silence=10, total=30, cold_import=1, first_pause=0.001, longest_pause=0.1)


def credential(token: str) -> Credential:
    return Credential(username="aws", password=Secret(token))


@dataclass
class Tokens:
    """Credentials that are renewed as told."""

    tokens: list[str]
    refused: list[str] = field(default_factory=list)

    def current(self) -> Credential:
        return credential(self.tokens[0])

    def renewed(self, refused: Credential) -> Credential | None:
        self.refused.append(refused.password.reveal())
        return credential(self.tokens[len(self.refused)]) if len(self.refused) < len(self.tokens) else None


def get(
    server: Loopback,
    path: str = "",
    *,
    tokens: Tokens | None = None,
    origin: str | None = None,
    headers: Mapping[str, str] | None = None,
    waits_for_import: bool = False,
    patience: Patience = IMPATIENCE,
) -> urllib3.BaseHTTPResponse:
    response = HttpClient(patience=patience).get(
        f"{server.url}{path}",
        credentials=tokens or FixedCredential(),
        origin=Origin.of(origin or server.url),
        headers=headers or {},
        waits_for_import=waits_for_import,
    )
    response.read()
    response.close()
    return response


@pytest.mark.parametrize("status", [200, 206, 304, 404, 406, 416])
def test_answer_that_says_something_is_returned_at_once(status: int) -> None:
    with Loopback(lambda _: Reply(status=status)) as server:
        assert get(server).status == status
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_answer_that_may_pass_is_asked_for_again(status: int) -> None:
    with Loopback(in_turn(Reply(status=status), Reply(status=status), Reply(body=b"page"))) as server:
        assert get(server).status == 200
        assert len(server.requests) == 3


def test_answer_that_does_not_pass_ends_with_its_status_and_the_number_of_tries() -> None:
    patience = Patience(total=1.5, first_pause=0.05, longest_pause=0.1)
    with Loopback(lambda _: Reply(status=503)) as server:
        with pytest.raises(IndexAnswerError, match=r"HTTP 503, \d+ times") as caught:
            get(server, patience=patience)
        assert len(server.requests) > 1
    assert caught.value.status == 503
    assert caught.value.exit_code is ExitCode.INDEX


@pytest.mark.parametrize("status", [400, 410, 451, 501])
def test_answer_that_will_not_pass_is_not_asked_for_again(status: int) -> None:
    with Loopback(lambda _: Reply(status=status)) as server:
        with pytest.raises(IndexAnswerError, match=rf"HTTP {status}\n"):
            get(server)
        assert len(server.requests) == 1


def test_pause_that_the_index_asks_for_is_kept() -> None:
    with Loopback(in_turn(Reply(status=429, headers={"Retry-After": "1"}), Reply())) as server:
        began = time.monotonic()
        get(server, patience=Patience(total=10, first_pause=0.001, longest_pause=5))
        assert time.monotonic() - began >= 1


def test_pause_may_be_given_as_a_date() -> None:
    replies = in_turn(Reply(status=503, headers={"Retry-After": formatdate(time.time() - 60, usegmt=True)}), Reply())
    with Loopback(replies) as server:
        assert get(server).status == 200


@pytest.mark.parametrize("value", ["3600", "Fri, 01 Jan 2199 00:00:00 GMT", "9" * 400])
def test_pause_that_is_too_long_ends_the_run_at_once(value: str) -> None:
    with Loopback(lambda _: Reply(status=503, headers={"Retry-After": value})) as server:
        with pytest.raises(IndexAnswerError, match="HTTP 503"):
            get(server)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "value", ["soon", "²", "-5", "1.5", "Mon, 99 Foo 0000 00:00:00 GMT", "Fri, 01 Jan 0001 00:00:00"]
)
def test_pause_that_makes_no_sense_does_not_matter(value: str) -> None:
    with Loopback(in_turn(Reply(status=503, headers={"Retry-After": value}), Reply())) as server:
        assert get(server).status == 200


def test_listed_file_that_is_being_imported_is_waited_for() -> None:
    with Loopback(in_turn(Reply(status=404), Reply(status=404), Reply(body=b"wheel"))) as server:
        patience = Patience(total=20, cold_import=20, first_pause=0.001)
        assert get(server, waits_for_import=True, patience=patience).status == 200


def test_file_that_is_never_imported_is_missing() -> None:
    with Loopback(lambda _: Reply(status=404)) as server:
        began = time.monotonic()
        assert get(server, waits_for_import=True).status == 404
        assert len(server.requests) > 1
        assert time.monotonic() - began < 20


def test_credential_is_sent_and_renewed_once_when_it_is_refused() -> None:
    tokens = Tokens(["old", "new"])
    fresh = credential("new").authorization()
    with Loopback(lambda request: Reply(status=200 if request["Authorization"] == fresh else 401)) as server:
        assert get(server, tokens=tokens).status == 200
        assert len(server.requests) == 2
    assert tokens.refused == ["old"]


@pytest.mark.parametrize("tokens", [Tokens(["old", "new", "newer"]), Tokens(["old"])], ids=["renewed", "fixed"])
def test_credential_that_is_refused_again_is_told(tokens: Tokens) -> None:
    with Loopback(lambda _: Reply(status=401, body=b"no")) as server:
        with pytest.raises(RefusedError, match="did not accept the credentials") as caught:
            get(server, tokens=tokens)
        assert len(server.requests) == min(2, len(tokens.tokens))
    assert len(tokens.refused) == 1
    assert caught.value.exit_code is ExitCode.REFUSED
    assert "old" not in str(caught.value)


def test_index_that_wants_a_credential_is_told_when_there_is_none() -> None:
    with Loopback(lambda _: Reply(status=401)) as server, pytest.raises(RefusedError, match="none were found"):
        get(server)


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (
            b'{"message":"not authorized to perform\\n codeartifact:ReadFromRepository"}',
            "application/json",
            "ReadFromRepository",
        ),
        (b"access \x1b[31mdenied\x00", "text/plain", "access [31mdenied"),
        (b"<html>sign in</html>", "text/html", ""),
        (b"", "text/plain", ""),
    ],
)
def test_refusal_is_told_with_what_the_index_says(body: bytes, content_type: str, said: str) -> None:
    with Loopback(lambda _: Reply(status=403, body=body, headers={"Content-Type": content_type})) as server:
        with pytest.raises(RefusedError, match="HTTP 403") as caught:
            get(server, tokens=Tokens(["secret"]))
        assert len(server.requests) == 1
    assert said in "".join(caught.value.details[1:])
    assert all(character.isprintable() for line in caught.value.details for character in line)


def test_refusal_that_breaks_off_is_told_all_the_same() -> None:
    with Loopback(lambda _: Reply(status=403, body=b"no", announced=50)) as server, pytest.raises(RefusedError):
        get(server)


def test_redirect_within_the_index_carries_the_credential() -> None:
    def answer(request: Received) -> Reply:
        return Reply(status=302, headers={"Location": "/there"}) if request.path == "/here" else Reply(body=b"x")

    with Loopback(answer) as server:
        assert get(server, "here", tokens=Tokens(["token"])).status == 200
        assert server.paths == ["/here", "/there"]
        assert [request["Authorization"] is not None for request in server.requests] == [True, True]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_to_another_origin_carries_no_credential(status: int) -> None:
    with (
        Loopback(lambda _: Reply(body=b"x")) as other,
        Loopback(lambda _: Reply(status=status, headers={"Location": f"{other.url}file?signed=1"})) as server,
    ):
        assert get(server, tokens=Tokens(["token"])).status == 200
        assert server.requests[0]["Authorization"] is not None
        assert other.requests[0]["Authorization"] is None


def test_file_on_another_origin_is_asked_for_without_credential() -> None:
    tokens = Tokens(["token"])
    with Loopback(lambda _: Reply()) as server:
        get(server, tokens=tokens, origin="http://127.0.0.1:1/")
        get(server, tokens=tokens, origin=server.url.replace("http:", "https:"))
        get(server, tokens=tokens, origin=server.url.replace("127.0.0.1", "localhost"))
        assert [request["Authorization"] for request in server.requests] == [None] * 3


def test_redirect_in_a_loop_is_not_followed_for_ever() -> None:
    with Loopback(lambda _: Reply(status=302, headers={"Location": "/again"})) as server:
        with pytest.raises(UnsafeRedirectError, match="more than 5 in a row"):
            get(server)
        assert len(server.requests) == 6


def test_redirect_without_a_location_is_a_useless_answer() -> None:
    with Loopback(lambda _: Reply(status=302)) as server, pytest.raises(IndexAnswerError, match="HTTP 302"):
        get(server)


def test_redirect_to_no_url_is_not_followed() -> None:
    with (
        Loopback(lambda _: Reply(status=302, headers={"Location": "http://[half"})) as server,
        pytest.raises(UnsafeRedirectError, match="leads to no URL"),
    ):
        get(server)


def test_index_that_is_not_there_is_told_after_some_tries() -> None:
    with Loopback(lambda _: Reply()) as server:
        gone = server
    with pytest.raises(IndexNetworkError, match="the connection was refused") as caught:
        get(gone)
    assert caught.value.exit_code is ExitCode.INDEX


def test_index_that_falls_silent_is_told() -> None:
    with (
        Loopback(lambda _: Reply(delay=5)) as server,
        pytest.raises(IndexNetworkError, match="it fell silent"),
    ):
        get(server, patience=Patience(silence=0.1, total=0.3, first_pause=0.001))


def test_client_that_is_stopped_gives_up_at_once() -> None:
    client = HttpClient(patience=Patience(silence=20, total=60, first_pause=0.001))
    with Loopback(lambda _: Reply(delay=20)) as server:
        threading.Timer(0.2, client.stop).start()
        began = time.monotonic()
        with pytest.raises(IndexNetworkError):
            client.get(server.url, credentials=FixedCredential(), origin=Origin.of(server.url), headers={})
        assert time.monotonic() - began < 5


def test_host_without_an_address_is_told() -> None:
    with pytest.raises(IndexNetworkError, match="cannot be reached"):
        HttpClient(patience=IMPATIENCE).get(
            "http://nowhere.invalid/", credentials=FixedCredential(), origin=Origin.of("http://x/"), headers={}
        )


def test_requests_are_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="ca_vendor")
    with Loopback(lambda _: Reply()) as server:
        get(server, "file?signature=hunter2", tokens=Tokens(["hunter2"]))
    assert "200 http://127.0.0.1" in caplog.text
    assert "hunter2" not in caplog.text


def test_loopback_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback(lambda _: Reply(status=503)) as proxy, Loopback(lambda _: Reply()) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert get(server).status == 200
        assert proxy.requests == []


def test_other_hosts_are_asked_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback(lambda _: Reply(body=b"through")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "direct.invalid")
        client = HttpClient(patience=IMPATIENCE)
        for _ in range(2):
            response = client.get(
                "http://index.invalid/x", credentials=FixedCredential(), origin=Origin.of("http://x/"), headers={}
            )
            assert response.read() == b"through"
        assert proxy.paths == ["http://index.invalid/x"] * 2
        with pytest.raises(IndexNetworkError):
            client.get(
                "http://direct.invalid/", credentials=FixedCredential(), origin=Origin.of("http://x/"), headers={}
            )
        assert len(proxy.requests) == 2


@pytest.mark.parametrize("proxy", ["http://[half", "nonsense://proxy.invalid"])
def test_proxy_variable_that_holds_no_url_is_told(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(IndexNetworkError):
        HttpClient(patience=Patience(total=1, first_pause=0.001)).get(
            "http://index.invalid/", credentials=FixedCredential(), origin=Origin.of("http://x/"), headers={}
        )


def test_answer_whose_head_comes_drop_by_drop_is_not_waited_for() -> None:
    def drip(listener: socket.socket) -> None:
        with listener.accept()[0] as connection, suppress(OSError):
            connection.recv(4096)
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
                connection.send(bytes([byte]))
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(IndexNetworkError, match="it fell silent"):
            HttpClient(patience=Patience(silence=0.5, total=0.5, first_pause=2)).get(
                url, credentials=FixedCredential(), origin=Origin.of(url), headers={}
            )
        assert time.monotonic() - began < 5


def test_headers_are_sent() -> None:
    with Loopback(lambda _: Reply()) as server:
        get(server, headers={"Range": "bytes=0-1"})
        assert server.requests[0]["Range"] == "bytes=0-1"
