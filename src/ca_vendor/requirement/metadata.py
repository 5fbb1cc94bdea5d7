"""Core metadata, read as pip reads it and rewritten so that a target is the only machine there is."""

import email.parser
import email.policy
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.errors import IndexUnavailableError
from ca_vendor.requirement.parsing import parse_requirement
from ca_vendor.target import Target, marker_environment

UNSATISFIABLE_PYTHON = "<1"
"""A Requires-Python no interpreter satisfies, so that a resolver passes over the version and tries another."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_UNUSABLE_LINE = (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName, RecursionError)
"""What a requirement raises that cannot be parsed, or whose marker cannot be evaluated on any machine."""


class MetadataError(IndexUnavailableError):
    """A distribution's METADATA lacks what the specification requires."""

    def __init__(self, filename: str, problem: str) -> None:
        super().__init__(
            f"the METADATA of `{filename}` cannot be used: {problem}",
            hint="report it to the package's maintainer, or exclude that version in requirements.in",
        )
        self.filename = filename
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreMetadata:
    """The fields of METADATA a resolver looks at, values as written.

    Attributes:
        requires_python: ``None`` where there is none.
        requires_dist: one requirement a line, in the file's order.
        provides_extra: extra names as written.
        dynamic: fields of which an sdist's METADATA says that a wheel's may differ, as written.
        excluded: lines that were taken out of ``requires_dist``.
    """

    metadata_version: str
    name: str
    version: str
    requires_python: str | None
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]
    dynamic: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def without(self, names: Collection[NormalizedName]) -> "CoreMetadata":
        """Return this with requirements of some projects taken out."""
        if not names:
            return self
        out = {text for text in self.requires_dist if _project_of(text) in names}
        return replace(
            self,
            requires_dist=tuple(text for text in self.requires_dist if text not in out),
            excluded=tuple(text for text in self.requires_dist if text in out),
        )


def parse_metadata(data: bytes, *, filename: str) -> CoreMetadata:
    """Read METADATA's header fields; its description is not looked at.

    Raises:
        MetadataError: there is no Name or no Version.

    Source: https://packaging.python.org/en/latest/specifications/core-metadata/
    """
    header = data.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
    message = email.parser.Parser(policy=email.policy.compat32).parsestr(header, headersonly=True)

    def values(field: str) -> tuple[str, ...]:
        return tuple(" ".join(str(value).split()) for value in message.get_all(field, []))

    def one(field: str) -> str | None:
        return next(iter(values(field)), None)

    name, version = one("Name"), one("Version")
    if not name or not version:
        raise MetadataError(filename, f"it has no {'Version' if name else 'Name'}")
    return CoreMetadata(
        metadata_version=one("Metadata-Version") or "2.1",
        name=name,
        version=version,
        requires_python=one("Requires-Python"),
        requires_dist=values("Requires-Dist"),
        provides_extra=values("Provides-Extra"),
        dynamic=values("Dynamic"),
    )


def render_metadata_for_target(metadata: CoreMetadata, target: Target) -> bytes:
    """Render METADATA with every marker evaluated for the target.

    A requirement that holds loses its marker; one that does not is dropped; one that holds only with an extra keeps
    that extra as its whole marker. Requires-Python is gone where it holds, and unsatisfiable where it does not. A
    line that cannot be parsed or evaluated goes through as it is, so that the resolver judges it as it would have.
    """
    lines = [
        f"Metadata-Version: {metadata.metadata_version}",
        f"Name: {metadata.name}",
        f"Version: {metadata.version}",
    ]
    if not _python_holds(metadata, target):
        lines.append(f"Requires-Python: {UNSATISFIABLE_PYTHON}")
    lines += (f"Provides-Extra: {extra}" for extra in metadata.provides_extra)
    lines += (
        f"Requires-Dist: {line}"
        for text in metadata.requires_dist
        for line in _render_requirement(text, metadata, target)
    )
    return ("\n".join(lines) + "\n").encode()


def active_requirements(
    metadata: CoreMetadata, target: Target, *, extras: Collection[NormalizedName]
) -> Iterator[Requirement]:
    """Yield the requirements that hold on the target, alone or with one of the extras.

    Extras that the distribution does not provide are passed over, as resolvers do; and so are lines that cannot be
    parsed or evaluated, as the resolver has judged them already.
    """
    yield from _active(metadata.requires_dist, metadata, target, extras)


def active_exclusions(
    metadata: CoreMetadata, target: Target, *, extras: Collection[NormalizedName]
) -> Iterator[Requirement]:
    """Do what :func:`active_requirements` does for the requirements that were taken out."""
    yield from _active(metadata.excluded, metadata, target, extras)


def _active(
    texts: Iterable[str], metadata: CoreMetadata, target: Target, extras: Collection[NormalizedName]
) -> Iterator[Requirement]:
    provided = {canonicalize_name(extra) for extra in metadata.provides_extra}
    asked = ("", *(extra for extra in extras if extra in provided))
    for text in texts:
        try:
            requirement = parse_requirement(text)
            holds = any(_holds(requirement, target, extra) for extra in asked)
        except _UNUSABLE_LINE:
            continue
        if holds:
            yield requirement


def _project_of(text: str) -> NormalizedName | None:
    """Return the project that a requirement names; ``None`` where it cannot be told."""
    match = _NAME.match(text)
    return canonicalize_name(match[0]) if match else None


def _python_holds(metadata: CoreMetadata, target: Target) -> bool:
    if not metadata.requires_python:
        return True
    try:
        specifier = SpecifierSet(metadata.requires_python)
    except InvalidSpecifier:
        return True
    return specifier.contains(target.python_full_version, prereleases=True)


def _holds(requirement: Requirement, target: Target, extra: str) -> bool:
    if requirement.marker is None:
        return True
    return requirement.marker.evaluate({**marker_environment(target), "extra": extra})


def _render_requirement(text: str, metadata: CoreMetadata, target: Target) -> Iterator[str]:
    try:
        requirement = parse_requirement(text)
        markers = _markers(requirement, metadata, target)
    except _UNUSABLE_LINE:
        yield text
        return
    # A direct reference would make the resolver leave the index. Its name alone goes on; the lock refuses the pin.
    bare = requirement.name if requirement.url else text.partition(";")[0].strip()
    yield from (f"{bare}{marker}" for marker in markers)


def _markers(requirement: Requirement, metadata: CoreMetadata, target: Target) -> list[str]:
    """Return what is left of the marker: nothing, or one for each extra it holds with; empty where it never holds."""
    if _holds(requirement, target, ""):
        return [""]
    extras = dict.fromkeys(canonicalize_name(extra) for extra in metadata.provides_extra)
    return [f' ; extra == "{extra}"' for extra in extras if _holds(requirement, target, extra)]
