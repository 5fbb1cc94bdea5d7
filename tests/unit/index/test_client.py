import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from ca_vendor.credential import Credential, FixedCredential, Secret
from ca_vendor.index import (
    HttpClient,
    IndexAnswerError,
    IndexClient,
    IndexNetworkError,
    NotAnIndexError,
    Patience,
    RefusedError,
    UnsafeRedirectError,
)
from ca_vendor.selection import DistributionFile, ProjectMissingError
from ca_vendor.wheel import read_wheel_metadata
from tests.distributions import build_wheel
from tests.loopback import Answer, Loopback, Received, Reply, in_turn, serving_ranges

FOO = NormalizedName("foo")
JSON = "application/vnd.pypi.simple.v1+json"
PAGE = Reply(
    body=json.dumps(
        {"meta": {"api-version": "1.0"}, "files": [{"filename": "foo-1.0.tar.gz", "url": "foo-1.0.tar.gz"}]}
    ).encode(),
    headers={"Content-Type": JSON},
)
DATA = bytes(range(256)) * 1024
PATIENCE = Patience(connect=5, silence=10, total=30, cold_import=0.2, first_pause=0.001, longest_pause=0.05)


def client(server: Loopback, *, patience: Patience = PATIENCE, refusal_hint: str = "") -> IndexClient:
    credentials = FixedCredential(Credential(username="aws", password=Secret("token")))
    return IndexClient(
        url=f"{server.url}simple",
        credentials=credentials,
        http=HttpClient(patience=patience),
        refusal_hint=refusal_hint,
    )


def wheel(server: Loopback) -> DistributionFile:
    return DistributionFile(filename="foo-1.0-py3-none-any.whl", url=f"{server.url}files/foo-1.0-py3-none-any.whl")


def download(answer: Answer, *, patience: Patience = PATIENCE) -> tuple[bytes, list[str | None]]:
    """Return a file's bytes, and the Range of each request it took."""
    with Loopback(answer) as server:
        data = b"".join(client(server, patience=patience).stream_file(wheel(server)))
        return data, [request["Range"] for request in server.requests]


def test_page_is_asked_for_below_the_index_with_its_credential() -> None:
    with Loopback(lambda _: PAGE) as server:
        page = client(server).fetch_page(FOO)
        [request] = server.requests
        assert page.url == f"{server.url}simple/foo/"
        assert [file.url for file in page.files] == [f"{server.url}simple/foo/foo-1.0.tar.gz"]
    assert request.path == "/simple/foo/"
    assert (request["Accept"] or "").startswith(JSON)
    assert request["Authorization"] is not None


def test_relative_urls_are_of_where_a_redirect_led() -> None:
    def answer(request: Received) -> Reply:
        return PAGE if request.path == "/other/foo/" else Reply(status=301, headers={"Location": "/other/foo/"})

    with Loopback(answer) as server:
        [file] = client(server).fetch_page(FOO).files
        assert file.url == f"{server.url}other/foo/foo-1.0.tar.gz"


def test_compressed_page_is_read() -> None:
    headers = {**PAGE.headers, "Content-Encoding": "gzip"}
    with Loopback(lambda _: Reply(body=gzip.compress(PAGE.body), headers=headers)) as server:
        assert len(client(server).fetch_page(FOO).files) == 1


def test_missing_project_is_told_with_the_index_it_is_missing_from() -> None:
    with Loopback(lambda _: Reply(status=404)) as server:
        with pytest.raises(ProjectMissingError, match="there is no project `foo` on http://127") as caught:
            client(server).fetch_page(FOO)
        assert len(server.requests) == 1
        assert caught.value.index == f"{server.url}simple/"


def test_page_that_breaks_off_is_asked_for_again() -> None:
    broken = Reply(body=PAGE.body[:20], headers=PAGE.headers, announced=len(PAGE.body))
    with Loopback(in_turn(broken, broken, PAGE)) as server:
        assert len(client(server).fetch_page(FOO).files) == 1
        assert len(server.requests) == 3


def test_page_that_keeps_breaking_off_is_told() -> None:
    with Loopback(lambda _: Reply(body=b"{", headers=PAGE.headers, announced=50)) as server:
        with pytest.raises(IndexNetworkError, match="broke off"):
            client(server).fetch_page(FOO)
        assert len(server.requests) > 1


def test_login_page_is_told() -> None:
    reply = Reply(body=b"<form><input type=password></form>", headers={"Content-Type": "text/html"})
    with Loopback(lambda _: reply) as server, pytest.raises(NotAnIndexError, match="perhaps a login page"):
        client(server).fetch_page(FOO)


