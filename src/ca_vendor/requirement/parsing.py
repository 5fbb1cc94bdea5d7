"""Parsing one requirement, from any thread."""

import threading

from packaging.markers import Marker
from packaging.requirements import Requirement

_LOCK = threading.Lock()


def parse_requirement(text: str) -> Requirement:
    """Parse a requirement of any thread, one at a time.

    packaging reads the strings of a marker with ``ast``, and CPython counts how deep that is in one place for all
    threads: up to 3.12, two at once can end in a ``SystemError``.

    Raises:
        InvalidRequirement: it is none.

    Source: https://github.com/python/cpython/issues/106905
    """
    with _LOCK:
        return Requirement(text)


def parse_marker(text: str) -> Marker:
    """Parse a marker of any thread, one at a time, for the same reason.

    Raises:
        InvalidMarker: it is none.
    """
    with _LOCK:
        return Marker(text)
