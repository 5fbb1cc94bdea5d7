"""Made-up packages: one large wheel, three hundred tiny ones, two hundred middling ones."""

import random
from pathlib import Path

from tests.distributions import build_wheel

LARGE_BYTES = 800_000_000
CHECKED_BYTES = 2_500_000
_BLOCK = 40_000_000


def write_packages(directory: Path, *, quick: bool) -> Path:
    """Write the made-up packages, unless they are there already; return their directory.

    Args:
        directory: where.
        quick: whether the large wheels are a twentieth of their size.
    """
    place = directory / ("made-up-quick" if quick else "made-up")
    done = place / "done"
    if not done.exists():
        for number in range(300):
            _write_tiny(place, number)
        # Noise does not compress, as the libraries in a large wheel hardly do.
        large = LARGE_BYTES // 20 if quick else LARGE_BYTES
        noise = random.Random(1)
        parts = {f"bench_large/part{part}.bin": noise.randbytes(_BLOCK) for part in range(large // _BLOCK)}
        build_wheel(place, "bench-large", "1.0", files=parts)
        for number in range(200):
            content = {"data.bin": noise.randbytes(CHECKED_BYTES // 20 if quick else CHECKED_BYTES)}
            build_wheel(place, f"bench-check-{number:03}", "1.0", files=content)
        done.touch()
    return place


def _write_tiny(place: Path, number: int) -> None:
    """Write one of thirty trees of ten: the first requires three, two of which require three more each."""
    tree, position = number - number % 10, number % 10
    children = {0: (1, 2, 3), 1: (4, 5, 6), 2: (7, 8, 9)}.get(position, ())
    requires = [f"bench-tiny-{tree + child:03}>=1" for child in children]
    for version in ("0.9", "1.0", "1.1"):
        build_wheel(place, f"bench-tiny-{number:03}", version, requires=requires)
