"""What a requirements file asks for, and what of it holds on a target."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.errors import InputError
from ca_vendor.requirement.parsing import parse_requirement
from ca_vendor.requirement.references import DirectRequirement
from ca_vendor.target import Target, marker_environment


class InputsError(InputError):
    """A line of a requirements file that cannot be used."""

    def __init__(self, path: Path, line: int, problem: str, *, details: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(f"`{shown_path(path)}` line {line}: {problem}", details=details, hint=hint)
        self.path = path
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class InputLine:
    """One requirement or constraint as the user wrote it.

    Attributes:
        origin: where it stands, relative to the first requirements file, as in ``-r ../base.in``.
        path: the file it stands in.
        number: its line there, counted from 1.
        hashes: sha256 digests, lower-case hex; empty where none were given.
    """

    requirement: Requirement
    origin: str
    path: Path
    number: int
    hashes: tuple[str, ...] = ()

    @property
    def name(self) -> NormalizedName:
        """The project's normalised name."""
        return canonicalize_name(self.requirement.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectLine:
    """A requirement that names a place, as the user wrote it.

    Attributes:
        origin, path, number, hashes: as of an :class:`InputLine`.
    """

    direct: DirectRequirement
    origin: str
    path: Path
    number: int
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything a requirements.in says, the files it includes read in.

    Attributes:
        direct: requirements that name a place.
        only_binary: names whose sdists are not wanted, or ``:all:``.
        no_binary: names whose wheels are not wanted, or ``:all:``.
        requires_python: versions of Python that all of it is for, as written; empty for any.
    """

    requirements: tuple[InputLine, ...]
    constraints: tuple[InputLine, ...]
    allow_prereleases: bool
    direct: tuple[DirectLine, ...] = ()
    only_binary: frozenset[str] = frozenset()
    no_binary: frozenset[str] = frozenset()
    requires_python: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInputs:
    """The requirements and constraints that hold on a target; their markers are gone.

    Attributes:
        direct, only_binary, no_binary: as of :class:`Inputs`.
        exclude: projects that are left out whoever requires them.
        excluded: requirements of these that stand in the inputs.
        provider: the bundle whose pins are there already; empty for none.
    """

    requirements: tuple[InputLine, ...]
    constraints: tuple[InputLine, ...]
    allow_prereleases: bool
    direct: tuple[DirectLine, ...] = ()
    only_binary: frozenset[str] = frozenset()
    no_binary: frozenset[str] = frozenset()
    exclude: frozenset[NormalizedName] = frozenset()
    excluded: tuple[InputLine, ...] = ()
    provider: str = ""

    def without(self, names: frozenset[NormalizedName]) -> "TargetInputs":
        """Return these with projects left out."""
        return replace(
            self,
            requirements=tuple(line for line in self.requirements if line.name not in names),
            exclude=names,
            excluded=tuple(line for line in self.requirements if line.name in names),
        )

    def hashes_of(self, name: NormalizedName) -> frozenset[str]:
        """The sha256 digests the user allows for a project; empty where any file will do."""
        return frozenset(digest for line in self.requirements if line.name == name for digest in line.hashes)


def evaluate_inputs(inputs: Inputs, target: Target) -> TargetInputs:
    """Keep what holds on the target, with its marker dropped.

    Raises:
        InputsError: a marker cannot be evaluated.
    """
    return TargetInputs(
        requirements=tuple(_evaluate(inputs.requirements, target)),
        constraints=tuple(_evaluate(inputs.constraints, target)),
        allow_prereleases=inputs.allow_prereleases,
        direct=tuple(
            replace(line, direct=replace(line.direct, marker=None))
            for line in inputs.direct
            if _holds(line.direct.marker, line, target)
        ),
        only_binary=inputs.only_binary,
        no_binary=inputs.no_binary,
    )


def _evaluate(lines: Iterable[InputLine], target: Target) -> Iterator[InputLine]:
    for line in lines:
        if _holds(line.requirement.marker, line, target):
            requirement = parse_requirement(str(line.requirement))
            requirement.marker = None
            yield replace(line, requirement=requirement)


def _holds(marker: Marker | None, line: InputLine | DirectLine, target: Target) -> bool:
    try:
        return marker is None or marker.evaluate({**marker_environment(target), "extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        raise InputsError(
            line.path,
            line.number,
            f"the marker `{marker}` cannot be evaluated",
            hint="compare versions with versions, and text with `==`, `!=`, `in` or `not in`",
        ) from error


def shown_path(path: Path) -> str:
    """Return a path as messages show it: relative to the current directory where it is below that."""
    relative = os.path.relpath(path)
    return path.as_posix() if relative.startswith("..") else Path(relative).as_posix()
