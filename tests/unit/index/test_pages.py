import json
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from ca_vendor.index import NotAnIndexError
from ca_vendor.index.pages import PackedPage, parse_page
from ca_vendor.selection import DistributionFile, ProjectPage
from tests.unit.properties import PROPERTY

URL = "https://index.example/pypi/python/simple/foo/"
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html"
WHEEL = "foo-1.0-py3-none-any.whl"


def parse(data: bytes | str, content_type: str = JSON) -> ProjectPage:
    encoded = data.encode() if isinstance(data, str) else data
    return parse_page(PackedPage.of([encoded]), content_type=content_type, name=NormalizedName("foo"), url=URL)


def from_json(*files: Any, **page: Any) -> ProjectPage:
    return parse(json.dumps({"meta": {"api-version": "1.0"}, "name": "foo", "files": files, **page}))


def entry(**fields: Any) -> DistributionFile:
    [file] = from_json({"filename": WHEEL, "url": WHEEL, "hashes": {}, **fields}).files
    return file


def from_html(*anchors: str, content_type: str = HTML) -> tuple[DistributionFile, ...]:
    return parse(f"<!DOCTYPE html><html><body>{''.join(anchors)}</body></html>", content_type).files


def test_every_field_of_a_json_page_is_read() -> None:
    page = from_json(
        {
            "filename": WHEEL,
            "url": f"https://files.example/{WHEEL}#sha256=00",
            "hashes": {"sha256": "AB" * 32, "md5": "cd"},
            "size": 123,
            "requires-python": ">=3.8",
            "upload-time": "2024-05-01T12:00:00.123456Z",
            "yanked": "broken",
            "core-metadata": {"sha256": "00"},
        }
    )
    assert (page.name, page.url) == ("foo", URL)
    assert page.files == (
        DistributionFile(
            filename=WHEEL,
            url=f"https://files.example/{WHEEL}",
            hashes={"sha256": "ab" * 32, "md5": "cd"},
            size=123,
            requires_python=">=3.8",
            upload_time=datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=timezone.utc),
            yanked="broken",
            has_metadata=True,
        ),
    )
    assert page.files[0].sha256 == "ab" * 32


def test_fields_an_index_leaves_out_are_none() -> None:
    assert entry() == DistributionFile(filename=WHEEL, url=f"{URL}{WHEEL}")


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        (WHEEL, f"{URL}{WHEEL}"),
        (f"1.0/{WHEEL}", f"{URL}1.0/{WHEEL}"),
        (f"../../packages/{WHEEL}", f"https://index.example/pypi/python/packages/{WHEEL}"),
        (f"/packages/{WHEEL}#sha256=00", f"https://index.example/packages/{WHEEL}"),
        (f"//files.example/{WHEEL}", f"https://files.example/{WHEEL}"),
        (f"https://files.example:8443/{WHEEL}?a=b", f"https://files.example:8443/{WHEEL}?a=b"),
        (f"http://files.example/{WHEEL}", f"http://files.example/{WHEEL}"),
        ("1.0/foo-1.0%2Bcu121-py3-none-any.whl", f"{URL}1.0/foo-1.0%2Bcu121-py3-none-any.whl"),
        ("https://files.example/f\u00f6\u00f6.whl", "https://files.example/f\u00f6\u00f6.whl"),
        ("HTTPS://files.example/x", "https://files.example/x"),
    ],
)
def test_url_is_made_absolute_and_loses_its_fragment(url: str, absolute: str) -> None:
    assert entry(url=url).url == absolute


@pytest.mark.parametrize(
    "fields",
    [
        {"filename": "../evil.whl"},
        {"filename": "a/b.whl"},
        {"filename": "a\\b.whl"},
        {"filename": ".."},
        {"filename": "."},
        {"filename": ""},
        {"filename": "a\0b.whl"},
        {"filename": "a\nb.whl"},
        {"filename": "x" * 256},
        {"filename": None},
        {"filename": 3},
        {"url": None},
        {"url": ["x"]},
        {"url": "ftp://files.example/x"},
        {"url": "file:///etc/passwd"},
        {"url": "javascript:alert(1)"},
        {"url": "https://[half"},
        {"url": "//[half"},
        {"url": "https://files.example:99999/x"},
        {"url": "https:///x"},
        {"url": "https://files.example/\ud800"},
    ],
    ids=lambda fields: ascii(fields)[:40],
)
def test_entry_that_is_malformed_or_hostile_is_left_out(fields: dict[str, Any]) -> None:
    good = {"filename": WHEEL, "url": WHEEL}
    files = from_json({**good, **fields}, good, "no entry", None).files
    assert [file.url for file in files if file.url != "https://index.example/x"] == [f"{URL}{WHEEL}"]


