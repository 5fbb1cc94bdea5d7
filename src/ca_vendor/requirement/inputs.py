"""requirements.in in its full format: what it asks for, and what of it holds on a target."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.errors import InputError
from ca_vendor.requirement.lines import LogicalLine, split_lines
from ca_vendor.requirement.parsing import parse_requirement
from ca_vendor.target import Target, marker_environment

MAX_INPUT_BYTES = 4 * 1024 * 1024
"""Larger than any requirements file a person keeps; a guard against a wrong path."""

_INCLUDE = {"-r": False, "--requirement": False, "-c": True, "--constraint": True}
_INDEX_OPTIONS = frozenset(
    {
        "-i",
        "--index-url",
        "--extra-index-url",
        "--no-index",
        "-f",
        "--find-links",
        "--trusted-host",
        "--pypi-url",
    }
)
_ARCHIVES = (".whl", ".zip", ".tar.gz")
_HARMLESS = frozenset({"--prefer-binary", "--require-hashes"})
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


class InputsError(InputError):
    """A line of a requirements file that cannot be used."""

    def __init__(self, path: Path, line: int, problem: str, *, details: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(f"`{_shown(path)}` line {line}: {problem}", details=details, hint=hint)
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
class Inputs:
    """Everything a requirements.in says, the files it includes read in."""

    requirements: tuple[InputLine, ...]
    constraints: tuple[InputLine, ...]
    allow_prereleases: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInputs:
    """The requirements and constraints that hold on a target; their markers are gone."""

    requirements: tuple[InputLine, ...]
    constraints: tuple[InputLine, ...]
    allow_prereleases: bool

    def hashes_of(self, name: NormalizedName) -> frozenset[str]:
        """The sha256 digests the user allows for a project; empty where any file will do."""
        return frozenset(digest for line in self.requirements if line.name == name for digest in line.hashes)


def read_inputs(path: Path, *, environment: Mapping[str, str] | None = None) -> Inputs:
    """Read a requirements.in and all it includes.

    Args:
        path: the requirements.in.
        environment: values for ``${VARIABLE}``; the process's own when left out.

    Raises:
        InputsError: a line cannot be used.
        InputError: the file cannot be read.
    """
    reader = _Reader(root=path.parent, environment=os.environ if environment is None else environment)
    reader.read(path, constraint=False, including=())
    return Inputs(
        requirements=tuple(reader.requirements),
        constraints=tuple(reader.constraints),
        allow_prereleases=reader.allow_prereleases,
    )


def evaluate_inputs(inputs: Inputs, target: Target) -> TargetInputs:
    """Keep what holds on the target, with its marker dropped.

    Raises:
        InputsError: a marker cannot be evaluated.
    """
    return TargetInputs(
        requirements=tuple(_evaluate(inputs.requirements, target)),
        constraints=tuple(_evaluate(inputs.constraints, target)),
        allow_prereleases=inputs.allow_prereleases,
    )


def _evaluate(lines: tuple[InputLine, ...], target: Target) -> Iterator[InputLine]:
    for line in lines:
        if not _holds(line, target):
            continue
        requirement = parse_requirement(str(line.requirement))
        requirement.marker = None
        yield InputLine(
            requirement=requirement,
            origin=line.origin,
            path=line.path,
            number=line.number,
            hashes=line.hashes,
        )


def _holds(line: InputLine, target: Target) -> bool:
    marker = line.requirement.marker
    try:
        return marker is None or marker.evaluate({**marker_environment(target), "extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        raise InputsError(
            line.path,
            line.number,
            f"the marker `{marker}` cannot be evaluated",
            hint="compare versions with versions, and text with `==`, `!=`, `in` or `not in`",
        ) from error


@dataclass(slots=True, kw_only=True)
class _Reader:
    root: Path
    environment: Mapping[str, str]
    requirements: list[InputLine] = field(default_factory=list)
    constraints: list[InputLine] = field(default_factory=list)
    allow_prereleases: bool = False

    def read(self, path: Path, *, constraint: bool, including: tuple[Path, ...]) -> None:
        for line in split_lines(_read_text(path), self.environment):
            if line.problem:
                raise InputsError(path, line.number, line.problem)
            if line.argument:
                self._add_requirement(path, line, constraint=constraint)
            else:
                self._apply_option(path, line, constraint=constraint, including=including)

    def _apply_option(self, path: Path, line: LogicalLine, *, constraint: bool, including: tuple[Path, ...]) -> None:
        option, value = _option_and_value(line.options)
        if option in _INCLUDE:
            self._include(path, line, _INCLUDE[option] or constraint, (*including, path.resolve()))
        elif option == "--pre":
            self.allow_prereleases = True
        elif option in _INDEX_OPTIONS:
            raise InputsError(
                path,
                line.number,
                f"`{option}` does not belong in requirements.in",
                hint="name the index in `[tool.ca-vendor]`: `domain` and `repository`, or `index-url`",
            )
        elif option in {"-e", "--editable"}:
            raise _no_direct_reference(path, line.number, f"{option} {value}")
        elif option not in _HARMLESS and option != "--only-binary":
            raise InputsError(path, line.number, f"`{option}` is not supported in requirements.in")

    def _include(self, path: Path, line: LogicalLine, constraint: bool, including: tuple[Path, ...]) -> None:  # noqa: FBT001
        option, value = _option_and_value(line.options)
        if not value:
            raise InputsError(path, line.number, f"`{option}` names no file")
        if "://" in value:
            raise InputsError(
                path,
                line.number,
                f"`{option} {value}` is not a local file",
                hint="keep a copy beside requirements.in",
            )
        included = path.parent / value
        if not _is_file(included):
            raise InputsError(path, line.number, f"there is no file `{value}`")
        if included.resolve() in including:
            raise InputsError(path, line.number, f"`{value}` includes itself")
        self.read(included, constraint=constraint, including=including)

    def _add_requirement(self, path: Path, line: LogicalLine, *, constraint: bool) -> None:
        requirement = _parse_requirement(path, line)
        origin = f"{'-c' if constraint else '-r'} {Path(os.path.relpath(path, self.root)).as_posix()}"
        entry = InputLine(
            requirement=requirement,
            origin=origin,
            path=path,
            number=line.number,
            hashes=_parse_hashes(path, line),
        )
        (self.constraints if constraint else self.requirements).append(entry)


def _option_and_value(options: tuple[str, ...]) -> tuple[str, str]:
    option, _, value = (
        options[0].partition("=") if options[0].startswith("--") else (options[0][:2], "", options[0][2:])
    )
    return option, value or (options[1] if len(options) > 1 else "")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name no file system takes
        return False


def _parse_requirement(path: Path, line: LogicalLine) -> Requirement:
    try:
        requirement = parse_requirement(line.argument)
    except InvalidRequirement as error:
        if re.match(r"[./~]|[\w+]+:", line.argument):
            raise _no_direct_reference(path, line.number, line.argument) from error
        raise InputsError(
            path,
            line.number,
            f"`{line.argument}` is not a requirement",
            details=tuple(str(error).splitlines()),
            hint='write it as in `requests>=2.31` or `uvicorn[standard]; python_version >= "3.10"`',
        ) from error
    # pip takes what ends like an archive for a path, although it may be a project's name.
    if requirement.url is not None or requirement.name.endswith(_ARCHIVES):
        raise _no_direct_reference(path, line.number, line.argument)
    return requirement


def _no_direct_reference(path: Path, number: int, text: str) -> InputsError:
    return InputsError(
        path,
        number,
        f"`{text}` is a direct reference, and only projects on an index can be locked",
        hint="publish it to your repository (`twine upload`) and require it by name",
    )


def _parse_hashes(path: Path, line: LogicalLine) -> tuple[str, ...]:
    digests = []
    words = iter(line.options)
    for word in words:
        option, _, value = word.partition("=")
        if option != "--hash":
            raise InputsError(path, line.number, f"`{option}` behind a requirement is not supported")
        match = _SHA256.fullmatch(value or next(words, ""))
        if match is None:
            raise InputsError(path, line.number, "only `--hash=sha256:…` with 64 hex digits is supported")
        digests.append(match[1])
    return tuple(digests)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise InputError(f"`{_shown(path)}` cannot be read: {error.strerror}", hint="check the path") from error
    if len(data) > MAX_INPUT_BYTES:
        raise InputError(f"`{_shown(path)}` is larger than {MAX_INPUT_BYTES} bytes", hint="check the path")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"`{_shown(path)}` is not UTF-8", hint="save it as UTF-8") from error


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return path.as_posix() if relative.startswith("..") else Path(relative).as_posix()
