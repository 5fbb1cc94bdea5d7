"""The page of wheels for pip's `--find-links`."""

from pathlib import Path
from urllib.parse import unquote

from mousebender.simple import from_project_details_html

from ca_vendor.sam import private_environment, render_links


def test_every_wheel_has_its_hash(tmp_path: Path) -> None:
    odd = tmp_path / "a b & <c>"
    arm, intel = odd / "arm64" / "foo-1.0-cp312-abi3-linux_aarch64.whl", odd / "x" / "foo-1.0+l.1-py3-none-any.whl"
    files = from_project_details_html(render_links([(arm, "aa"), (intel, "bb")]), "foo")["files"]
    assert [(file["filename"], file["hashes"]) for file in files] == [
        (intel.name, {"sha256": "bb"}),
        (arm.name, {"sha256": "aa"}),
    ]
    assert [unquote(file["url"]).removeprefix("file://") for file in files] == [f"{intel}", f"{arm}"]


def test_the_same_file_of_two_targets_is_listed_once(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name / "foo-1.0-py3-none-any.whl" for name in ("a", "b", "c"))
    page = render_links([(first, "aa"), (second, "aa"), (other, "bb")])
    assert page.count("<a ") == 2
    assert first.as_uri() in page
    assert second.as_uri() not in page


def test_places_are_urls(tmp_path: Path) -> None:
    page, directories = tmp_path / "a b" / "links.html", [tmp_path / "a b" / "x", tmp_path / "y,z"]
    environment = private_environment(page, directories)
    assert " " not in environment["PIP_FIND_LINKS"]
    assert environment["UV_FIND_LINKS"].split(",")[0].endswith("/a%20b/x")
