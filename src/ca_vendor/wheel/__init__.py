"""The wheel format: reading METADATA out of one, and making one that holds nothing else."""

from ca_vendor.wheel.reading import MAX_ENTRIES, BrokenWheelError, WheelContent, read_wheel, read_wheel_metadata
from ca_vendor.wheel.stub import build_stub_wheel

__all__ = ["MAX_ENTRIES", "BrokenWheelError", "WheelContent", "build_stub_wheel", "read_wheel", "read_wheel_metadata"]
