"""The choice itself: of every version, the file the target takes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import InvalidTag, Tag, parse_tag
from packaging.utils import BuildTag
from packaging.version import Version

from ca_vendor.selection.filenames import parse_sdist_name, parse_wheel_name
from ca_vendor.selection.formats import WHEELS_ONLY, Format, Formats
from ca_vendor.selection.model import BuildSdist, DistributionFile, ProjectPage, Use, UseWheel
from ca_vendor.target import Target, supported_tags

Selection = Mapping[Version, Use]
"""The usable versions of a project on a target."""


@lru_cache(maxsize=64)
def _ranks(target: Target) -> Mapping[Tag, int]:
    return {tag: rank for rank, tag in reversed(list(enumerate(supported_tags(target))))}


@lru_cache(maxsize=65536)
def tag_rank(tags: str, target: Target) -> int | None:
    """Return how much the target prefers a (compressed) tag, 0 most; ``None`` where it cannot load it."""
    try:
        parsed = parse_tag(tags)
    except InvalidTag:
        return None
    ranks = _ranks(target)
    return min((rank for tag in parsed if (rank := ranks.get(tag)) is not None), default=None)


@lru_cache(maxsize=16384)
def python_fits(requires_python: str, python_full_version: str) -> bool:
    """Whether a Requires-Python admits a version; a specifier that cannot be parsed admits all, as for pip."""
    try:
        return SpecifierSet(requires_python).contains(python_full_version, prereleases=True)
    except InvalidSpecifier:
        return True


def select_files(
    page: ProjectPage, target: Target, *, hashes: Collection[str] = (), formats: Formats = WHEELS_ONLY
) -> Selection:
    """Return, for every version with a file usable on the target, the file the target takes.

    Of a version's wheels, one that is not yanked wins; then the most preferred tag; then the highest build tag; then
    the last one listed. That is pip's order.

    An sdist is taken of a version that has no usable wheel and none for another platform: one with such wheels has
    something compiled in it, which the machine that locks could build for nobody but itself. ``no-binary`` takes it
    all the same.

    Args:
        page: the project's page.
        target: the machine the file must load on.
        hashes: sha256 digests; where there are any, only files with one of them are usable.
        formats: which kinds of files may be used.
    """
    allowed = formats.of(page.name)
    found = _Found()
    listing = page.read()
    for place, filename in enumerate(listing.filenames):
        if (allowed is not Format.WHEELS or filename.endswith(".whl")) and (named := _named(filename, page, target)):
            found.note(named if isinstance(named, Version) else _usable(named, listing.file(place), target, hashes))
    match allowed:
        case Format.WHEELS:
            return found.wheels
        case Format.SDISTS:
            return found.sdists
        case Format.ANY:
            return found.sdists_of_nothing_compiled() | found.wheels


class _Named(NamedTuple):
    """What a name says of a file that could be used; no rank is that of an sdist."""

    version: Version
    rank: int | None = None
    build: BuildTag = ()


@dataclass(slots=True)
class _Found:
    """What a page has for a target: of each version the best wheel and the best sdist, and what was compiled."""

    wheels: dict[Version, Use] = field(default_factory=dict)
    sdists: dict[Version, Use] = field(default_factory=dict)
    compiled: set[Version] = field(default_factory=set)

    def note(self, use: Use | Version | None) -> None:
        match use:
            case UseWheel():
                best = self.wheels.get(use.version)
                if not isinstance(best, UseWheel) or _preference(use) >= _preference(best):
                    self.wheels[use.version] = use
            case BuildSdist():
                earlier = self.sdists.get(use.version)
                if earlier is None or earlier.file.yanked is not None or use.file.yanked is None:
                    self.sdists[use.version] = use
            case Version():
                self.compiled.add(use)

    def sdists_of_nothing_compiled(self) -> dict[Version, Use]:
        return {version: use for version, use in self.sdists.items() if version not in self.compiled}


def _named(filename: str, page: ProjectPage, target: Target) -> _Named | Version | None:
    """Tell from a name alone what a file is to the target; the version of a wheel for another platform."""
    if not filename.endswith(".whl"):
        sdist = parse_sdist_name(filename, page.name)
        return _Named(sdist.version) if sdist is not None else None
    wheel = parse_wheel_name(filename)
    if wheel is None or wheel.name != page.name:
        return None
    rank = tag_rank(wheel.tags, target)
    if rank is None:
        return None if wheel.is_for_any_platform else wheel.version
    return _Named(wheel.version, rank, wheel.build)


def _usable(named: _Named, file: DistributionFile, target: Target, hashes: Collection[str]) -> Use | None:
    if file.requires_python and not python_fits(file.requires_python, target.python_full_version):
        return None
    if hashes and file.sha256 not in hashes:
        return None
    if named.rank is None:
        return BuildSdist(file=file, version=named.version)
    return UseWheel(file=file, version=named.version, rank=named.rank, build=named.build)


def _preference(candidate: UseWheel) -> tuple[bool, int, tuple[int, str] | tuple[()]]:
    return candidate.file.yanked is None, -candidate.rank, candidate.build
