"""The choice itself: of every version, the file the target takes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import InvalidTag, Tag, parse_tag
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
    for file in page.files:
        if allowed is not Format.WHEELS or file.filename.endswith(".whl"):
            found.note(_usable(file, page, target, hashes))
    match allowed:
        case Format.WHEELS:
            return found.wheels
        case Format.SDISTS:
            return found.sdists
        case Format.ANY:
            return found.sdists_of_nothing_compiled() | found.wheels


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


def _usable(file: DistributionFile, page: ProjectPage, target: Target, hashes: Collection[str]) -> Use | Version | None:
    """Return how the target uses a file; the version alone of a wheel for another platform; ``None`` for nothing."""
    use = _wheel(file, page, target) if file.filename.endswith(".whl") else _sdist(file, page)
    if use is None or isinstance(use, Version):
        return use
    if file.requires_python and not python_fits(file.requires_python, target.python_full_version):
        return None
    if hashes and file.sha256 not in hashes:
        return None
    return use


def _wheel(file: DistributionFile, page: ProjectPage, target: Target) -> UseWheel | Version | None:
    wheel = parse_wheel_name(file.filename)
    if wheel is None or wheel.name != page.name:
        return None
    rank = tag_rank(wheel.tags, target)
    if rank is None:
        return None if wheel.is_for_any_platform else wheel.version
    return UseWheel(file=file, version=wheel.version, rank=rank, build=wheel.build)


def _sdist(file: DistributionFile, page: ProjectPage) -> BuildSdist | None:
    sdist = parse_sdist_name(file.filename, page.name)
    return BuildSdist(file=file, version=sdist.version) if sdist is not None else None


def _preference(candidate: UseWheel) -> tuple[bool, int, tuple[int, str] | tuple[()]]:
    return candidate.file.yanked is None, -candidate.rank, candidate.build
