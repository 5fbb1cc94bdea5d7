"""The content-addressed cache: distribution files and their METADATA, by sha256."""

from ca_vendor.store.store import Store, WrongHashError, default_store_directory

__all__ = ["Store", "WrongHashError", "default_store_directory"]
