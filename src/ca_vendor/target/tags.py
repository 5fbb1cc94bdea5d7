"""The wheel tags a target loads, in its order of preference."""

from collections.abc import Iterator
from functools import cache

from packaging.tags import Tag, compatible_tags, cpython_tags

from ca_vendor.target.model import Architecture, Glibc, Target

LEGACY_MANYLINUX = {Glibc(2, 17): "manylinux2014", Glibc(2, 12): "manylinux2010", Glibc(2, 5): "manylinux1"}
"""Names that predate ``manylinux_X_Y``. Source: https://peps.python.org/pep-0600/#legacy-manylinux-tags"""

OLDEST_GLIBC = {Architecture.X86_64: Glibc(2, 5), Architecture.ARM64: Glibc(2, 17)}
"""The oldest glibc any manylinux policy was written for, by architecture."""

NATIVE_FIRST = (3, 10)
"""From this Python on, pip prefers a ``linux`` wheel to a ``manylinux`` one: pip 26.3 began to, and runs on no older
Python. Source: https://github.com/pypa/packaging/issues/160"""


def platform_tags(architecture: Architecture, glibc: Glibc) -> Iterator[str]:
    """Yield the platform part of the tags, newest glibc first.

    Source: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
    """
    machine = architecture.machine
    for minor in range(glibc.minor, OLDEST_GLIBC[architecture].minor - 1, -1):
        yield f"manylinux_{glibc.major}_{minor}_{machine}"
        if legacy := LEGACY_MANYLINUX.get(Glibc(glibc.major, minor)):
            yield f"{legacy}_{machine}"
    yield f"linux_{machine}"


@cache
def supported_tags(target: Target) -> tuple[Tag, ...]:
    """Return every tag the target loads, most preferred first, as pip would list them there."""
    major, minor = target.python_version
    platforms = list(platform_tags(target.architecture, target.glibc))
    if target.python_version >= NATIVE_FIRST:
        platforms.insert(0, platforms.pop())
    interpreter = f"cp{major}{minor}"
    return (
        *cpython_tags(target.python_version, abis=[interpreter], platforms=platforms),
        *compatible_tags(target.python_version, interpreter=interpreter, platforms=platforms),
    )
