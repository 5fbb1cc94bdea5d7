"""Patterns over project names, such as ``acme-*``."""

import re
from dataclasses import dataclass

from packaging.utils import NormalizedName

_SEPARATORS = re.compile(r"[-_.]+")
_PATTERN = re.compile(r"[a-z0-9*]([a-z0-9*-]*[a-z0-9*])?")


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A project name in which ``*`` stands for any run of characters, also none.

    Attributes:
        text: normalised as names are, so that ``Acme_*`` is ``acme-*``.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> "NamePattern | None":
        """Read a pattern; ``None`` where no project's name could match it."""
        normalised = _SEPARATORS.sub("-", text).lower()
        return cls(normalised) if text.isascii() and _PATTERN.fullmatch(normalised) else None

    def matches(self, name: NormalizedName) -> bool:
        """Whether a name is one of those the pattern stands for."""
        first, *others = self.text.split("*")
        if not others:
            return name == first
        *between, last = others
        if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
            return False
        return _in_order(between, name[len(first) : len(name) - len(last)])

    def __str__(self) -> str:
        return self.text


def _in_order(parts: list[str], text: str) -> bool:
    """Whether the parts stand in a text one after another. Linear, whatever the pattern."""
    position = 0
    for part in parts:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return True
