"""The heart of the matter: on any host, rendered metadata requires what the original requires on the target."""

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ca_vendor.requirement import CoreMetadata, parse_metadata, render_metadata_for_target
from ca_vendor.target import find_target, known_target_names, marker_environment
from tests.distributions import render_metadata
from tests.unit.properties import PROPERTY

HOSTS: list[Mapping[str, str]] = [
    {
        "implementation_name": "cpython",
        "implementation_version": "3.13.0",
        "os_name": "posix",
        "platform_machine": "arm64",
        "platform_python_implementation": "CPython",
        "platform_release": "24.1.0",
        "platform_system": "Darwin",
        "platform_version": "Darwin Kernel Version 24.1.0",
        "python_full_version": "3.13.0",
        "python_version": "3.13",
        "sys_platform": "darwin",
    },
    {
        "implementation_name": "pypy",
        "implementation_version": "7.3.16",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "PyPy",
        "platform_release": "10",
        "platform_system": "Windows",
        "platform_version": "10.0.19045",
        "python_full_version": "3.10.14",
        "python_version": "3.10",
        "sys_platform": "win32",
    },
    *(marker_environment(find_target(name)) for name in ("python3.9-x86_64", "python3.14-arm64")),
]

EXTRAS = ["test", "Docs_All", "a.b"]
VALUES = {
    "python_version": ["3", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.15", "2.7", "3.10.*", "3.12.1"],
    "python_full_version": ["3.9.18", "3.10.0", "3.11.7", "3.12.13", "3.13.0", "3.13.0rc1"],
    "implementation_version": ["3.11.0", "7.3"],
    "platform_release": ["5.10", "24.1.0", "6"],
    "sys_platform": ["linux", "win32", "darwin", "cygwin", "lin"],
    "platform_system": ["Linux", "Windows", "Darwin"],
    "platform_machine": ["x86_64", "aarch64", "arm64", "AMD64"],
    "platform_python_implementation": ["CPython", "PyPy"],
    "implementation_name": ["cpython", "pypy"],
    "os_name": ["posix", "nt", "java"],
    "platform_version": ["#1 SMP", "Darwin"],
    "extra": [*EXTRAS, "docs-all", "TEST", "undeclared"],
}
OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "in", "not in"]


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    variable = draw(st.sampled_from(sorted(VALUES)) | st.just("extra"))
    value = f"'{draw(st.sampled_from(VALUES[variable]))}'"
    operator = draw(st.sampled_from(OPERATORS[:2] if variable == "extra" else OPERATORS))
    return f"{value} {operator} {variable}" if draw(st.booleans()) else f"{variable} {operator} {value}"


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, parts, st.sampled_from(["and", "or"]), parts)


MARKERS = st.recursive(comparisons(), joined, max_leaves=5)
SPECIFIERS = st.sampled_from(["", ">=1", "(>=1.0)", "[x,Y]~=2.0", "==1!2.0", "==1.0+cu121", " !=1.*"])


@st.composite
def requirement_lines(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(["a", "B.b", "c_c", "d"]))
    line = f"{name}{draw(SPECIFIERS)}"
    return f"{line} ; {draw(MARKERS)}" if draw(st.booleans()) else line


def required(metadata: CoreMetadata, environment: Mapping[str, str], extra: str) -> set[str]:
    """Return what a resolver that honours markers requires of a distribution with one extra."""
    return {
        bare(requirement)
        for requirement in map(Requirement, metadata.requires_dist)
        if holds(requirement.marker, environment, ["", extra])
    }


def holds(marker: Marker | None, environment: Mapping[str, str], extras: Iterable[str]) -> bool:
    return marker is None or any(marker.evaluate({**environment, "extra": extra}) for extra in extras)


def bare(requirement: Requirement) -> str:
    requirement.marker = None
    return str(requirement)


@PROPERTY
@given(
    st.lists(requirement_lines(), max_size=5),
    st.sets(st.sampled_from(EXTRAS)),
    st.sampled_from(known_target_names()),
    st.sampled_from(HOSTS),
)
def test_any_host_reads_what_the_target_would(
    lines: list[str], extras: set[str], target_name: str, host: Mapping[str, str]
) -> None:
    target = find_target(target_name)
    original = parse_metadata(render_metadata("foo", "1.0", lines, extras=extras).encode(), filename="foo.whl")
    shown = parse_metadata(render_metadata_for_target(original, target), filename="foo.whl")
    for extra in ("", *(canonicalize_name(extra) for extra in extras)):
        assert required(shown, host, extra) == required(original, marker_environment(target), extra)


@PROPERTY
@given(st.lists(requirement_lines(), max_size=5), st.sets(st.sampled_from(EXTRAS)))
def test_rendering_what_was_rendered_changes_nothing(lines: list[str], extras: set[str]) -> None:
    target = find_target("python3.12-arm64")
    original = parse_metadata(render_metadata("foo", "1.0", lines, extras=extras).encode(), filename="foo.whl")
    once = render_metadata_for_target(original, target)
    assert render_metadata_for_target(parse_metadata(once, filename="foo.whl"), target) == once


@PROPERTY
@given(st.lists(requirement_lines(), max_size=5), st.sets(st.sampled_from(EXTRAS)))
def test_no_marker_is_left_but_an_extra(lines: list[str], extras: set[str]) -> None:
    original = parse_metadata(render_metadata("foo", "1.0", lines, extras=extras).encode(), filename="foo.whl")
    shown = parse_metadata(render_metadata_for_target(original, find_target("python3.9-arm64")), filename="foo.whl")
    allowed = {Marker(f'extra == "{canonicalize_name(extra)}"') for extra in extras}
    assert {Requirement(line).marker for line in shown.requires_dist} <= {None, *allowed}
