"""The simple index and the assets, as bare HTTP shows them."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
import urllib3
from mousebender import simple

from ca_vendor.emulator import Emulator, ManualClock, RequestLog, Upstream
from ca_vendor.emulator.delivery import Shaper
from ca_vendor.emulator.messages import Request, Response, not_found
from ca_vendor.emulator.server import LoopbackServer
from tests.integration.emulator.conftest import Web

HTML = "text/html; charset=UTF-8"
JSON = "application/vnd.pypi.simple.v1+json"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_request_without_credentials_is_challenged(web: Web) -> None:
    response = web.get("acme-core/", headers={})
    assert response.status == 401
    schemes = [value.split()[0] for value in response.headers.getlist("WWW-Authenticate")]
    assert schemes == ["Bearer", "Basic"]
    assert b"Unauthenticated: request did not include an Authorization header." in response.data
    assert b"Please provide your credentials." in response.data


def test_basic_is_taken(web: Web, emulator: Emulator) -> None:
    assert web.get("acme-core/", headers=basic("aws", emulator.issue_token().value)).status == 200


def test_bearer_is_taken(web: Web, emulator: Emulator) -> None:
    headers = {"Authorization": f"Bearer {emulator.issue_token().value}"}
    assert web.get("acme-core/", headers=headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        basic("aws", "wrong"),
        basic("aws", "a.b.c.d.e"),
        {"Authorization": "Basic !"},
        {"Authorization": "Basic /w=="},
        {"Authorization": "Bearer"},
        {"Authorization": "Digest x"},
    ],
)
def test_wrong_token_is_refused(web: Web, headers: Mapping[str, str]) -> None:
    assert web.get("acme-core/", headers=headers).status == 401


def test_user_other_than_aws_is_refused(web: Web, emulator: Emulator) -> None:
    assert web.get("acme-core/", headers=basic("me", emulator.issue_token().value)).status == 401


def test_expired_token_is_refused(web: Web, emulator: Emulator, clock: ManualClock) -> None:
    headers = basic("aws", emulator.issue_token(seconds=900).value)
    clock.advance(899)
    assert web.get("acme-core/", headers=headers).status == 200
    clock.advance(1)
    assert web.get("acme-core/", headers=headers).status == 401


def test_token_of_another_domain_is_refused(web: Web, emulator: Emulator) -> None:
    emulator.create_domain("second")
    token = emulator.issue_token(domain="second").value
    assert web.get("acme-core/", headers=basic("aws", token)).status == 401


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (JSON, JSON),
        ("application/vnd.pypi.simple.latest+json", JSON),
        ("application/vnd.pypi.simple.v1+html", HTML),
        ("application/vnd.pypi.simple.latest+html", HTML),
        ("text/html", HTML),
        ("*/*", HTML),
        (None, HTML),
        (f"{JSON}, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01", JSON),
        (f"{JSON};q=0.1, text/html", HTML),
    ],
)
def test_page_is_in_the_form_accepted(web: Web, accept: str | None, content_type: str) -> None:
    response = web.get("acme-core/", accept=accept)
    assert response.status == 200
    assert response.headers["Content-Type"] == content_type


def test_unsupported_form_is_not_acceptable(web: Web) -> None:
    assert web.get("acme-core/", accept="application/xml").status == 406


def test_format_parameter_is_ignored(web: Web) -> None:
    response = web.get(f"acme-core/?format={JSON}", accept="text/html")
    assert response.headers["Content-Type"] == HTML


def test_both_forms_say_the_same(web: Web) -> None:
    page = web.page("acme-core")
    text = web.get("acme-core/", accept="text/html").data.decode()
    parsed = simple.parse_project_details(text, "text/html", "acme-core")
    for shown, told in zip(parsed["files"], page["files"], strict=True):
        assert shown["filename"] == told["filename"]
        assert shown["url"] == told["url"]
        assert shown["requires-python"] == told["requires-python"]
        assert shown["hashes"] == {"sha256": told["hashes"]["sha256"]}


@pytest.mark.parametrize("spelling", ["Acme.Core", "acme_core", "ACME--core"])
def test_names_are_normalised(web: Web, spelling: str) -> None:
    assert web.get(f"{spelling}/").data == web.get("acme-core/").data


@pytest.mark.parametrize(
    "path",
    [
        "absent/",
        "",
        "acme-core/json",
        "acme-core/1.0/acme_core-1.0-py3-none-any.whl.metadata",
        "acme-core/1.0/absent.whl",
        "acme-core//1.0/acme_core-1.0-py3-none-any.whl",
        "/acme-core/",
        "acme-core/1.0/acme_core-1.1-py3-none-any.whl",
        "acme-core/1.0/",
    ],
    ids=["package", "root", "json", "metadata", "file", "double slash", "first slash", "version", "directory"],
)
def test_what_there_is_not_is_not_found(web: Web, path: str) -> None:
    assert web.get(path).status == 404


@pytest.mark.parametrize("path", ["pypi/acme-core/json", "acme-core/json", "", "other/d/x/"])
def test_other_interfaces_are_not_found(web: Web, emulator: Emulator, path: str) -> None:
    assert web.get(f"{emulator.repository_endpoint}{path}").status == 404


def test_index_of_an_unknown_repository_is_not_found(web: Web, emulator: Emulator) -> None:
    url = f"{emulator.endpoint_url}/pypi/d/acme-111122223333/absent/simple/acme-core/"
    assert web.get(url).status == 404
    assert web.get(f"{emulator.endpoint_url}/somewhere").status == 404


def test_page_without_its_slash_is_redirected(web: Web) -> None:
    response = web.get("acme-core")
    assert (response.status, response.headers["Location"]) == (301, "acme-core/")


def test_json_page_has_relative_urls_and_all_that_is_documented(web: Web, packages: Path) -> None:
    page = web.page("acme-core")
    content = (packages / "acme_core-1.0-py3-none-any.whl").read_bytes()
    assert page["meta"] == {"api-version": "1.1"}
    assert page["name"] == "acme-core"
    assert page["versions"] == ["1.0", "1.1"]
    file = page["files"][0]
    assert file.pop("upload-time").endswith("Z")
    assert file == {
        "filename": "acme_core-1.0-py3-none-any.whl",
        "url": "1.0/acme_core-1.0-py3-none-any.whl",
        "hashes": {name: hashlib.new(name, content).hexdigest() for name in ("sha256", "sha512", "md5")},
        "requires-python": ">=3.8",
        "size": len(content),
        "yanked": False,
    }


def test_html_page_escapes_requires_python(web: Web) -> None:
    text = web.get("acme-core/", accept="text/html").data.decode()
    digest = web.page("acme-core")["files"][1]["hashes"]["sha256"]
    assert (
        f'<a href="1.1/acme_core-1.1-py3-none-any.whl#sha256={digest}"'
        ' data-requires-python="&gt;=3.8,&lt;4" data-gpg-sig="false" >acme_core-1.1-py3-none-any.whl</a>'
    ) in text
    assert "<base" not in text


def test_own_files_have_sha512_and_external_ones_have_not(web: Web) -> None:
    assert set(web.page("acme-core")["files"][0]["hashes"]) == {"sha256", "sha512", "md5"}
    assert set(web.page("markupsafe")["files"][0]["hashes"]) == {"sha256", "md5"}


@pytest.fixture
def index() -> Iterator[LoopbackServer]:
    """An index whose pages say what the emulator's own cannot."""
    content = b"not really a wheel"
    digest = hashlib.sha256(content).hexdigest()

    def file(name: str, **members: object) -> dict[str, object]:
        return {"filename": name, "url": f"../../files/{name}", "hashes": {"sha256": digest}, **members}

    files = [
        file("old-1.0-py3-none-any.whl", yanked='broken "build" <1>'),
        file("old-1.1-py3-none-any.whl", yanked=True, **{"core-metadata": True}),
        file("old-1.2-py2.4.egg"),
        file("old-1.2.tar.gz", size=len(content), yanked=False),
        {**file("old-1.3-py3-none-any.whl"), "hashes": {"sha256": "0" * 64}},
        {**file("old-1.4-py3-none-any.whl"), "url": "../../absent"},
    ]

    def answer(request: Request) -> Response:
        if request.path == "/simple/old/":
            page = {"meta": {"api-version": "1.1"}, "name": "old", "versions": [], "files": files}
            return Response(headers=(("Content-Type", JSON),), body=json.dumps(page).encode())
        if request.path == "/simple/login/":
            return Response(headers=(("Content-Type", "text/plain"),), body=b"sign in")
        if request.path == "/simple/down/":
            return Response(status=403)
        if request.path.startswith("/files/"):
            return Response(body=content)
        raise not_found("path", request.path)

    server = LoopbackServer(answer, port=0, log=RequestLog(), shaper=Shaper())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def over(index: LoopbackServer) -> Iterator[Web]:
    """An emulator over that index."""
    with Emulator(upstream=Upstream(url=f"http://127.0.0.1:{index.port}/simple")) as emulator:
        yield Web(emulator=emulator)


