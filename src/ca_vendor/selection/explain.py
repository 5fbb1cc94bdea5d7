"""Why a target cannot use a version."""

import re

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.selection.filenames import WheelName, parse_sdist_name, parse_wheel_name
from ca_vendor.selection.formats import WHEELS_ONLY, Format, Formats
from ca_vendor.selection.model import DistributionFile, ProjectPage, Unavailable
from ca_vendor.selection.select import Selection, python_fits, tag_rank
from ca_vendor.target import Glibc, Target

_MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_(\w+)")
_LEGACY = {"manylinux1": Glibc(2, 5), "manylinux2010": Glibc(2, 12), "manylinux2014": Glibc(2, 17)}


def explain_version(
    page: ProjectPage, version: Version, target: Target, *, formats: Formats = WHEELS_ONLY
) -> Unavailable:
    """Say for each file of a version why the target cannot use it, most promising first."""
    reasons: list[tuple[int, str]] = []
    has_sdist = False
    for file in page.files:
        wheel = parse_wheel_name(file.filename)
        if wheel is not None and wheel.version == version:
            excluded = formats.of(page.name) is Format.SDISTS
            reasons.append(_excluded(file, "no-binary") if excluded else _explain_wheel(file, wheel, target))
        elif _is_sdist_of(file, page.name, version):
            has_sdist = True
            reasons.append(_explain_sdist(file, target, formats.of(page.name)))
    return Unavailable(version=version, reasons=tuple(text for _, text in sorted(reasons)), has_sdist=has_sdist)


def listed_versions(page: ProjectPage) -> tuple[Version, ...]:
    """Return every version a page lists a wheel or an sdist of, newest first."""
    versions = set()
    for file in page.files:
        named = parse_wheel_name(file.filename) or parse_sdist_name(file.filename, page.name)
        if named is not None and named.name == page.name:
            versions.add(named.version)
    return tuple(sorted(versions, reverse=True))


def newest_usable(selection: Selection, specifier: SpecifierSet | None = None) -> Version | None:
    """Return the newest version that a target can use and that was not yanked; ``None`` where there is none."""
    versions = [version for version, use in selection.items() if use.file.yanked is None]
    if specifier is not None:
        versions = list(specifier.filter(versions))
    final = [version for version in versions if not version.is_prerelease]
    return max(final or versions, default=None)


def _is_sdist_of(file: DistributionFile, project: NormalizedName, version: Version) -> bool:
    sdist = parse_sdist_name(file.filename, project)
    return sdist is not None and sdist.version == version


def _explain_sdist(file: DistributionFile, target: Target, allowed: Format) -> tuple[int, str]:
    if file.requires_python and not python_fits(file.requires_python, target.python_full_version):
        return 3, f"`{file.filename}` requires Python {file.requires_python}"
    if allowed is Format.WHEELS:
        return _excluded(file, "only-binary")
    if allowed is Format.ANY:
        return 3, f"`{file.filename}` is an sdist of what is compiled"
    return 3, f"`{file.filename}` is excluded by the hashes in requirements.in"


def _excluded(file: DistributionFile, setting: str) -> tuple[int, str]:
    kind = "a wheel" if file.filename.endswith(".whl") else "an sdist"
    return 3, f"`{file.filename}` is {kind}, excluded by `{setting}`"


def _explain_wheel(file: DistributionFile, wheel: WheelName, target: Target) -> tuple[int, str]:
    """Return how near the wheel is to fitting (0 nearest), and what is in the way."""
    python, abi, platform = wheel.tags.split("-")
    if tag_rank(wheel.tags, target) is not None:
        if file.requires_python and not python_fits(file.requires_python, target.python_full_version):
            return 0, f"`{file.filename}` requires Python {file.requires_python}"
        return 0, f"`{file.filename}` is excluded by the hashes in requirements.in"
    if tag_rank(f"{python}-{abi}-linux_{target.architecture.machine}", target) is None:
        return 2, f"`{file.filename}` is for {python}-{abi}"
    needed = _needed_glibc(platform, target)
    if needed is not None:
        return 0, f"`{file.filename}` needs glibc {needed}"
    return 1, f"`{file.filename}` is for {platform}"


def _needed_glibc(platform: str, target: Target) -> Glibc | None:
    """The oldest glibc on which a platform set loads on the target's architecture."""
    machine = target.architecture.machine
    needed = []
    for tag in platform.split("."):
        match = _MANYLINUX.fullmatch(tag)
        if match is not None and match[3] == machine:
            needed.append(Glibc(int(match[1]), int(match[2])))
        elif tag.endswith(f"_{machine}") and (legacy := _LEGACY.get(tag[: -len(machine) - 1])):
            needed.append(legacy)
    return min(needed, default=None)
