"""pyproject.toml as a bundle's input: its dependencies, and those of chosen extras and dependency groups.

Sources: https://packaging.python.org/en/latest/specifications/pyproject-toml/ and
https://packaging.python.org/en/latest/specifications/dependency-groups/
"""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor import toml
from ca_vendor.errors import InputError
from ca_vendor.requirement.inputs import DirectLine, InputLine, Inputs, InputsError, shown_path
from ca_vendor.requirement.parsing import parse_requirement
from ca_vendor.requirement.reading import read_input_text
from ca_vendor.requirement.references import InvalidReferenceError, parse_direct
from ca_vendor.requirement.uv_sources import UnsupportedUvSourceError, uv_reference

PROJECT_FILE = "pyproject.toml"


class ProjectFileError(InputError):
    """A pyproject.toml that cannot be used as a bundle's input."""

    def __init__(self, path: Path, problem: str, *, hint: str = "") -> None:
        super().__init__(f"`{shown_path(path)}`: {problem}", hint=hint)
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What of a pyproject.toml is wanted besides its dependencies.

    Attributes:
        extras: of ``[project.optional-dependencies]``.
        groups: of ``[dependency-groups]``.
    """

    extras: tuple[NormalizedName, ...] = ()
    groups: tuple[NormalizedName, ...] = ()


def has_project_table(path: Path) -> bool:
    """Whether a pyproject.toml describes a project; also where it cannot be read, which reading it will tell."""
    try:
        return "project" in _load(path)[0]
    except InputError:
        return True


def read_project_inputs(
    path: Path, *, root: Path | None = None, chosen: Chosen | None = None, members: Collection[NormalizedName] = ()
) -> Inputs:
    """Read what a pyproject.toml requires.

    Args:
        path: the pyproject.toml.
        root: where paths count from that name nothing beside it; its directory when left out.
        chosen: extras and groups; none when left out.
        members: projects of the workspace.

    Raises:
        ProjectFileError: its tables cannot be used.
        InputsError: a requirement of it cannot be used.
        InputError: it cannot be read.
    """
    document, text = _load(path)
    reader = _Reader(path=path, text=text, document=document, root=root or path.parent, members=members)
    return reader.read(chosen or Chosen())


def _load(path: Path) -> tuple[dict[str, Any], str]:
    text = read_input_text(path)
    try:
        return toml.loads(text), text
    except (toml.TOMLDecodeError, RecursionError) as error:
        raise ProjectFileError(path, f"it is not TOML ({error})", hint="mend that line") from error


@dataclass(slots=True, kw_only=True)
class _Reader:
    path: Path
    text: str
    document: Mapping[str, Any]
    root: Path
    members: Collection[NormalizedName]
    requirements: list[InputLine] = field(default_factory=list)
    direct: list[DirectLine] = field(default_factory=list)

    def read(self, chosen: Chosen) -> Inputs:
        project = self.table("project")
        if project is None and not chosen.groups:
            hint = "name the dependencies in it, or in a requirements.in, or choose `groups`"
            raise ProjectFileError(self.path, "there is no `[project]`", hint=hint)
        if project is not None:
            self._add_project(project, chosen.extras)
        elif chosen.extras:
            raise ProjectFileError(self.path, f"there is no `[project]` that has an extra `{chosen.extras[0]}`")
        for group in chosen.groups:
            origin = f"{self.path.name} (group {group})"
            for requirement in self._group(group):
                self._add(requirement, origin, self._line_of(rf"[\"']{re.escape(requirement.name)}\b"))
        return Inputs(
            requirements=tuple(self.requirements),
            constraints=(),
            allow_prereleases=False,
            direct=tuple(self.direct),
            requires_python=_text(project or {}, "requires-python"),
        )

    def table(self, name: str) -> dict[str, Any] | None:
        value = self.document.get(name)
        if value is not None and not isinstance(value, dict):
            raise ProjectFileError(self.path, f"`{name}` must be a table")
        return value

    def _add_project(self, project: Mapping[str, Any], extras: tuple[NormalizedName, ...]) -> None:
        self._refuse_dynamic(project, "dependencies")
        for text in self._texts(project.get("dependencies", []), "project.dependencies"):
            self._add_text(text, self.path.name)
        if not extras:
            return
        self._refuse_dynamic(project, "optional-dependencies")
        optional = project.get("optional-dependencies", {})
        if not isinstance(optional, dict):
            raise ProjectFileError(self.path, "`project.optional-dependencies` must be a table")
        by_extra: dict[str, object] = {canonicalize_name(extra): texts for extra, texts in optional.items()}
        name = canonicalize_name(_text(project, "name"))
        for extra in _all_extras(extras, by_extra, name):
            if extra not in by_extra:
                raise self._unknown("extra", extra, by_extra)
            for text in self._texts(by_extra[extra], f"project.optional-dependencies.{extra}"):
                if _own_extras(text, name) is None:
                    self._add_text(text, f"{self.path.name} (extra {extra})")

    def _refuse_dynamic(self, project: Mapping[str, Any], key: str) -> None:
        dynamic = project.get("dynamic")
        if isinstance(dynamic, list) and key in dynamic:
            raise ProjectFileError(
                self.path,
                f"its `{key}` are dynamic: only its build backend knows them",
                hint="list them in `[project]`, or require the directory, `.`, in a requirements.in beside it",
            )

    def _group(self, group: NormalizedName) -> tuple[Requirement, ...]:
        from packaging.dependency_groups import DependencyGroupResolver
        from packaging.errors import ExceptionGroup

        groups = self.table("dependency-groups") or {}
        known = [canonicalize_name(name) for name in groups]
        if group not in known:
            raise self._unknown("group", group, known)
        try:
            return DependencyGroupResolver(groups).resolve(group)
        except (ExceptionGroup, ValueError, TypeError, LookupError) as error:
            problem = "; ".join(f"{each}" for each in getattr(error, "exceptions", (error,)))
            raise ProjectFileError(self.path, f"the dependency group `{group}`: {problem}") from error

    def _unknown(self, kind: str, name: str, known: Collection[str]) -> ProjectFileError:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean `{close[0]}`?" if close else f"it has: {', '.join(sorted(known)) or 'none'}"
        return ProjectFileError(self.path, f"it has no {kind} `{name}`", hint=hint)

    def _texts(self, values: object, key: str) -> list[str]:
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise ProjectFileError(self.path, f"`{key}` must be an array of strings")
        return values

    def _add_text(self, text: str, origin: str) -> None:
        number = self._line_of(re.escape(text))
        try:
            requirement = parse_requirement(text)
        except InvalidRequirement as error:
            details = tuple(str(error).splitlines())
            problem = f"`{text}` is not a requirement"
            hint = "a place is named as in `name @ file:../libs/name`"
            raise InputsError(self.path, number, problem, details=details, hint=hint) from error
        self._add(requirement, origin, number)

    def _add(self, requirement: Requirement, origin: str, number: int) -> None:
        """Note a requirement; one that names a place as a direct reference, with its version held to as well."""
        try:
            place = requirement.url or uv_reference(self.document, requirement, self.members)
        except UnsupportedUvSourceError as error:
            raise InputsError(self.path, number, f"`{requirement}`: {error}", hint=error.hint) from error
        if place:
            self._add_direct(requirement, place, origin, number)
        if not requirement.url and (not place or requirement.specifier):
            line = InputLine(requirement=requirement, origin=origin, path=self.path, number=number)
            self.requirements.append(line)

    def _add_direct(self, requirement: Requirement, place: str, origin: str, number: int) -> None:
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        marker = f" ; {requirement.marker}" if requirement.marker else ""
        text = f"{requirement.name}{extras} @ {place}{marker}"
        try:
            direct = parse_direct(text, base=self.path.parent, root=self.root)
        except InvalidReferenceError as error:
            hint = "name a directory, a wheel or an sdist, `name @ https://…` or `name @ git+https://…@COMMIT`"
            raise InputsError(self.path, number, f"`{text}`: {error}", hint=hint) from error
        if direct is not None:
            self.direct.append(DirectLine(direct=direct, origin=origin, path=self.path, number=number))

    def _line_of(self, pattern: str) -> int:
        """Return the first line that holds something; the first of all where TOML spells it in another way."""
        lines = enumerate(self.text.splitlines(), start=1)
        return next((number for number, line in lines if re.search(pattern, line)), 1)


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key, "")
    return value if isinstance(value, str) else ""


def _all_extras(
    wanted: Iterable[NormalizedName], by_extra: Mapping[str, object], name: NormalizedName
) -> Iterator[NormalizedName]:
    """Yield extras, and those that they name of the project itself, as ``all = ["acme[fast,slow]"]`` does."""
    waiting, seen = list(wanted), set[NormalizedName]()
    while waiting:
        extra = waiting.pop(0)
        if extra in seen:
            continue
        seen.add(extra)
        yield extra
        texts = by_extra.get(extra)
        for text in texts if isinstance(texts, list) else ():
            waiting += _own_extras(text, name) or ()


def _own_extras(text: object, name: NormalizedName) -> list[NormalizedName] | None:
    """Return the extras that a requirement names of the project itself; ``None`` where it is of another project."""
    try:
        requirement = parse_requirement(f"{text}")
    except InvalidRequirement:
        return None
    if canonicalize_name(requirement.name) != name:
        return None
    return sorted(canonicalize_name(extra) for extra in requirement.extras)
