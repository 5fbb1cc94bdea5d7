"""Direct references: requirements that name a place instead of a project on an index.

Sources: https://packaging.python.org/en/latest/specifications/version-specifiers/#direct-references and
https://pip.pypa.io/en/stable/topics/vcs-support/
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.requirement.parsing import parse_marker, parse_requirement

ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_EXTRAS = re.compile(r"(?P<place>.*?)\s*\[(?P<extras>[A-Za-z0-9._,\s-]*)\]$", re.DOTALL)
_LIKE_A_PLACE = re.compile(r"[./~\\]|[\w+]+:|[A-Za-z]:\\")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class InvalidReferenceError(ValueError):
    """A direct reference that cannot be used; its text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathReference:
    """A source tree, an sdist or a wheel on disk.

    Attributes:
        path: absolute.
        place: relative to the project, with forward slashes.
        editable: asked for with ``-e``.
        subdirectory: of an sdist, where the project is; empty for its root.
    """

    path: Path
    place: str
    editable: bool = False
    subdirectory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlReference:
    """A wheel or an sdist at a URL.

    Attributes:
        url: without fragment.
        sha256: lower-case hex, ``None`` where the reference gives none.
        subdirectory: of an sdist, where the project is; empty for its root.
    """

    url: str
    sha256: str | None = None
    subdirectory: str = ""

    @property
    def filename(self) -> str:
        """The last part of the URL's path, unquoted."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class GitReference:
    """A revision of a git repository.

    Attributes:
        url: without ``git+``.
        revision: branch, tag or commit; empty for the default branch.
        subdirectory: where the project is; empty for the repository's root.
    """

    url: str
    revision: str = ""
    subdirectory: str = ""

    @property
    def is_pinned(self) -> bool:
        """Whether the revision can mean one commit only."""
        return _COMMIT.fullmatch(self.revision) is not None


Reference = PathReference | UrlReference | GitReference


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectRequirement:
    """What a line with a direct reference asks for.

    Attributes:
        name: of the project, ``None`` where only the place itself tells.
        text: the reference as it was written.
    """

    reference: Reference
    text: str
    name: NormalizedName | None = None
    extras: frozenset[NormalizedName] = frozenset()
    marker: Marker | None = None

    @property
    def reference_is_editable(self) -> bool:
        """Whether it was asked for with ``-e``, behind which no hash can stand."""
        return isinstance(self.reference, PathReference) and self.reference.editable


def parse_direct(text: str, *, base: Path, root: Path, editable: bool = False) -> DirectRequirement | None:
    """Read a requirement that names a place; ``None`` where it names none.

    A relative path counts from the file it stands in or, where there is nothing, from the project.

    Args:
        text: the requirement, without options.
        base: the directory of the file it stands in.
        root: the project's directory.
        editable: it stands behind ``-e``.

    Raises:
        InvalidReferenceError: it names a place that cannot be used.
    """
    try:
        requirement = parse_requirement(text)
    except InvalidRequirement:
        return _unnamed(text, base, root, editable=editable)
    # pip takes what ends like an archive for a path, although it may be a project's name.
    if requirement.url is None:
        named = requirement.name.lower().endswith(ARCHIVES) or editable
        return _unnamed(text, base, root, editable=editable) if named else None
    return DirectRequirement(
        reference=_reference(requirement.url, base, root, editable=editable),
        text=requirement.url,
        name=canonicalize_name(requirement.name),
        extras=frozenset(canonicalize_name(extra) for extra in requirement.extras),
        marker=requirement.marker,
    )


def _unnamed(text: str, base: Path, root: Path, *, editable: bool) -> DirectRequirement | None:
    place, marker = _split_marker(text)
    match = _EXTRAS.fullmatch(place)
    if match is not None:
        place = match["place"]
    if not (editable or _LIKE_A_PLACE.match(place) or "/" in place or place.lower().endswith(ARCHIVES)):
        return None
    extras = (extra.strip() for extra in match["extras"].split(",")) if match else ()
    return DirectRequirement(
        reference=_reference(place, base, root, editable=editable),
        text=place,
        name=_egg(place),
        extras=frozenset(canonicalize_name(extra) for extra in extras if extra),
        marker=_marker(marker) if marker else None,
    )


def _split_marker(text: str) -> tuple[str, str]:
    """Split off a marker: after ``;`` with a space beside it, as a URL may have one without."""
    place, _, marker = text.partition(" ;") if " ;" in text else text.partition("; ")
    return place.strip(), marker.strip()


def _marker(text: str) -> Marker:
    try:
        return parse_marker(text)
    except InvalidMarker as error:
        raise InvalidReferenceError(f"`{text}` is not a marker") from error


def _egg(place: str) -> NormalizedName | None:
    names = parse_qs(urlsplit(place).fragment).get("egg", []) if "://" in place else []
    return canonicalize_name(names[0].partition("[")[0]) if names else None


def _reference(place: str, base: Path, root: Path, *, editable: bool) -> Reference:
    scheme = place.partition(":")[0].lower()
    if scheme.startswith("git+"):
        return _git(place[len("git+") :])
    if scheme in {"hg+https", "hg+http", "svn+https", "svn+http", "bzr+https", "svn", "hg", "bzr"}:
        raise InvalidReferenceError(f"`{scheme}` is not supported, only `git+https`, `git+ssh` and `git+file`")
    if scheme in {"https", "http"}:
        return _url(place)
    subdirectory = ""
    if scheme == "file":
        subdirectory = _subdirectory(place.partition("#")[2])
        place = _file_path(place)
    elif "://" in place:
        raise InvalidReferenceError(f"`{scheme}` is not supported")
    path = _path(place, base, root)
    if subdirectory and path.is_dir():
        path, subdirectory = _path(subdirectory, path, path), ""
    shown = Path(os.path.relpath(path, root)).as_posix()
    return PathReference(path=path, place=shown, editable=editable, subdirectory=subdirectory)


def _git(place: str) -> GitReference:
    try:
        parts = urlsplit(place)
    except ValueError as error:
        raise InvalidReferenceError("it is not a URL") from error
    path, _, revision = parts.path.rpartition("@") if "@" in parts.path else (parts.path, "", "")
    if parts.password:
        raise InvalidReferenceError("it holds a password; let git's credential helper or ssh bring it")
    if revision.startswith("-"):
        raise InvalidReferenceError(f"`{revision}` is not a revision")
    url = urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
    return GitReference(url=url, revision=revision, subdirectory=_subdirectory(parts.fragment))


def _url(place: str) -> UrlReference:
    try:
        parts = urlsplit(place)
    except ValueError as error:
        raise InvalidReferenceError("it is not a URL") from error
    if parts.username or parts.password:
        raise InvalidReferenceError("it holds a user name or password; netrc or keyring can bring them")
    sha256 = parse_qs(parts.fragment).get("sha256", [None])[0]
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise InvalidReferenceError(f"`{sha256}` is not a sha256")
    reference = UrlReference(
        url=urlunsplit((*parts[:4], "")), sha256=sha256, subdirectory=_subdirectory(parts.fragment)
    )
    if not reference.filename.lower().endswith(ARCHIVES):
        raise InvalidReferenceError("it is neither a wheel nor an sdist")
    return reference


def _subdirectory(fragment: str) -> str:
    subdirectory = parse_qs(fragment).get("subdirectory", [""])[0].strip("/")
    if ".." in subdirectory.split("/"):
        raise InvalidReferenceError(f"the subdirectory `{subdirectory}` leaves it")
    return subdirectory


def _file_path(place: str) -> str:
    rest = place[len("file:") :].partition("#")[0]
    if not rest.startswith("//"):
        return unquote(rest)
    host, slash, path = rest[2:].partition("/")
    if host not in {"", "localhost"}:
        raise InvalidReferenceError(f"`{host}` is another machine")
    return unquote(slash + path)


def _path(place: str, base: Path, root: Path) -> Path:
    if not place.strip() or "\0" in place:
        raise InvalidReferenceError("it names no path")
    place = os.path.expanduser(place)  # noqa: PTH111 - of an unknown user it makes nothing, where pathlib raises
    candidates = [Path(os.path.normpath(directory / place)) for directory in (base, root)]
    found = next((path for path in candidates if _exists(path)), None)
    if found is None:
        raise InvalidReferenceError(f"there is nothing at `{place}`")
    if found.is_file() and not found.name.lower().endswith(ARCHIVES):
        raise InvalidReferenceError(f"`{place}` is neither a directory, nor a wheel or an sdist")
    return found


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name no file system takes
        return False
