"""How old a file must be before a lock may take it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from packaging.utils import NormalizedName

from ca_vendor.selection.model import DistributionFile
from ca_vendor.selection.name_pattern import NamePattern

_AGE = re.compile(r"([0-9]{1,5})\s*(hour|day|week)s?")
_SECONDS = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60}


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumAge:
    """The policy: nothing younger, but for some.

    Attributes:
        age: how long before ``now`` a file must have been published.
        now: the time, with its zone.
        exempt: names of projects that the policy is not for.
        kept: file names that an earlier lock pins, with their sha256; a pin stays valid however young its file.
    """

    age: timedelta
    now: datetime
    exempt: tuple[NamePattern, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)

    def objection(self, name: NormalizedName, file: DistributionFile) -> str:
        """Say why a file may not be taken yet; empty where it may.

        A file whose index does not say when it was published may not: the policy would mean nothing on an index that
        is silent.
        """
        if any(pattern.matches(name) for pattern in self.exempt) or self._is_kept(file):
            return ""
        if file.upload_time is None:
            return "its index does not say when it was published, so that nothing shows `minimum-age`"
        published = self.now - file.upload_time
        return "" if published >= self.age else f"published {_ago(published)}, younger than `minimum-age`"

    def _is_kept(self, file: DistributionFile) -> bool:
        locked = self.kept.get(file.filename)
        return locked is not None and file.sha256 in {None, locked}


def parse_age(text: str) -> timedelta | None:
    """Read an age such as ``3 days``, in hours, days or weeks; ``None`` where it is none."""
    match = _AGE.fullmatch(text.strip())
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]]) if match else None


def _ago(since: timedelta) -> str:
    seconds = since.total_seconds()
    if seconds < 0:
        return "in the future"
    unit = next((unit for unit, size in _SECONDS.items() if unit != "week" and seconds >= size), "minute")
    return f"{_counted(int(seconds // _SECONDS[unit]), unit)} ago"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
