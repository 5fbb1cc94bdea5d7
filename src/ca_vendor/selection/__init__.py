"""Which file of a version a target takes, and why not."""

from ca_vendor.selection.errors import ProjectMissingError
from ca_vendor.selection.explain import explain_version, listed_versions, newest_usable
from ca_vendor.selection.filenames import parse_wheel_name
from ca_vendor.selection.model import DistributionFile, ProjectPage, Unavailable, UseWheel
from ca_vendor.selection.select import Selection, select_files, tag_rank

__all__ = [
    "DistributionFile",
    "ProjectMissingError",
    "ProjectPage",
    "Selection",
    "Unavailable",
    "UseWheel",
    "explain_version",
    "listed_versions",
    "newest_usable",
    "parse_wheel_name",
    "select_files",
    "tag_rank",
]
