import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from ca_vendor.selection import NamePattern
from tests.unit.properties import PROPERTY


def matches(pattern: str, name: str) -> bool:
    parsed = NamePattern.parse(pattern)
    assert parsed is not None
    return parsed.matches(NormalizedName(name))


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("billing", "billing", True),
        ("billing", "billing-core", False),
        ("acme-*", "acme-core", True),
        ("acme-*", "acme-", True),
        ("acme-*", "acme", False),
        ("acme-*", "notacme-core", False),
        ("Acme_*", "acme-core", True),
        ("acme.*", "acme-core", True),
        ("*-internal", "acme-internal", True),
        ("*-internal", "acme-internals", False),
        ("a*b*c", "aXbXc", True),
        ("a*b*c", "abc", True),
        ("a*b*c", "acb", False),
        ("a*a", "a", False),
        ("a*b*b", "ab", False),
        ("a**c", "abc", True),
        ("*", "anything", True),
    ],
)
def test_star_stands_for_anything_and_nothing_else_does(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected


@pytest.mark.parametrize(
    "text", ["", "-", "acme-", "-acme", "acme core", "acme?", "[a-z]", "acme/*", "äcme", "acme\n", "!acme", "\u212a"]
)
def test_what_no_name_can_match_is_no_pattern(text: str) -> None:
    assert NamePattern.parse(text) is None


def test_pattern_is_shown_normalised() -> None:
    assert str(NamePattern.parse("Acme__Core.*")) == "acme-core-*"


@PROPERTY
@given(st.from_regex(r"[ab*]{1,8}", fullmatch=True), st.from_regex(r"[ab]{1,10}", fullmatch=True))
def test_matching_is_that_of_fnmatch(pattern: str, name: str) -> None:
    assert matches(pattern, name) is fnmatch.fnmatchcase(name, pattern)


def test_pattern_of_many_stars_takes_no_time() -> None:
    assert not matches("*a" * 2000 + "*b", "a" * 5000)
