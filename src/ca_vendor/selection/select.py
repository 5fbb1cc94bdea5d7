"""The choice itself: of every version, the file the target takes."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import InvalidTag, Tag, parse_tag
from packaging.version import Version

from ca_vendor.selection.filenames import parse_wheel_name
from ca_vendor.selection.model import DistributionFile, ProjectPage, UseWheel
from ca_vendor.target import Target, supported_tags

Selection = Mapping[Version, UseWheel]
"""The usable versions of a project on a target, in the page's order."""


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


def select_files(page: ProjectPage, target: Target, *, hashes: Collection[str] = ()) -> Selection:
    """Return, for every version with a file usable on the target, the file the target takes.

    Of a version's files, one that is not yanked wins; then the most preferred tag; then the highest build tag; then
    the last one listed. That is pip's order.

    Args:
        page: the project's page.
        target: the machine the file must load on.
        hashes: sha256 digests; where there are any, only files with one of them are usable.
    """
    chosen: dict[Version, UseWheel] = {}
    for file in page.files:
        candidate = _usable(file, page, target, hashes)
        if candidate is None:
            continue
        best = chosen.get(candidate.version)
        if best is None or _preference(candidate) >= _preference(best):
            chosen[candidate.version] = candidate
    return chosen


def _usable(file: DistributionFile, page: ProjectPage, target: Target, hashes: Collection[str]) -> UseWheel | None:
    wheel = parse_wheel_name(file.filename)
    if wheel is None or wheel.name != page.name:
        return None
    rank = tag_rank(wheel.tags, target)
    if rank is None:
        return None
    if file.requires_python and not python_fits(file.requires_python, target.python_full_version):
        return None
    if hashes and file.sha256 not in hashes:
        return None
    return UseWheel(file=file, version=wheel.version, rank=rank, build=wheel.build)


def _preference(candidate: UseWheel) -> tuple[bool, int, tuple[int, str] | tuple[()]]:
    return candidate.file.yanked is None, -candidate.rank, candidate.build
