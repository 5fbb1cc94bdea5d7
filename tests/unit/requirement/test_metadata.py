from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from ca_vendor.errors import ExitCode
from ca_vendor.requirement import (
    CoreMetadata,
    MetadataError,
    active_requirements,
    parse_metadata,
    render_metadata_for_target,
)
from ca_vendor.target import find_target
from tests.distributions import render_metadata
from tests.unit.properties import PROPERTY

ARM = find_target("python3.12-arm64")
OLD = find_target("python3.9-x86_64")


def parsed(text: str | bytes) -> CoreMetadata:
    return parse_metadata(text.encode() if isinstance(text, str) else text, filename="foo-1.0-py3-none-any.whl")


def metadata(
    requires: Iterable[str], *, extras: Iterable[str] = (), requires_python: str | None = None
) -> CoreMetadata:
    return parsed(render_metadata("foo", "1.0", requires, requires_python, extras))


def rendered(requires: Iterable[str], *, extras: Iterable[str] = ()) -> list[str]:
    """Return the requirements of METADATA as rendered for a target."""
    return list(parsed(render_metadata_for_target(metadata(requires, extras=extras), ARM)).requires_dist)


def test_fields_a_resolver_needs_are_read() -> None:
    text = render_metadata("Foo.Bar", "1!2.0+cu121", ["a>=1", "b ; extra == 'x'"], ">=3.9", ["x", "Y_y"])
    assert parsed(text) == CoreMetadata(
        metadata_version="2.2",
        name="Foo.Bar",
        version="1!2.0+cu121",
        requires_python=">=3.9",
        requires_dist=("a>=1", "b ; extra == 'x'"),
        provides_extra=("x", "Y_y"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "Name: foo\r\nVersion: 1.0\r\nRequires-Dist: a>=1\r\n\r\nRequires-Dist: b\r\n",
        "Name: foo\nVersion: 1.0\nRequires-Dist: a>=1\n\nRequires-Dist: b\n",
        "Name: foo\nVersion: 1.0\nRequires-Dist:\n  a>=1\n",
        "Name: foo\nVersion: 1.0\nRequires-Dist: a>=1",
        "name: foo\nVERSION: 1.0\nrequires-dist:a>=1\n",
        "Name: foo\nVersion: 1.0\nDescription: long\n        Requires-Dist: b\nRequires-Dist: a>=1\n",
    ],
    ids=["crlf", "body", "continuation", "no-newline-at-end", "case", "indented-description"],
)
def test_anomalies_of_the_format_do_not_matter(text: str) -> None:
    assert parsed(text).requires_dist == ("a>=1",)


def test_long_requirement_may_be_folded() -> None:
    text = "Name: foo\nVersion: 1.0\nRequires-Dist: a>=1,\n\t<2 ;\n  python_version>'3'\n"
    assert parsed(text).requires_dist == ("a>=1, <2 ; python_version>'3'",)


def test_metadata_version_is_assumed_where_it_is_missing() -> None:
    assert parsed("Name: foo\nVersion: 1.0\n").metadata_version == "2.1"


def test_text_beyond_ascii_stays_as_it_is() -> None:
    assert parsed("Name: fö\nVersion: 1.0\nRequires-Dist: a ; os_name == 'ö'\n").name == "fö"


def test_bytes_that_are_not_utf_8_hide_nothing_else() -> None:
    read = parsed(b"Name: foo\nVersion: 1.0\nAuthor: J\xf6rg\nRequires-Dist: a\xff\nRequires-Dist: b\n")
    assert read.requires_dist[1] == "b"
    assert b"Requires-Dist: b\n" in render_metadata_for_target(read, ARM)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("Version: 1.0\n", "Name"),
        ("Name: foo\n", "Version"),
        ("Name:\nVersion: 1.0\n", "Name"),
        ("", "Name"),
        ("\nName: foo\nVersion: 1.0\n", "Name"),
        ("<html>not found</html>", "Name"),
    ],
)
def test_metadata_without_name_or_version_is_refused(text: str, missing: str) -> None:
    with pytest.raises(MetadataError, match=f"it has no {missing}") as caught:
        parsed(text)
    assert caught.value.exit_code is ExitCode.INDEX
    assert caught.value.filename == "foo-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("requires", "lines"),
    [
        ("a", ["a"]),
        ("a (>=1.0)", ["a (>=1.0)"]),
        ("a==1.0+cu121", ["a==1.0+cu121"]),
        ("a==1!2.0", ["a==1!2.0"]),
        ("a[x,Y]>=1,<2", ["a[x,Y]>=1,<2"]),
        ("a>=1;platform_machine=='aarch64'", ["a>=1"]),
        ("a ; platform_machine == 'x86_64'", []),
        ("a ; sys_platform == 'win32' or python_version >= '3.12'", ["a"]),
        ("a ; python_full_version < '3.12.1'", []),
        ("a ; extra == 'x'", ['a ; extra == "x"']),
        ("a ; extra == 'X'", ['a ; extra == "x"']),
        ("a ; extra == 'x' or extra == 'y-y'", ['a ; extra == "x"', 'a ; extra == "y-y"']),
        ("a ; extra == 'y_y' and sys_platform == 'linux'", ['a ; extra == "y-y"']),
        ("a ; extra == 'x' and sys_platform == 'darwin'", []),
        ("a ; extra == 'undeclared'", []),
        ("a ; extra != 'x'", ["a"]),
        ("a ; extra == 'x' or os_name == 'posix'", ["a"]),
        ("a @ https://x/a-1.0-py3-none-any.whl", ["a"]),
        ("a @ https://x/a.whl ; extra == 'x'", ['a ; extra == "x"']),
    ],
)
def test_markers_are_evaluated_for_the_target(requires: str, lines: list[str]) -> None:
    assert rendered([requires], extras=["x", "Y.y"]) == lines


