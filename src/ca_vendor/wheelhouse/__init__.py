"""A target's directory of wheels: filled, verified and pruned, one whole file at a time."""

from ca_vendor.wheelhouse.wheelhouse import Wheelhouse

__all__ = ["Wheelhouse"]