@pytest.mark.parametrize("status", [206, 304, 406, 416])
def test_other_answer_than_a_page_is_told(status: int) -> None:
    with Loopback(lambda _: Reply(status=status)) as server, pytest.raises(IndexAnswerError, match=f"HTTP {status}"):
        client(server).fetch_page(FOO)


@pytest.mark.parametrize(("status", "hint"), [(403, "ask your admin"), (401, "has expired")])
def test_refusal_ends_with_the_hint_of_who_opened_the_index(status: int, hint: str) -> None:
    with Loopback(lambda _: Reply(status=status)) as server, pytest.raises(RefusedError) as caught:
        client(server, refusal_hint="ask your admin").fetch_page(FOO)
    assert hint in caught.value.hint


def test_metadata_beside_a_file_is_read() -> None:
    with Loopback(lambda _: Reply(body=b"Name: foo\n")) as server:
        assert client(server).fetch_metadata_file(wheel(server)) == b"Name: foo\n"
        assert server.paths == ["/files/foo-1.0-py3-none-any.whl.metadata"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=404),
        Reply(body=b"N", announced=50),
        Reply(body=gzip.compress(bytes(9 << 20)), headers={"Content-Encoding": "gzip"}),
        Reply(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
    ],
    ids=["missing", "broken-off", "bomb", "not-gzip"],
)
def test_metadata_that_is_not_there_after_all_is_none(reply: Reply) -> None:
    with Loopback(lambda _: reply) as server:
        assert client(server).fetch_metadata_file(wheel(server)) is None


def test_file_is_streamed_as_it_is() -> None:
    data, ranges = download(lambda _: Reply(body=DATA))
    assert (data, ranges) == (DATA, [None])


def test_file_is_not_decompressed_on_its_way() -> None:
    packed = gzip.compress(DATA)
    data, _ = download(lambda _: Reply(body=packed, headers={"Content-Encoding": "gzip"}))
    assert data == packed


def test_file_that_breaks_off_is_resumed_where_it_broke() -> None:
    ranges = serving_ranges(DATA)

    def answer(request: Received) -> Reply:
        whole = ranges(request)
        return whole if request["Range"] else Reply(body=DATA[:100_000], announced=len(DATA))

    data, asked = download(answer)
    assert data == DATA
    assert asked == [None, "bytes=100000-"]


def test_file_that_breaks_off_is_restarted_where_ranges_are_not_honoured() -> None:
    data, asked = download(in_turn(Reply(body=DATA[:100_000], announced=len(DATA)), Reply(body=DATA)))
    assert data == DATA
    assert asked == [None, "bytes=100000-"]


@pytest.mark.parametrize(
    "wrong",
    [
        Reply(status=206, body=DATA[5:], headers={"Content-Range": f"bytes 5-{len(DATA) - 1}/{len(DATA)}"}),
        Reply(status=206, body=DATA[5:]),
        Reply(status=416),
    ],
    ids=["another-range", "no-range", "unsatisfiable"],
)
def test_wrong_range_is_not_taken_for_the_rest(wrong: Reply) -> None:
    data, asked = download(in_turn(Reply(body=DATA[:100_000], announced=len(DATA)), wrong, Reply(body=DATA)))
    assert data == DATA
    assert asked == [None, "bytes=100000-", None]


