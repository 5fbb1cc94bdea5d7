"""Targets: the runtime and architecture a Lambda function runs on.

A target is always passed in. Nothing here reads ``sys`` or ``platform``: the machine ca-vendor runs on is irrelevant.
"""

from ca_vendor.target.environment import marker_environment
from ca_vendor.target.model import Architecture, Glibc, Target
from ca_vendor.target.runtimes import TargetDescription, UnknownTargetError, find_target, known_target_names
from ca_vendor.target.tags import supported_tags

__all__ = [
    "Architecture",
    "Glibc",
    "Target",
    "TargetDescription",
    "UnknownTargetError",
    "find_target",
    "known_target_names",
    "marker_environment",
    "supported_tags",
]