@pytest.mark.parametrize(
    "line",
    [
        "a>=1.0.*dev",
        "a (>=1",
        "a ; python_version > 3",
        "a ; python_version",
        "a=1",
        "!",
        "a ; 'x' in extras",
        "a ; sys_platform ~= 'linux'",
        "a ; " + "(" * 20_000 + "os_name == 'nt'" + ")" * 20_000,
    ],
    ids=lambda line: line[:30],
)
def test_line_that_cannot_be_used_goes_through_as_it_is_and_is_not_followed(line: str) -> None:
    assert rendered([line, "b"]) == [line, "b"]
    assert [requirement.name for requirement in active_requirements(metadata([line, "b"]), ARM, extras=())] == ["b"]


def test_extras_spelt_differently_are_one() -> None:
    assert rendered(["a ; extra == 'Foo_Bar'"], extras=["foo-bar", "foo.bar", "FOO_BAR"]) == ['a ; extra == "foo-bar"']


@pytest.mark.parametrize(
    ("requires_python", "kept"),
    [
        (None, None),
        (">=3.8", None),
        (">=3.13", "<1"),
        ("<3.12.5", "<1"),
        ("nonsense", None),
        (">=3.6, <4", None),
    ],
)
def test_requires_python_is_gone_or_unsatisfiable(requires_python: str | None, kept: str | None) -> None:
    again = parsed(render_metadata_for_target(metadata([], requires_python=requires_python), ARM))
    assert again.requires_python == kept


def test_names_and_versions_stay_as_they_are_written() -> None:
    again = parsed(render_metadata_for_target(parsed(render_metadata("Foo.Bar", "1!2.0+Local.1", extras=["X_x"])), ARM))
    assert (again.name, again.version, again.provides_extra) == ("Foo.Bar", "1!2.0+Local.1", ("X_x",))


def test_same_metadata_differs_between_targets() -> None:
    original = metadata(["a ; python_version < '3.10'", "b ; platform_machine == 'aarch64'"])
    assert parsed(render_metadata_for_target(original, OLD)).requires_dist == ("a",)
    assert parsed(render_metadata_for_target(original, ARM)).requires_dist == ("b",)


@pytest.mark.parametrize(
    ("extras", "names"),
    [([], ["a"]), (["x"], ["a", "b"]), (["x", "y"], ["a", "b", "c"]), (["unknown"], ["a"])],
    ids=str,
)
def test_active_requirements_are_those_of_the_extras_that_are_provided(extras: list[str], names: list[str]) -> None:
    read = metadata(
        ["a", "b ; extra == 'x'", "c ; extra == 'Y'", "d ; os_name == 'nt'", "e ; extra == 'unknown'"],
        extras=["X", "y"],
    )
    found = active_requirements(read, ARM, extras=[NormalizedName(extra) for extra in extras])
    assert [requirement.name for requirement in found] == names


@PROPERTY
@given(
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from(
            [
                b"Name: a",
                b"Version: 1",
                b"\n",
                b"\r\n",
                b" x",
                b"Requires-Dist: ",
                b"a;",
                b"\xff",
                b"\0",
                b"Provides-Extra: x",
                b"\r",
            ]
        ),
        max_size=14,
    ).map(b"".join)
)
def test_any_bytes_are_metadata_or_an_explained_error(data: bytes) -> None:
    try:
        read = parse_metadata(data, filename="foo-1.0-py3-none-any.whl")
    except MetadataError:
        return
    again = parsed(render_metadata_for_target(read, ARM))
    assert (again.name, again.version) == (read.name, read.version)
    assert len(again.requires_dist) <= len(read.requires_dist) * max(1, len(read.provides_extra))