def test_file_that_breaks_off_often_but_gets_on_arrives() -> None:
    step = 1 << 16

    def answer(request: Received) -> Reply:
        start = int((request["Range"] or "bytes=0-")[6:-1])
        body = DATA[start : start + step]
        headers = {"Content-Range": f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"}
        return Reply(status=206 if start else 200, body=body, headers=headers, announced=len(DATA) - start)

    data, asked = download(answer)
    assert data == DATA
    assert len(asked) == len(DATA) // step


@pytest.mark.parametrize("size", [0, 10])
def test_file_that_does_not_get_on_is_told(size: int) -> None:
    with pytest.raises(IndexNetworkError, match=f"the file broke off after {size} bytes"):
        download(lambda _: Reply(body=DATA[:size], announced=len(DATA)))


def test_file_that_trickles_is_told() -> None:
    patience = Patience(silence=5, total=0.4, first_pause=0.001)
    with pytest.raises(IndexNetworkError, match=r"only \d+ bytes came in 0 s"):
        download(lambda _: Reply(body=DATA, piece=(10, 0.02)), patience=patience)


def test_page_that_trickles_is_told() -> None:
    body = PAGE.body + b" " * 1_000_000
    reply = Reply(body=body, headers=PAGE.headers, piece=(40_000, 0.05))
    with Loopback(lambda _: reply) as server, pytest.raises(IndexNetworkError, match="did not end in"):
        client(server, patience=Patience(silence=5, total=0.4, first_pause=0.001)).fetch_page(FOO)


@pytest.mark.parametrize("status", [304, 404, 406])
def test_file_that_is_not_there_is_told_by_its_status(status: int) -> None:
    with pytest.raises(IndexAnswerError) as caught:
        download(lambda _: Reply(status=status))
    assert caught.value.status == status


@pytest.fixture
def large(tmp_path: Path) -> bytes:
    """A wheel whose METADATA is not among its last bytes."""
    path = build_wheel(tmp_path, "foo", "1.0", requires=["bar"])
    body = io.BytesIO()
    with zipfile.ZipFile(path) as small, zipfile.ZipFile(body, "w") as archive:
        archive.writestr("foo/data", bytes(300_000))
        for name in small.namelist():
            archive.writestr(name, small.read(name))
        archive.writestr("foo/more", bytes(300_000))
    return body.getvalue()


def test_metadata_is_read_from_the_end_of_a_file_in_few_ranges(large: bytes) -> None:
    with Loopback(serving_ranges(large)) as server:
        tail = client(server).open_tail(wheel(server))
        assert isinstance(tail, io.BufferedReader)
        with tail:
            assert b"Requires-Dist: bar" in read_wheel_metadata(tail, filename="foo-1.0-py3-none-any.whl")
        assert server.requests[0]["Range"] == "bytes=-65536"
        assert len(server.requests) <= 3


@pytest.mark.parametrize("size", [10, 65_536])
def test_file_whose_end_is_all_of_it_has_come_whole(size: int) -> None:
    with Loopback(serving_ranges(DATA[:size])) as server:
        chunks = client(server).open_tail(wheel(server))
        assert not isinstance(chunks, io.BufferedReader)
        assert b"".join(chunks) == DATA[:size]
        assert len(server.requests) == 1


def test_file_that_is_longer_than_its_end_is_read_in_ranges() -> None:
    with Loopback(serving_ranges(DATA[:65_537])) as server:
        tail = client(server).open_tail(wheel(server))
        assert isinstance(tail, io.BufferedReader)
        with tail:
            assert tail.read() == DATA[:65_537]


@pytest.mark.parametrize(
    "first",
    [
        Reply(body=DATA),
        Reply(status=206, body=DATA[-10:]),
        Reply(
            status=206,
            body=DATA[-10:],
            headers={"Content-Range": f"bytes {len(DATA) - 20}-{len(DATA) - 1}/{len(DATA)}"},
        ),
        Reply(
            status=206,
            body=DATA[-5:],
            announced=10,
            headers={"Content-Range": f"bytes {len(DATA) - 10}-{len(DATA) - 1}/{len(DATA)}"},
        ),
        Reply(status=206, body=DATA[-10:], headers={"Content-Range": f"bytes {len(DATA) - 10}-{len(DATA) - 1}/*"}),
        Reply(status=416),
    ],
    ids=["not-honoured", "no-range", "short", "broken-off", "size-unknown", "unsatisfiable"],
)
def test_whole_file_comes_where_its_end_cannot_be_had(first: Reply) -> None:
    with Loopback(in_turn(first, Reply(body=DATA))) as server:
        chunks = client(server).open_tail(wheel(server))
        assert not isinstance(chunks, io.BufferedReader)
        assert b"".join(chunks) == DATA


@pytest.mark.parametrize(
    ("later", "problem"),
    [
        (Reply(status=200, body=DATA), "HTTP 200"),
        (Reply(status=206, body=b"short"), "wrong length"),
        (Reply(status=206, body=b"short", announced=50), "broke off"),
    ],
    ids=["no-range", "short", "broken-off"],
)
def test_part_of_a_file_that_is_not_what_was_asked_for_is_told(large: bytes, later: Reply, problem: str) -> None:
    ranges = serving_ranges(large)
    with Loopback(lambda request: ranges(request) if request["Range"] == "bytes=-65536" else later) as server:
        tail = client(server).open_tail(wheel(server))
        assert isinstance(tail, io.BufferedReader)
        with tail, pytest.raises((IndexNetworkError, IndexAnswerError), match=problem):
            read_wheel_metadata(tail, filename="foo-1.0-py3-none-any.whl")


@pytest.mark.parametrize("method", ["stream_file", "open_tail", "fetch_metadata_file"])
def test_file_without_tls_of_an_https_index_is_not_asked_for(method: str) -> None:
    index = IndexClient(url="https://index.example/simple/", credentials=FixedCredential(), http=HttpClient())
    file = DistributionFile(filename="foo.whl", url="http://index.example/foo.whl?secret")
    with pytest.raises(UnsafeRedirectError, match="without TLS") as caught:
        getattr(index, method)(file)
    assert "secret" not in str(caught.value)
