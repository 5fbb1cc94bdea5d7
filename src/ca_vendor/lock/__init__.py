"""The lock: pins and their files, as PEP 751 and as requirements.txt."""

from ca_vendor.lock.changes import PinChange, compare_locks
from ca_vendor.lock.closure import Closure, DirectReferenceError, Gap, close_pins
from ca_vendor.lock.digest import input_digest
from ca_vendor.lock.model import Lock, Missing, Pin
from ca_vendor.lock.pylock import LOCK_NAME, InvalidLockError, parse_lock, render_lock
from ca_vendor.lock.requirements_txt import render_requirements
from ca_vendor.lock.sources import Archive, Build, BuildRequirement, Checkout, LockedFile, Sdist, Source, Tree

__all__ = [
    "LOCK_NAME",
    "Archive",
    "Build",
    "BuildRequirement",
    "Checkout",
    "Closure",
    "DirectReferenceError",
    "Gap",
    "InvalidLockError",
    "Lock",
    "LockedFile",
    "Missing",
    "Pin",
    "PinChange",
    "Sdist",
    "Source",
    "Tree",
    "close_pins",
    "compare_locks",
    "input_digest",
    "parse_lock",
    "render_lock",
    "render_requirements",
]
