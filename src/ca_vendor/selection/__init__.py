"""Which file of a version a target takes, and why not."""

from ca_vendor.selection.errors import ProjectMissingError
from ca_vendor.selection.explain import explain_version, listed_versions, newest_usable
from ca_vendor.selection.filenames import WheelName, parse_sdist_name, parse_wheel_name
from ca_vendor.selection.formats import ALL, WHEELS_ONLY, Format, Formats
from ca_vendor.selection.minimum_age import MinimumAge, parse_age
from ca_vendor.selection.model import BuildSdist, DistributionFile, Listing, ProjectPage, Unavailable, Use, UseWheel
from ca_vendor.selection.name_pattern import NamePattern
from ca_vendor.selection.select import Selection, select_files, tag_rank

__all__ = [
    "ALL",
    "WHEELS_ONLY",
    "BuildSdist",
    "DistributionFile",
    "Format",
    "Formats",
    "Listing",
    "MinimumAge",
    "NamePattern",
    "ProjectMissingError",
    "ProjectPage",
    "Selection",
    "Unavailable",
    "Use",
    "UseWheel",
    "WheelName",
    "explain_version",
    "listed_versions",
    "newest_usable",
    "parse_age",
    "parse_sdist_name",
    "parse_wheel_name",
    "select_files",
    "tag_rank",
]