@pytest.mark.parametrize(
    ("fields", "attribute", "value"),
    [
        ({"size": "12"}, "size", None),
        ({"size": -1}, "size", None),
        ({"size": True}, "size", None),
        ({"requires-python": None}, "requires_python", None),
        ({"requires-python": 3}, "requires_python", None),
        ({"yanked": False}, "yanked", None),
        ({"yanked": True}, "yanked", ""),
        ({"yanked": ""}, "yanked", ""),
        ({"yanked": 1}, "yanked", None),
        ({"hashes": None}, "hashes", {}),
        ({"hashes": {"sha256": "not hex", "md5": 3}}, "hashes", {}),
        ({"core-metadata": True}, "has_metadata", True),
        ({"core-metadata": False, "dist-info-metadata": True}, "has_metadata", False),
        ({"dist-info-metadata": {"sha256": "00"}}, "has_metadata", True),
        ({"upload-time": "yesterday"}, "upload_time", None),
        ({"upload-time": 3}, "upload_time", None),
        ({"upload-time": "2024-05-01T12:00:00"}, "upload_time", datetime(2024, 5, 1, 12, tzinfo=timezone.utc)),
        ({"upload-time": "2024-05-01T14:00:00+02:00"}, "upload_time", datetime(2024, 5, 1, 12, tzinfo=timezone.utc)),
        ({"upload-time": "0001-01-01T00:00:00+14:00"}, "upload_time", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_odd_value_of_a_field_is_read_as_far_as_it_makes_sense(
    fields: dict[str, Any], attribute: str, value: object
) -> None:
    assert getattr(entry(**fields), attribute) == value


def test_html_page_says_the_same_as_json() -> None:
    digest = "ab" * 32
    files = from_html(
        f'<a href="{WHEEL}#sha256={digest}" data-requires-python="&gt;=3.8" data-yanked="broken" '
        f'data-core-metadata="sha256=00">{WHEEL}</a>',
        '<a href="../../files/foo-1.0.tar.gz">foo-1.0.tar.gz</a>',
    )
    assert files == (
        DistributionFile(
            filename=WHEEL,
            url=f"{URL}{WHEEL}",
            hashes={"sha256": digest},
            requires_python=">=3.8",
            yanked="broken",
            has_metadata=True,
        ),
        DistributionFile(filename="foo-1.0.tar.gz", url="https://index.example/pypi/python/files/foo-1.0.tar.gz"),
    )


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "text/html; charset=utf-8", "TEXT/HTML", "application/vnd.pypi.simple.v1+html", ""],
)
def test_html_is_known_by_its_content_type(content_type: str) -> None:
    assert len(from_html(f'<a href="{WHEEL}">{WHEEL}</a>', content_type=content_type)) == 1


@pytest.mark.parametrize(
    "content_type", [JSON, "application/json; charset=utf-8", "application/vnd.pypi.simple.latest+json"]
)
def test_json_is_known_by_its_content_type(content_type: str) -> None:
    assert parse('{"meta": {"api-version": "1.4"}, "files": []}', content_type).files == ()


def test_html_that_is_not_utf_8_or_not_well_formed_is_read_all_the_same() -> None:
    data = f'<html><p>caf\xe9<a href="{WHEEL}">{WHEEL}</a><br><a name="x">'.encode("latin-1")
    assert [file.filename for file in parse(data, HTML).files] == [WHEEL]


@pytest.mark.parametrize(
    ("data", "content_type", "problem"),
    [
        ("{", JSON, "its JSON is malformed"),
        (b"\xff\xfe", JSON, "its JSON is malformed"),
        ("[" * 100_000, JSON, "its JSON is malformed"),
        ("[]", JSON, "its JSON has no `files`"),
        ("{}", JSON, "its JSON has no `files`"),
        ('{"meta": [], "files": []}', JSON, "its JSON has no `files`"),
        ('{"meta": {"api-version": 1}, "files": []}', JSON, "its JSON has no `files`"),
        ('{"meta": {"api-version": "1.0"}, "files": {}}', JSON, "its JSON has no `files`"),
        ('{"meta": {"api-version": "2.0"}, "files": []}', JSON, "it speaks version 2.0"),
        ('{"info": {}, "urls": []}', "application/json", "its JSON has no `files`"),
        ("<FORM action='/login'>", HTML, "it is a form, perhaps a login page"),
        ("<p><input type='password'>", HTML, "it is a form"),
        ("PK", "application/zip", "its content type is `application/zip`"),
        ("no", "text/plain", "its content type is `text/plain`"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_answer_that_is_no_index_page_is_told(data: bytes | str, content_type: str, problem: str) -> None:
    with pytest.raises(NotAnIndexError) as caught:
        _ = parse(data, content_type).files
    assert problem in caught.value.problem
    assert caught.value.url == URL


def test_a_long_page_lists_what_a_short_one_does() -> None:
    """It is kept compressed, and read each time it is asked."""
    entries = [{"filename": f"foo-{n}-py3-none-any.whl", "url": f"{n}/a.whl", "hashes": {}} for n in range(2000)]
    page = from_json(*entries)
    assert [file.filename for file in page.files] == [entry["filename"] for entry in entries]
    assert page.files == page.files
    assert page.files[7] == from_json(entries[7]).files[0]
    assert from_json(*entries).read().file(1999).url == f"{URL}1999/a.whl"


VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just({}) | st.just([])
)
KEYS = ["filename", "url", "hashes", "size", "requires-python", "upload-time", "yanked", "core-metadata"]


@PROPERTY
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES) | VALUES, max_size=4))
def test_any_json_entries_are_files_or_left_out(entries: list[Any]) -> None:
    for file in from_json(*entries).files:
        assert file.url.startswith(("https://", "http://"))
        assert "/" not in file.filename
        file.url.encode()


HTML_WORDS = [
    "<a ",
    "href=",
    '"',
    "'",
    ">",
    "</a>",
    "<",
    "//[",
    "foo",
    "data-yanked",
    "=",
    "&#0;",
    "<!--",
    "<meta ",
    "]]>",
    "\0",
]


@PROPERTY
@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from(HTML_WORDS), max_size=14).map(lambda words: "".join(words).encode()),
    st.sampled_from([JSON, HTML, ""]),
)
def test_any_bytes_are_a_page_or_an_explained_error(data: bytes, content_type: str) -> None:
    with suppress(NotAnIndexError):
        parse(data, content_type)
