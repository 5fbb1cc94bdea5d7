"""The pins in a compiled requirements file."""

import re
from collections.abc import Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")


def parse_pins(text: str) -> dict[str, str]:
    """Return version by project, both as the resolver wrote them; other lines are passed over."""
    return {match["name"]: match["version"] for line in text.splitlines() if (match := _PIN.match(line))}


def render_pins(pins: Mapping[NormalizedName, Version]) -> list[str]:
    """Return one ``name==version`` for each pin."""
    return [f"{name}=={version}" for name, version in pins.items()]
