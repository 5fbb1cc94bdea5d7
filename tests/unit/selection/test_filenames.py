import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import InvalidWheelFilename, NormalizedName, parse_wheel_filename
from packaging.version import Version

from ca_vendor.selection import parse_wheel_name, tag_rank
from ca_vendor.selection.filenames import parse_sdist_name
from ca_vendor.target import find_target
from tests.unit.properties import PROPERTY


@pytest.mark.parametrize(
    ("filename", "version", "build", "tags"),
    [
        ("foo-1.0-py3-none-any.whl", "1.0", (), "py3-none-any"),
        ("foo-1.0-py2.py3-none-any.whl", "1.0", (), "py2.py3-none-any"),
        ("foo-1.0-1-py3-none-any.whl", "1.0", (1, ""), "py3-none-any"),
        ("foo-1.0-2_abc-py3-none-any.whl", "1.0", (2, "_abc"), "py3-none-any"),
        ("foo-1!2.0-py3-none-any.whl", "1!2.0", (), "py3-none-any"),
        ("foo-1.0+cu121-cp312-cp312-linux_x86_64.whl", "1.0+cu121", (), "cp312-cp312-linux_x86_64"),
        ("foo-1.0.post1.dev2-py3-none-any.whl", "1.0.post1.dev2", (), "py3-none-any"),
        ("foo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "1.0", (), None),
    ],
)
def test_wheel_name_is_taken_apart(filename: str, version: str, build: tuple[int, str], tags: str | None) -> None:
    parsed = parse_wheel_name(filename)
    assert parsed is not None
    assert (parsed.name, parsed.version, parsed.build) == ("foo", Version(version), build)
    assert tags is None or parsed.tags == tags


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("Foo.Bar-1.0-py3-none-any.whl", "foo-bar"),
        ("foo_bar-1.0-py3-none-any.whl", "foo-bar"),
        ("ruamel.yaml.clib-0.2.8-cp312-cp312-manylinux_2_17_x86_64.whl", "ruamel-yaml-clib"),
    ],
)
def test_project_name_is_normalised(filename: str, name: str) -> None:
    parsed = parse_wheel_name(filename)
    assert parsed is not None
    assert parsed.name == name


@pytest.mark.parametrize(
    "filename",
    [
        "foo-1.0.tar.gz",
        "foo-1.0-py3-none-any.WHL",
        "foo-1.0-py3-none-any.whl.metadata",
        "foo-1.0-py3-none.whl",
        "foo-1.0-1-2-py3-none-any.whl",
        "foo-1.0-a1-py3-none-any.whl",
        "foo-1.0--py3-none-any.whl",
        "foo__bar-1.0-py3-none-any.whl",
        "-1.0-py3-none-any.whl",
        "foo bar-1.0-py3-none-any.whl",
        "foo-2013d-py3-none-any.whl",
        "foo-bar-1.0-py3-none-any.whl",
        "foo-1.0-py3-none-any/../../evil.whl",
        "foo-1.0-py3-none-any/evil.whl",
        "foo-1.0-py3-none-..\\evil.whl",
        "foo-1.0-py3-none-any\x00.whl",
        "foo-1.0-py3-none-any\n.whl",
        ".whl",
        "",
    ],
)
def test_what_names_no_wheel_is_none(filename: str) -> None:
    assert parse_wheel_name(filename) is None


@pytest.mark.parametrize(
    "filename", ["foo-1.0-py36+-none-any.whl", "foo-1.0-py3..py2-none-any.whl", "foo-1.0-py3-none-.whl"]
)
def test_odd_tags_are_no_error_but_load_nowhere(filename: str) -> None:
    parsed = parse_wheel_name(filename)
    assert parsed is not None
    assert tag_rank(parsed.tags, find_target("python3.12-arm64")) is None


_NAMES = ["foo", "Foo.Bar", "foo__bar", "f"]
_VERSIONS = ["1.0", "1!2.0+l1", "2013d", "01.0", "1", "1a", "a1", "0"]
_TAGS = ["py3", "py2.py3", "cp311", "none", "any", "abi3", "manylinux1_x86_64", "py36+"]
_PART = st.sampled_from([*_NAMES, *_VERSIONS, *_TAGS]) | st.text(st.characters(codec="utf-8"), max_size=6)


@PROPERTY
@given(st.lists(_PART, min_size=1, max_size=7).map("-".join), st.sampled_from([".whl", ".WHL", ""]))
def test_wheel_names_are_read_as_packaging_reads_them(stem: str, suffix: str) -> None:
    """Except that a name which is a path is refused, and tags are judged against a target instead."""
    filename = stem + suffix
    ours = parse_wheel_name(filename)
    try:
        name, version, build, _ = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        assert ours is None or tag_rank(ours.tags, find_target("python3.12-x86_64")) is None
        return
    if ours is not None:
        assert (ours.name, ours.version, ours.build) == (name, version, build)
    else:
        assert any(character in "/\\\x7f" or character < " " for character in filename)


@pytest.mark.parametrize(
    ("filename", "project", "version"),
    [
        ("foo-1.0.tar.gz", "foo", "1.0"),
        ("foo-1.0.zip", "foo", "1.0"),
        ("foo_bar-1.0.tar.gz", "foo-bar", "1.0"),
        ("foo-bar-1.0.tar.gz", "foo-bar", "1.0"),
        ("Foo.Bar-1.0.tar.gz", "foo-bar", "1.0"),
        ("foo-2-1.0.tar.gz", "foo-2", "1.0"),
        ("foo-1.0-1.tar.gz", "foo", "1.0.post1"),
        ("foo-1.0-beta2.tar.gz", "foo", "1.0b2"),
        ("foo-1!2.0+local.tar.gz", "foo", "1!2.0+local"),
    ],
)
def test_sdist_name_is_taken_apart_with_the_projects_help(filename: str, project: str, version: str) -> None:
    parsed = parse_sdist_name(filename, NormalizedName(project))
    assert parsed is not None
    assert parsed.version == Version(version)


@pytest.mark.parametrize(
    "filename",
    ["foo-1.0-py3-none-any.whl", "foo-1.0.tar.bz2", "foo-1.0.exe", "bar-1.0.tar.gz", "foo-.tar.gz", "foo.zip"],
)
def test_what_is_no_sdist_of_the_project_is_none(filename: str) -> None:
    assert parse_sdist_name(filename, NormalizedName("foo")) is None
