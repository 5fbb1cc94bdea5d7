"""From an sdist or a source tree to metadata and a wheel, in an isolated environment."""

from ca_vendor.builder.container import ContainerBuilder
from ca_vendor.builder.engine import DEFAULT_IMAGE, ContainerEngine, ContainerEngineError
from ca_vendor.builder.errors import (
    BackendFailedError,
    BuildError,
    ForeignBinaryError,
    UnusableSourceError,
    WrongWheelError,
)
from ca_vendor.builder.host import HostBuilder
from ca_vendor.builder.model import Builder, BuildSettings, BuiltWheel, Source
from ca_vendor.builder.static import read_static_metadata
from ca_vendor.builder.trees import digest_tree

__all__ = [
    "DEFAULT_IMAGE",
    "BackendFailedError",
    "BuildError",
    "BuildSettings",
    "Builder",
    "BuiltWheel",
    "ContainerBuilder",
    "ContainerEngine",
    "ContainerEngineError",
    "ForeignBinaryError",
    "HostBuilder",
    "Source",
    "UnusableSourceError",
    "WrongWheelError",
    "digest_tree",
    "read_static_metadata",
]
