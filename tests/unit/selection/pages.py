"""Project pages made from file names."""

from collections.abc import Iterable
from typing import Any

from packaging.utils import NormalizedName

from ca_vendor.selection import DistributionFile, ProjectPage

INDEX = "https://index.example/simple/"


def listed(filename: str, **fields: Any) -> DistributionFile:
    return DistributionFile(filename=filename, url=f"{INDEX}{filename}", **fields)


def page(files: Iterable[DistributionFile | str], *, name: str = "foo") -> ProjectPage:
    entries = tuple(file if isinstance(file, DistributionFile) else listed(file) for file in files)
    return ProjectPage.of(name=NormalizedName(name), url=f"{INDEX}{name}/", files=entries)