def test_yanked_is_shown_in_both_forms(over: Web) -> None:
    yanked = {file["filename"]: file["yanked"] for file in over.page("old")["files"]}
    assert yanked["old-1.0-py3-none-any.whl"] == 'broken "build" <1>'
    assert yanked["old-1.1-py3-none-any.whl"] is True
    assert yanked["old-1.2.tar.gz"] is False
    text = over.get("old/", accept="text/html").data.decode()
    assert 'data-yanked="broken &quot;build&quot; &lt;1&gt;" data-gpg-sig="false" >' in text
    assert 'data-yanked="" data-gpg-sig="false" >old-1.1' in text


def test_what_the_upstream_does_not_say_is_missing(over: Web) -> None:
    page = over.page("old")
    assert page["versions"] == ["1.0", "1.1", "1.2", "1.3", "1.4"]
    assert "old-1.2-py2.4.egg" not in {file["filename"] for file in page["files"]}
    assert not {"size", "upload-time", "core-metadata"} & set(page["files"][0])
    assert over.get("old/1.0/old-1.0-py3-none-any.whl").data == b"not really a wheel"


def test_upstream_that_fails_is_a_bad_gateway(over: Web) -> None:
    assert over.get("login/").status == 502
    assert over.get("down/").status == 502
    assert over.get("absent/").status == 404


