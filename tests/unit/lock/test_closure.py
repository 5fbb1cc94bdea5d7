from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.errors import ExitCode
from ca_vendor.lock import Closure, DirectReferenceError, close_pins
from ca_vendor.requirement import CoreMetadata, InputLine, TargetInputs, parse_metadata
from ca_vendor.target import find_target
from tests.distributions import render_metadata

ARM = find_target("python3.12-arm64")


def inputs(*requirements: str, constraints: tuple[str, ...] = ()) -> TargetInputs:
    def lines(texts: tuple[str, ...], origin: str) -> tuple[InputLine, ...]:
        return tuple(
            InputLine(requirement=Requirement(text), origin=origin, path=Path("requirements.in"), number=number)
            for number, text in enumerate(texts, start=1)
        )

    return TargetInputs(
        requirements=lines(requirements, "-r requirements.in"),
        constraints=lines(constraints, "-c limits.txt"),
        allow_prereleases=False,
    )


def closed(asked: TargetInputs, pins: Mapping[str, tuple[str, ...]], *, extras: tuple[str, ...] = ()) -> Closure:
    """Close pins written as ``name==version`` with the lines each requires."""
    versions, metadata = dict[NormalizedName, Version](), dict[NormalizedName, CoreMetadata]()
    for text, requires in pins.items():
        name, _, version = text.partition("==")
        normalized = canonicalize_name(name)
        versions[normalized] = Version(version)
        rendered = render_metadata(name, version, requires, extras=extras)
        metadata[normalized] = parse_metadata(rendered.encode(), filename=f"{name}.whl")
    return close_pins(versions, metadata, asked, ARM)


def test_excluded_projects_are_missing_and_no_gap() -> None:
    asked = inputs("foo[aws]", "boto3<2").without(frozenset({canonicalize_name("boto3")}))
    requires = ("boto3>=1.40; extra == 'aws'", "boto3; sys_platform == 'win32'", "Boto3>=1; extra == 'other'", "bar")
    metadata = {
        canonicalize_name("foo"): parse_metadata(
            render_metadata("foo", "1.0", requires, extras=("aws", "other")).encode(), filename="foo.whl"
        ).without(asked.exclude),
        canonicalize_name("bar"): parse_metadata(render_metadata("bar", "1.0").encode(), filename="bar.whl"),
    }
    closure = close_pins({name: Version("1.0") for name in metadata}, metadata, asked, ARM)
    assert (closure.gaps, closure.unneeded) == ((), ())
    assert [(gap.parent, gap.requirement) for gap in closure.missing] == [
        ("-r requirements.in", "boto3<2"),
        ("foo==1.0", "boto3>=1.40"),
    ]


def test_complete_pins_have_no_gap_and_know_who_requires_whom() -> None:
    closure = closed(
        inputs("Foo.Bar>=1", constraints=("baz<3", "unpinned<1")),
        {"foo-bar==1.0": ("baz>=2", "qux ; sys_platform == 'win32'"), "baz==2.0": ("foo_bar",)},
    )
    assert (closure.gaps, closure.unneeded) == ((), ())
    assert closure.dependencies == {"foo-bar": ("baz",), "baz": ("foo-bar",)}
    assert closure.origins == {"foo-bar": ("-r requirements.in",), "baz": ("-c limits.txt",)}


@pytest.mark.parametrize(
    ("asked", "pins", "gap"),
    [
        ("foo", {}, "`-r requirements.in` requires `foo`, which is not pinned"),
        ("foo>1", {"foo==1.0": ()}, "`-r requirements.in` requires `foo>1`, which is pinned at 1.0"),
        ("foo", {"foo==1.0": ("bar>=2",)}, "`foo==1.0` requires `bar>=2`, which is not pinned"),
        ("foo", {"foo==1.0": ("bar>=2",), "bar==1.9": ()}, "`foo==1.0` requires `bar>=2`, which is pinned at 1.9"),
        ("foo", {"foo==1.0": ("bar ; python_version >= '3.12'",)}, "`foo==1.0` requires `bar`, which is not pinned"),
        ("foo[x]", {"foo==1.0": ("bar ; extra == 'X'",)}, "`foo==1.0` requires `bar`, which is not pinned"),
        ("foo==1!1.0", {"foo==1.0": ()}, "`-r requirements.in` requires `foo==1!1.0`, which is pinned at 1.0"),
    ],
)
def test_requirement_that_no_pin_satisfies_is_a_gap(asked: str, pins: dict[str, tuple[str, ...]], gap: str) -> None:
    closure = closed(inputs(asked), pins, extras=("x",))
    assert [str(found) for found in closure.gaps] == [gap]


@pytest.mark.parametrize(
    ("asked", "pins"),
    [
        ("foo", {"foo==1.0": ("bar ; platform_machine == 'x86_64'",)}),
        ("foo", {"foo==1.0": ("bar ; extra == 'x'",)}),
        ("foo[unknown]", {"foo==1.0": ("bar ; extra == 'unknown'",)}),
        ("foo==1.0", {"foo==1.0+cu121": ()}),
        ("foo", {"foo==2.0rc1": ()}),
        ("foo>=1.dev0", {"foo==1.0a1": ()}),
        ("foo", {"foo==1.0": ("bar ; python_version > 3",)}),
    ],
)
def test_requirement_that_does_not_hold_or_is_satisfied_is_none(asked: str, pins: dict[str, tuple[str, ...]]) -> None:
    assert closed(inputs(asked), pins, extras=("x",)).gaps == ()


def test_extra_is_followed_through_a_pin_that_was_seen_without_it() -> None:
    pins = {
        "foo==1.0": ("bar",),
        "bar==1.0": ("Foo[X]", "bar[y]"),
        "baz==1.0": (),
        "qux==1.0": (),
        "left==1.0": (),
    }
    pins["foo==1.0"] += ("baz ; extra == 'x'",)
    pins["bar==1.0"] += ("qux ; extra == 'y'",)
    closure = closed(inputs("foo"), pins, extras=("x", "y"))
    assert closure.unneeded == ("left",)
    assert closure.dependencies == {"foo": ("bar", "baz"), "bar": ("foo", "qux"), "baz": (), "qux": (), "left": ()}


def test_gap_is_told_once_however_often_it_is_met() -> None:
    closure = closed(inputs("foo", "foo[x]"), {"foo==1.0": ("bar",)}, extras=("x",))
    assert len(closure.gaps) == 1


def test_pin_whose_metadata_is_unknown_requires_nothing() -> None:
    closure = close_pins({NormalizedName("foo"): Version("1")}, {}, inputs("foo"), ARM)
    assert closure.dependencies == {"foo": ()}


def test_direct_reference_in_metadata_is_refused() -> None:
    with pytest.raises(DirectReferenceError, match="direct reference that leaves the index") as caught:
        closed(inputs("foo"), {"foo==1.0": ("bar @ https://x/bar.whl",), "bar==1.0": ()})
    assert caught.value.exit_code is ExitCode.RESOLUTION


def test_direct_reference_for_another_machine_does_not_matter() -> None:
    assert closed(inputs("foo"), {"foo==1.0": ("bar @ https://x/bar.whl ; os_name == 'nt'",)}).gaps == ()
