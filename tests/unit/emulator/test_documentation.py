"""What docs/emulator.md says there is, there is."""

import re
from pathlib import Path

import pytest

from ca_vendor.cli.emulator import emulator
from ca_vendor.emulator.effects import EFFECTS
from ca_vendor.emulator.faults import Route

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "emulator.md").read_text()
# 14 and 36 are no cases.
CASES = sorted({*range(1, 43)} - {14, 36})


def test_every_case_has_a_row() -> None:
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE)] == CASES


def test_every_test_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    tests = "".join(path.read_text() for path in (ROOT / "tests" / "integration" / "emulator").glob("test_*.py"))
    assert named <= set(re.findall(r"^def (test_\w+)\(", tests, re.MULTILINE))
    assert len(named) > 30


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_every_effect_is_described(name: str) -> None:
    assert f"`{EFFECTS[name].__name__}(" in TEXT
    assert f"| `{name}` |" in TEXT


@pytest.mark.parametrize("route", list(Route))
def test_every_route_is_described(route: Route) -> None:
    assert f"`{route.value}`" in TEXT


@pytest.mark.parametrize("parameter", emulator.params)
def test_every_option_is_described(parameter: object) -> None:
    assert all(f"`{option}" in TEXT for option in getattr(parameter, "opts", ()))
