"""Which kinds of distribution files a project may be taken from."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from packaging.utils import NormalizedName

ALL = ":all:"
"""Every project, as pip writes it."""


class Format(Enum):
    """What may be used of a project."""

    ANY = "wheels, and sdists of versions without"
    WHEELS = "wheels"
    SDISTS = "sdists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """What ``only-binary`` and ``no-binary`` say; a project's own name outweighs :data:`ALL`.

    Attributes:
        only_binary: normalised names whose sdists are passed over, or :data:`ALL`.
        no_binary: normalised names whose wheels are passed over, or :data:`ALL`.
    """

    only_binary: frozenset[str] = frozenset()
    no_binary: frozenset[str] = frozenset()

    def of(self, name: NormalizedName) -> Format:
        """Return what may be used of a project."""
        for asked in (name, ALL):
            if asked in self.no_binary:
                return Format.SDISTS
            if asked in self.only_binary:
                return Format.WHEELS
        return Format.ANY

    def contradictions(self) -> Collection[str]:
        """Return what both name, sorted: nothing could be used of it."""
        return sorted(self.only_binary & self.no_binary)


WHEELS_ONLY = Formats(only_binary=frozenset({ALL}))
