"""What a target is."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Architecture(Enum):
    """An instruction set, under the name Lambda and SAM use for it."""

    ARM64 = "arm64"
    X86_64 = "x86_64"

    @property
    def machine(self) -> str:
        """The name the kernel and wheel tags use, as in ``platform_machine``."""
        return "aarch64" if self is Architecture.ARM64 else "x86_64"


class Glibc(NamedTuple):
    """A glibc version, ordered."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One Lambda runtime on one architecture, written ``python3.12-arm64``.

    Attributes:
        python_full_version: the interpreter's real ``x.y.z``; packages' markers distinguish patch levels.
        architecture: the instruction set.
        glibc: the C library of the runtime's operating system; wheels that need a newer one do not load.
    """

    python_full_version: str
    architecture: Architecture
    glibc: Glibc

    @property
    def python_version(self) -> tuple[int, int]:
        """Major and minor version of the interpreter."""
        major, minor = self.python_full_version.split(".")[:2]
        return int(major), int(minor)

    @property
    def runtime(self) -> str:
        """The Lambda runtime identifier, such as ``python3.12``."""
        major, minor = self.python_version
        return f"python{major}.{minor}"

    @property
    def name(self) -> str:
        """Runtime and architecture, such as ``python3.12-arm64``."""
        return f"{self.runtime}-{self.architecture.value}"

    def __str__(self) -> str:
        return self.name
