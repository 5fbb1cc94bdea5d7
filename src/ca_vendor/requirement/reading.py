"""requirements.in in its full format, read with all it includes."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ca_vendor.errors import InputError
from ca_vendor.requirement.inputs import DirectLine, InputLine, Inputs, InputsError, shown_path
from ca_vendor.requirement.lines import LogicalLine, split_lines
from ca_vendor.requirement.parsing import parse_requirement
from ca_vendor.requirement.references import DirectRequirement, InvalidReferenceError, parse_direct

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
_FORMATS = frozenset({"--only-binary", "--no-binary"})
_HARMLESS = frozenset({"--prefer-binary", "--require-hashes"})
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


def read_inputs(path: Path, *, root: Path | None = None, environment: Mapping[str, str] | None = None) -> Inputs:
    """Read a requirements.in and all it includes.

    Args:
        path: the requirements.in.
        root: where paths count from that name nothing beside the file they stand in; its directory when left out.
        environment: values for ``${VARIABLE}``; the process's own when left out.

    Raises:
        InputsError: a line cannot be used.
        InputError: the file cannot be read.
    """
    reader = _Reader(
        first=path.parent, root=root or path.parent, environment=os.environ if environment is None else environment
    )
    reader.read(path, constraint=False, including=())
    return Inputs(
        requirements=tuple(reader.requirements),
        constraints=tuple(reader.constraints),
        allow_prereleases=reader.allow_prereleases,
        direct=tuple(reader.direct),
        only_binary=frozenset(reader.formats["--only-binary"]),
        no_binary=frozenset(reader.formats["--no-binary"]),
    )


@dataclass(slots=True, kw_only=True)
class _Reader:
    first: Path
    root: Path
    environment: Mapping[str, str]
    requirements: list[InputLine] = field(default_factory=list)
    constraints: list[InputLine] = field(default_factory=list)
    direct: list[DirectLine] = field(default_factory=list)
    formats: dict[str, set[str]] = field(default_factory=lambda: {option: set() for option in _FORMATS})
    allow_prereleases: bool = False

    def read(self, path: Path, *, constraint: bool, including: tuple[Path, ...]) -> None:
        for line in split_lines(read_input_text(path), self.environment):
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
            self._add_editable(path, line, constraint=constraint)
        elif option in _FORMATS:
            self._set_format(option, value)
        elif option not in _HARMLESS:
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

    def _set_format(self, option: str, value: str) -> None:
        """Do as pip does: a later option takes a project from an earlier one; ``:none:`` empties it."""
        (other,) = _FORMATS - {option}
        for name in filter(None, (part.strip() for part in value.split(","))):
            if name == ":none:":
                self.formats[option].clear()
                continue
            project = name if name == ":all:" else canonicalize_name(name)
            self.formats[option].add(project)
            self.formats[other].discard(project)

    def _add_editable(self, path: Path, line: LogicalLine, *, constraint: bool) -> None:
        option, _ = _option_and_value(line.options)
        # As it was written: a marker's quotes are its own, not a shell's.
        text = line.rest[len(option) :].lstrip(" =")
        direct = self._direct(path, line, text, editable=True) if text else None
        if direct is None:
            raise InputsError(path, line.number, f"`{option}` names no directory", hint="such as `-e ./libs/common`")
        self._add_direct(path, line, direct, constraint=constraint)

    def _add_requirement(self, path: Path, line: LogicalLine, *, constraint: bool) -> None:
        direct = self._direct(path, line, line.argument, editable=False)
        if direct is not None:
            self._add_direct(path, line, direct, constraint=constraint)
            return
        entry = InputLine(
            requirement=_parse_requirement(path, line),
            origin=self._origin(path, constraint=constraint),
            path=path,
            number=line.number,
            hashes=_parse_hashes(path, line),
        )
        (self.constraints if constraint else self.requirements).append(entry)

    def _add_direct(self, path: Path, line: LogicalLine, direct: DirectRequirement, *, constraint: bool) -> None:
        if constraint:
            raise InputsError(
                path,
                line.number,
                f"`{direct.text}` is a direct reference, which cannot constrain",
                hint="require it in requirements.in itself",
            )
        hashes = () if direct.reference_is_editable else _parse_hashes(path, line)
        origin = self._origin(path, constraint=False)
        self.direct.append(DirectLine(direct=direct, origin=origin, path=path, number=line.number, hashes=hashes))

    def _direct(self, path: Path, line: LogicalLine, text: str, *, editable: bool) -> DirectRequirement | None:
        try:
            return parse_direct(text, base=path.parent, root=self.root, editable=editable)
        except InvalidReferenceError as error:
            hint = "name a directory, a wheel or an sdist, `name @ https://…` or `name @ git+https://…@COMMIT`"
            raise InputsError(path, line.number, f"`{text}`: {error}", hint=hint) from error

    def _origin(self, path: Path, *, constraint: bool) -> str:
        return f"{'-c' if constraint else '-r'} {Path(os.path.relpath(path, self.first)).as_posix()}"


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
        raise InputsError(
            path,
            line.number,
            f"`{line.argument}` is not a requirement",
            details=tuple(str(error).splitlines()),
            hint='write it as in `requests>=2.31` or `uvicorn[standard]; python_version >= "3.10"`',
        ) from error
    return requirement


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


def read_input_text(path: Path) -> str:
    """Return the text of a file that a bundle's inputs are in.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise InputError(f"`{shown_path(path)}` cannot be read: {error.strerror}", hint="check the path") from error
    if len(data) > MAX_INPUT_BYTES:
        raise InputError(f"`{shown_path(path)}` is larger than {MAX_INPUT_BYTES} bytes", hint="check the path")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"`{shown_path(path)}` is not UTF-8", hint="save it as UTF-8") from error
