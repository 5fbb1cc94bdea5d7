import time

import pytest

from ca_vendor.sam import ParameterOverridesError, parse_parameter_overrides


@pytest.mark.parametrize(
    ("stated", "values"),
    [
        (None, {}),
        ("", {}),
        ([], {}),
        ({}, {}),
        ("A=1", {"A": "1"}),
        ("A=1 B=2", {"A": "1", "B": "2"}),
        ("  A=1   B=2  ", {"A": "1", "B": "2"}),
        ("A=a=b", {"A": "a=b"}),
        ("A='x y' B=\"z w\"", {"A": "x y", "B": "z w"}),
        ('A="say \\"x\\""', {"A": 'say "x"'}),
        ("A=x\\ y", {"A": "x y"}),
        ("A=a,b", {"A": "a,b"}),
        ("A=''", {"A": ""}),
        ("ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue='x y'", {"A": "1", "B": "x y"}),
        (["A=1", "B=2", "A=3"], {"A": "3", "B": "2"}),
        (("A=1", ["B=2", None]), {"A": "1", "B": "2"}),
        ({"A": 1, "B": True, "C": None, "D": ["x ", None, "", 2]}, {"A": "1", "B": "True", "C": "", "D": "x,2"}),
        ([{"A": "1"}, "A=2"], {"A": "2"}),
        ({"$include": ["A=1"], "B": "2"}, {"A": "1", "B": "2"}),
    ],
)
def test_every_form(stated: object, values: dict[str, str]) -> None:
    assert parse_parameter_overrides(stated) == values


@pytest.mark.parametrize("stated", ["A", "=", "A B", 5, [True], "file://x.yaml", {"$include": "x"}, "my_key=1"])
def test_no_known_form(stated: object) -> None:
    with pytest.raises(ParameterOverridesError) as caught:
        parse_parameter_overrides(stated)
    assert "--parameter-overrides" in caught.value.hint


def test_an_open_quote_takes_no_long_time() -> None:
    start = time.monotonic()
    with pytest.raises(ParameterOverridesError):
        parse_parameter_overrides('A="' + "a" * 20_000)
    assert time.monotonic() - start < 2