@pytest.mark.parametrize("version", ["1.3", "1.4"], ids=["wrong hash", "absent"])
def test_bad_upstream_file_is_never_had_whole(over: Web, version: str) -> None:
    for _ in range(2):
        # Refused when the failure is known in time, else cut.
        with suppress(urllib3.exceptions.ProtocolError):
            assert over.get(f"old/{version}/old-{version}-py3-none-any.whl").status == 502


def test_range_is_ignored(web: Web, emulator: Emulator, packages: Path) -> None:
    headers = {"Authorization": emulator.authorization(), "Range": "bytes=10-19"}
    response = web.get("acme-core/1.0/acme_core-1.0-py3-none-any.whl", headers=headers)
    assert response.status == 200
    assert response.data == (packages / "acme_core-1.0-py3-none-any.whl").read_bytes()
    assert not {"Accept-Ranges", "ETag", "Last-Modified"} & set(response.headers)


def test_head_has_the_length_and_no_body(web: Web, packages: Path) -> None:
    response = web.get("acme-core/1.0/acme_core-1.0-py3-none-any.whl", method="HEAD")
    size = (packages / "acme_core-1.0-py3-none-any.whl").stat().st_size
    assert (response.headers["Content-Length"], response.data) == (str(size), b"")
    assert web.get("acme-core/").status == 200, "the connection is in order"


def test_pages_are_html_for_everyone_on_request(packages: Path) -> None:
    with Emulator(packages=packages, html_only=True) as emulator:
        assert Web(emulator=emulator).get("acme-core/").headers["Content-Type"] == HTML


def test_asset_is_absent_while_it_is_imported(packages: Path, upstream: Upstream, clock: ManualClock) -> None:
    with Emulator(packages=packages, upstream=upstream, clock=clock, import_seconds=1.5) as emulator:
        web = Web(emulator=emulator)
        url = f"markupsafe/{web.page('markupsafe')['files'][0]['url']}"
        assert web.get(url).status == 404
        clock.advance(1.4)
        assert web.get(url).status == 404
        clock.advance(0.1)
        assert web.get(url).status == 200
        own = f"acme-core/{web.page('acme-core')['files'][0]['url']}"
        assert web.get(own).status == 200, "what was published here needs no import"


def test_repository_on_loopback_has_the_path_of_a_vpc_endpoint(web: Web, emulator: Emulator) -> None:
    assert emulator.index_url == f"{emulator.endpoint_url}/pypi/d/acme-111122223333/python/simple/"
    assert web.get(f"{emulator.index_url}acme-core/").status == 200
    assert web.get(f"{emulator.endpoint_url}/pypi/python/simple/acme-core/").status == 404, "the host says no domain"


def test_log_tells_what_was_asked(web: Web, emulator: Emulator) -> None:
    emulator.requests.clear()
    first, second = web.get("acme-core/?x=1"), web.get("absent/")
    one, two = emulator.requests
    assert (one.method, one.status, one.sent) == ("GET", 200, len(first.data))
    assert one.path.endswith("/acme-core/?x=1")
    assert (two.status, two.sent) == (404, len(second.data))
    assert one.connection == two.connection
    assert one.authorization == "Basic"
    assert emulator.issue_token().value not in repr(emulator.requests.records)
    assert len(emulator.requests) == 2
