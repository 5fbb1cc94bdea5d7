"""Names of distribution files, taken apart cheaply.

``packaging.utils.parse_wheel_filename`` builds a set of tags for every name, which costs seconds for the hundreds of
thousands of files an index lists. Here a name is split as text, and each distinct tag text is judged once.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from packaging.utils import BuildTag, NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

_WHEEL_NAME = re.compile(r"[\w.]+")
_NO_NAME = re.compile(r"[/\\\x00-\x1f\x7f]")
"""What would make a file's name a path, or no name at all; packaging lets it pass among the tags."""
_BUILD = re.compile(r"(\d+)(.*)")
_LONGEST_NAME = 255  # what file systems take; also bounds what a compressed tag set can expand to
SDIST_SUFFIXES = (".tar.gz", ".zip")


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelName:
    """The parts of a wheel's file name.

    Attributes:
        tags: ``python-abi-platform`` as written, possibly a compressed set.
        build: the build tag, empty where there is none; a higher one is preferred.
    """

    name: NormalizedName
    version: Version
    build: BuildTag
    tags: str

    @property
    def is_for_any_platform(self) -> bool:
        """Whether nothing in it is compiled."""
        return self.tags.endswith("-any")


@dataclass(frozen=True, slots=True, kw_only=True)
class SdistName:
    """The parts of an sdist's file name."""

    name: NormalizedName
    version: Version


@lru_cache(maxsize=65536)
def _parse_version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


@lru_cache(maxsize=16384)
def _canonical(name: str) -> NormalizedName:
    return canonicalize_name(name)


def parse_wheel_name(filename: str) -> WheelName | None:
    """Take a wheel's file name apart; ``None`` where it is not a valid one.

    Source: https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-format
    """
    if not filename.endswith(".whl") or len(filename) > _LONGEST_NAME:
        return None
    parts = filename[:-4].split("-")
    if len(parts) not in {5, 6} or _NO_NAME.search(filename) or "__" in parts[0] or not _WHEEL_NAME.fullmatch(parts[0]):
        return None
    version = _parse_version(parts[1])
    build: BuildTag = ()
    if len(parts) == 6:
        match = _BUILD.fullmatch(parts[2])
        if match is None:
            return None
        build = (int(match[1]), match[2])
    if version is None:
        return None
    return WheelName(name=_canonical(parts[0]), version=version, build=build, tags="-".join(parts[-3:]))


def parse_sdist_name(filename: str, project: NormalizedName) -> SdistName | None:
    """Take an sdist's file name apart; ``None`` where it is not one of ``project``.

    Old sdists have dashes in the project's name, so the project tells where the version begins.
    """
    suffix = next((suffix for suffix in SDIST_SUFFIXES if filename.endswith(suffix)), None)
    if suffix is None:
        return None
    stem = filename[: -len(suffix)]
    for index, character in enumerate(stem):
        if character == "-" and _canonical(stem[:index]) == project:
            version = _parse_version(stem[index + 1 :])
            if version is not None:
                return SdistName(name=project, version=version)
    return None
