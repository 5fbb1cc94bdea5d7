"""Makes an interpreter whose path this is on load no wheel that needs a glibc newer than Amazon Linux 2's.

Source: https://peps.python.org/pep-0600/#package-installers
"""

GLIBC = (2, 26)


def manylinux_compatible(tag_major: int, tag_minor: int, tag_arch: str) -> bool:
    """Whether wheels of that policy load."""
    return (tag_major, tag_minor) <= GLIBC
