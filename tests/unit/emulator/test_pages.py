import json

from mousebender import simple
from packaging.utils import canonicalize_name

from ca_vendor.emulator.model import Asset, PackageVersion, Source
from ca_vendor.emulator.negotiation import PageFormat
from ca_vendor.emulator.pages import render_page

NAME = canonicalize_name("a")
HASHES = {"sha256": "ab", "sha512": "cd", "md5": "ef", "sha1": "01"}


def version(number: str, source: Source, *assets: Asset) -> PackageVersion:
    return PackageVersion(version=number, source=source, entry_point="r", published_at=0, revision="r", assets=assets)


def test_local_versions_and_epochs_are_quoted() -> None:
    versions = [version("1!2+local.1", Source.UPLOAD, Asset(filename="a-1!2+local.1.tar.gz"))]
    page = json.loads(render_page(NAME, versions, PageFormat.JSON))
    assert page["versions"] == ["1!2+local.1"]
    assert page["files"][0]["url"] == "1%212%2Blocal.1/a-1%212%2Blocal.1.tar.gz"
    text = render_page(NAME, versions, PageFormat.HTML).decode()
    parsed = simple.parse_project_details(text, "text/html", "a")
    assert parsed["files"][0]["filename"] == "a-1!2+local.1.tar.gz"
    assert parsed["files"][0]["url"] == page["files"][0]["url"]


def test_hashes_shown_depend_on_where_the_file_came_from() -> None:
    asset = Asset(filename="a-1.tar.gz", hashes=HASHES)
    for source, shown in ((Source.UPLOAD, {"sha256", "sha512", "md5"}), (Source.EXTERNAL, {"sha256", "md5"})):
        page = json.loads(render_page(NAME, [version("1", source, asset)], PageFormat.JSON))
        assert set(page["files"][0]["hashes"]) == shown


def test_unknown_members_are_left_out() -> None:
    page = json.loads(render_page(NAME, [version("1", Source.EXTERNAL, Asset(filename="a-1.tar.gz"))], PageFormat.JSON))
    assert page["files"] == [{"filename": "a-1.tar.gz", "url": "1/a-1.tar.gz", "hashes": {}, "yanked": False}]


def test_html_without_a_known_hash_has_no_fragment() -> None:
    asset = Asset(filename="a-1.tar.gz", requires_python='<"4"', yanked='"&')
    text = render_page(NAME, [version("1", Source.EXTERNAL, asset)], PageFormat.HTML).decode()
    assert 'href="1/a-1.tar.gz" data-requires-python="&lt;&quot;4&quot;" data-yanked="&quot;&amp;"' in text


def test_empty_page_is_a_page() -> None:
    assert json.loads(render_page(NAME, [], PageFormat.JSON))["files"] == []
    assert b"<h1>" in render_page(NAME, [], PageFormat.HTML)
