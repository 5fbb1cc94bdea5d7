"""The check that pins are complete, made without asking the resolver.

Whatever resolved the pins, this follows every requirement that holds on the target and sees that a pin satisfies it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.errors import ResolutionError
from ca_vendor.requirement import CoreMetadata, TargetInputs, active_exclusions, active_requirements
from ca_vendor.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A requirement that holds on the target and that no pin satisfies.

    Attributes:
        parent: who requires it: ``name==version``, or ``-r requirements.in``.
        requirement: as required.
        pinned: the version that is pinned instead, ``None`` where the project is not pinned at all.
    """

    parent: str
    requirement: str
    pinned: Version | None

    def __str__(self) -> str:
        state = "is not pinned" if self.pinned is None else f"is pinned at {self.pinned}"
        return f"`{self.parent}` requires `{self.requirement}`, which {state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What follows from the pins.

    Attributes:
        dependencies: for each pin the pinned projects it requires on the target, sorted.
        origins: for each pin the input files that name it, sorted.
        gaps: requirements no pin satisfies; empty for a complete lock.
        missing: requirements of excluded projects: what runs the code must have these.
        unneeded: pins that nothing requires.
    """

    dependencies: Mapping[NormalizedName, tuple[NormalizedName, ...]]
    origins: Mapping[NormalizedName, tuple[str, ...]]
    gaps: tuple[Gap, ...]
    unneeded: tuple[NormalizedName, ...]
    missing: tuple[Gap, ...] = ()


class DirectReferenceError(ResolutionError):
    """A pin's metadata requires a URL instead of a project on the index."""

    def __init__(self, parent: str, requirement: str) -> None:
        super().__init__(
            f"`{parent}` requires `{requirement}`, a direct reference that leaves the index",
            hint="pin a version of it that requires projects by name, or ask its maintainer for one",
        )
        self.parent = parent
        self.requirement = requirement


def close_pins(
    versions: Mapping[NormalizedName, Version],
    metadata: Mapping[NormalizedName, CoreMetadata],
    inputs: TargetInputs,
    target: Target,
    *,
    direct: Collection[NormalizedName] = (),
) -> Closure:
    """Follow every requirement from the inputs on.

    Args:
        versions: the pins.
        metadata: of each pin whose metadata is known.
        inputs: the requirements and constraints.
        target: the machine that evaluates markers.
        direct: pins that direct references of the inputs name; a pin may require these by a URL of its own.

    Raises:
        DirectReferenceError: a pin requires another URL.
    """
    walk = _Walk(versions, metadata, target, direct)
    for line in inputs.requirements:
        walk.require(line.requirement, parent=line.origin)
    for line in inputs.excluded:
        walk.exclude(line.requirement, parent=line.origin)
    walk.follow()
    origins = defaultdict[NormalizedName, set[str]](set)
    for line in (*inputs.requirements, *inputs.constraints):
        origins[line.name].add(line.origin)
    return Closure(
        dependencies={name: tuple(sorted(walk.dependencies[name])) for name in versions},
        origins={name: tuple(sorted(origins[name])) for name in versions},
        gaps=tuple(dict.fromkeys(walk.gaps)),
        unneeded=tuple(sorted(name for name in versions if (name, "") not in walk.seen)),
        missing=tuple(sorted(dict.fromkeys(walk.missing), key=str)),
    )


class _Active(Protocol):
    """Yields those requirements of a distribution that hold on a target."""

    def __call__(
        self, metadata: CoreMetadata, target: Target, *, extras: Collection[NormalizedName]
    ) -> Iterator[Requirement]: ...


class _Walk:
    """Visits each pin once without an extra and once for each extra asked of it."""

    def __init__(
        self,
        versions: Mapping[NormalizedName, Version],
        metadata: Mapping[NormalizedName, CoreMetadata],
        target: Target,
        direct: Collection[NormalizedName],
    ) -> None:
        self._versions = versions
        self._metadata = metadata
        self._target = target
        self._direct = direct
        self._waiting: list[tuple[NormalizedName, str]] = []
        self.seen: set[tuple[NormalizedName, str]] = set()
        self.gaps: list[Gap] = []
        self.missing: list[Gap] = []
        self.dependencies = defaultdict[NormalizedName, set[NormalizedName]](set)

    def require(self, requirement: Requirement, *, parent: str) -> None:
        """Note one requirement, to be followed if a pin satisfies it."""
        name = canonicalize_name(requirement.name)
        pinned = self._versions.get(name)
        if pinned is None or not requirement.specifier.contains(pinned, prereleases=True):
            requirement.marker = None
            self.gaps.append(Gap(parent=parent, requirement=str(requirement), pinned=pinned))
            return
        for extra in ("", *(canonicalize_name(extra) for extra in sorted(requirement.extras))):
            if (name, extra) not in self.seen:
                self.seen.add((name, extra))
                self._waiting.append((name, extra))

    def exclude(self, requirement: Requirement, *, parent: str) -> None:
        """Note one requirement of a project that is left out, unless it is there all the same."""
        if canonicalize_name(requirement.name) not in self._versions:
            requirement.marker = None
            self.missing.append(Gap(parent=parent, requirement=str(requirement), pinned=None))

    def follow(self) -> None:
        """Visit what is waiting, until nothing is."""
        while self._waiting:
            name, extra = self._waiting.pop()
            parent = f"{name}=={self._versions[name]}"
            for requirement in self._active(active_requirements, name, extra):
                required = canonicalize_name(requirement.name)
                if requirement.url is not None and required not in self._direct:
                    raise DirectReferenceError(parent, str(requirement))
                if required in self._versions and required != name:
                    self.dependencies[name].add(required)
                self.require(requirement, parent=parent)
            for requirement in self._active(active_exclusions, name, extra):
                self.exclude(requirement, parent=parent)

    def _active(self, active: _Active, name: NormalizedName, extra: str) -> Iterator[Requirement]:
        metadata = self._metadata.get(name)
        if metadata is not None:
            extras = [canonicalize_name(extra)] if extra else []
            yield from active(metadata, self._target, extras=extras)
