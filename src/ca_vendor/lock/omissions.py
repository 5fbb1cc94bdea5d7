"""What a lock leaves out, and what of its inputs was chosen, as entries of its own table, and back."""

from collections.abc import Mapping
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.lock.model import Lock, Missing


def render_omissions(lock: Lock) -> dict[str, Any]:
    """Return the entries; those with nothing to say are left out."""
    entries: dict[str, Any] = {
        "extras": list(lock.extras),
        "groups": list(lock.groups),
        "exclude": list(lock.exclude),
        "provided-by": lock.provider,
        "provided": {name: str(version) for name, version in sorted(lock.provided.items())},
        "missing": [{"required-by": each.required_by, "requirement": each.requirement} for each in lock.missing],
    }
    return {key: value for key, value in entries.items() if value}


def parse_omissions(own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a lock that the entries give.

    Raises:
        KeyError, TypeError, ValueError: they are not ours.
    """
    provided, missing, provider = own.get("provided", {}), own.get("missing", []), own.get("provided-by", "")
    if not isinstance(provided, dict) or not isinstance(missing, list) or not isinstance(provider, str):
        raise TypeError("what it leaves out cannot be read")
    return {
        "extras": _names(own, "extras"),
        "groups": _names(own, "groups"),
        "exclude": _names(own, "exclude"),
        "provider": provider,
        "provided": {canonicalize_name(name): Version(_text(version)) for name, version in provided.items()},
        "missing": tuple(
            Missing(required_by=_text(each["required-by"]), requirement=_text(each["requirement"])) for each in missing
        ),
    }


def _names(own: Mapping[str, Any], key: str) -> tuple[NormalizedName, ...]:
    names = own.get(key, [])
    if not isinstance(names, list):
        raise TypeError(f"`{key}` is no array of names")
    return tuple(canonicalize_name(_text(name)) for name in names)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"`{value}` is no text")
    return value
