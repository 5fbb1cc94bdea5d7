"""A target's directory of wheels: filled, verified and pruned, one whole file at a time."""

from ca_vendor.wheelhouse.wheelhouse import Wheelhouse, sha256_of

__all__ = ["Wheelhouse", "sha256_of"]
