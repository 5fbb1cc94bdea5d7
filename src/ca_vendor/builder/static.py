"""Metadata that a source tells by itself, with nothing of it run.

Sources: https://packaging.python.org/en/latest/specifications/core-metadata/#dynamic-multiple-use,
https://packaging.python.org/en/latest/specifications/pyproject-toml/
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ca_vendor import toml
from ca_vendor.builder.archives import opened_archive
from ca_vendor.builder.model import Source
from ca_vendor.files import UnreadableError
from ca_vendor.requirement import MetadataError, parse_metadata
from ca_vendor.requirement.parsing import parse_requirement

MAX_METADATA_BYTES = 8 * 1024**2
"""Far above any real PKG-INFO or pyproject.toml; a guard against bombs."""

_METADATA, _PROJECT = "PKG-INFO", "pyproject.toml"
_STATIC_SINCE = (2, 2)
_MUST_BE_STATIC = frozenset({"requires-dist", "requires-python", "provides-extra", "version"})
_PROJECT_FIELDS = frozenset({"name", "version", "dependencies", "optional-dependencies", "requires-python"})
_METADATA_VERSION = re.compile(r"(\d+)\.(\d+)")
_LINE = re.compile(r"[^\r\n\0]+")


def read_static_metadata(source: Source) -> bytes | None:
    """Return METADATA that can be trusted although nothing was run; ``None`` where only the backend can tell.

    That is an sdist's PKG-INFO that says itself, by Metadata-Version and Dynamic, that a wheel's will be the same;
    or a ``[project]`` table that leaves nothing of what a resolver looks at to the backend.

    Raises:
        UnusableSourceError: the archive cannot be read.
        UnreadableError: the source tree cannot be read.
    """
    files = _read_tree(source) if source.is_tree else _read_archive(source)
    if (metadata := files.get(_METADATA)) is not None and _is_static(metadata):
        return metadata
    return _render_project(files[_PROJECT]) if _PROJECT in files else None


def _read_tree(source: Source) -> dict[str, bytes]:
    """Read a tree's pyproject.toml; a PKG-INFO in a tree may be older than the rest of it."""
    path = source.path / source.subdirectory / _PROJECT
    try:
        return {_PROJECT: path.read_bytes()} if path.is_file() else {}
    except OSError as error:
        raise UnreadableError(path, error) from error


def _read_archive(source: Source) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    roots: set[str] = set()
    wanted = {PurePosixPath(source.subdirectory) / name: name for name in (_METADATA, _PROJECT)}
    with opened_archive(source.path, shown=source.shown) as entries:
        for entry in entries:
            root, *rest = entry.path.parts or ("",)
            roots.add(root)
            name = wanted.get(PurePosixPath(*rest)) if rest else None
            if name is None or entry.content is None:
                continue
            if name in found or entry.size > MAX_METADATA_BYTES:
                return {}
            found[name] = entry.content.read(MAX_METADATA_BYTES)
    return found if len(roots - {""}) == 1 else {}


def _is_static(metadata: bytes) -> bool:
    try:
        core = parse_metadata(metadata, filename=_METADATA)
        Version(core.version)
    except (MetadataError, InvalidVersion):
        return False
    version = _METADATA_VERSION.match(core.metadata_version)
    if version is None or (int(version[1]), int(version[2])) < _STATIC_SINCE:
        return False
    return _MUST_BE_STATIC.isdisjoint(field.lower() for field in core.dynamic)


def _render_project(data: bytes) -> bytes | None:
    try:
        project = toml.loads(data.decode("utf-8")).get("project")
    except (UnicodeDecodeError, toml.TOMLDecodeError, RecursionError):
        return None
    if not isinstance(project, dict) or not _tells_all(project):
        return None
    try:
        lines = list(_metadata_lines(project))
    except (InvalidRequirement, InvalidVersion, TypeError):
        return None
    return "".join(f"{line}\n" for line in lines).encode() if all(map(_LINE.fullmatch, lines)) else None


def _tells_all(project: Mapping[str, Any]) -> bool:
    dynamic = project.get("dynamic", [])
    if not isinstance(dynamic, list) or not _PROJECT_FIELDS.isdisjoint(map(str, dynamic)):
        return False
    texts = all(isinstance(project.get(field), str) for field in ("name", "version"))
    extras = project.get("optional-dependencies", {})
    lists = isinstance(project.get("dependencies", []), list) and isinstance(extras, dict)
    python = isinstance(project.get("requires-python", ""), str)
    return texts and lists and python and all(isinstance(value, list) for value in extras.values())


def _metadata_lines(project: Mapping[str, Any]) -> Iterator[str]:
    yield "Metadata-Version: 2.2"
    yield f"Name: {project['name']}"
    yield f"Version: {Version(project['version'])}"
    if project.get("requires-python"):
        yield f"Requires-Python: {project['requires-python']}"
    yield from _requirement_lines(project.get("dependencies", []), extra=None)
    for extra, requirements in project.get("optional-dependencies", {}).items():
        yield f"Provides-Extra: {canonicalize_name(extra)}"
        yield from _requirement_lines(requirements, extra=canonicalize_name(extra))


def _requirement_lines(texts: Iterable[Any], *, extra: str | None) -> Iterator[str]:
    for text in texts:
        requirement = parse_requirement(text)
        if extra is not None:
            requirement.marker = _and_extra(requirement, extra)
        yield f"Requires-Dist: {requirement}"


def _and_extra(requirement: Requirement, extra: str) -> Marker:
    own = f'extra == "{extra}"'
    if requirement.marker is None:
        return Marker(own)
    return Marker(f"({requirement.marker}) and {own}")
