"""What a resolver is asked, and how it fails."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.errors import ResolutionError

PATIENCE_SECONDS = 3600
"""How long a resolver waits for the view, in whole seconds: the view knows better when the index is lost."""

_SHOWN_LINES = 12


class ResolverName(Enum):
    """The resolvers there are, under their names in configuration."""

    PIP_COMPILE = "pip-compile"
    UV = "uv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """Pins to keep where the requirements still allow them.

    Attributes:
        pins: of an earlier lock; empty to start afresh.
        upgrade: projects whose pin is not kept.
    """

    pins: Mapping[NormalizedName, Version] = field(default_factory=dict)
    upgrade: tuple[NormalizedName, ...] = ()

    def without(self, names: Collection[NormalizedName]) -> "Seeds":
        """Return these but for some projects."""
        return replace(self, pins={name: version for name, version in self.pins.items() if name not in names})

    def kept(self) -> dict[NormalizedName, Version]:
        """Return the pins that a resolver should prefer."""
        return {name: version for name, version in self.pins.items() if name not in self.upgrade}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """One question to a resolver.

    Attributes:
        index_url: the only index it may use.
        requirements: one a line, without markers.
        constraints: one a line, without markers.
        allow_prereleases: whether prereleases may be chosen freely.
        seeds: pins to keep.
        abort: asked several times a second; when it says so, the resolver is ended.
    """

    index_url: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    allow_prereleases: bool
    seeds: Seeds
    abort: Callable[[], bool]


class ResolverFailedError(ResolutionError):
    """The resolver found no solution, or broke.

    Attributes:
        causes: who requires what in the conflict it reports; empty where its output tells of none.
        output: all it wrote.
    """

    def __init__(self, resolver: str, causes: tuple[str, ...], output: str) -> None:
        super().__init__(
            "the requirements contradict each other" if causes else f"{resolver} found no solution",
            details=causes or tuple(output.strip().splitlines()[-_SHOWN_LINES:]),
            hint="loosen one of these requirements" if causes else "",
        )
        self.resolver = resolver
        self.causes = causes
        self.output = output
