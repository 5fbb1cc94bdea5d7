"""A lock as pylock.<bundle>.toml. Source: https://packaging.python.org/en/latest/specifications/pylock-toml/."""

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomli_w
from packaging.markers import Marker
from packaging.pylock import Pylock, PylockValidationError
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ca_vendor import toml
from ca_vendor.errors import StaleError, TargetError
from ca_vendor.lock.model import Lock, Pin
from ca_vendor.lock.omissions import parse_omissions, render_omissions
from ca_vendor.lock.packages import TOOL, parse_package, render_package
from ca_vendor.target import Target, TargetDescription, find_target

LOCK_NAME = re.compile(r"pylock\.([^.]+)\.toml")
"""A lock's file name; the group is its bundle's name."""

_TEXTS = ("bundle", "requirements", "target", "python-full-version", "glibc", "index", "index-url", "input-digest")
_OTHER_TOOL = re.compile(r"^\s*(\[\s*)?[\"']?tool\b", re.MULTILINE)
_MAX_LOCK_BYTES = 64 * 1024 * 1024
_HEADER = "# Written by `ca-vendor lock`. Do not edit: change requirements.in and lock again.\n"


class InvalidLockError(StaleError):
    """A lock file that cannot be read as one."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"`{path}` cannot be read as a lock: {problem}", hint="write it anew with `ca-vendor lock`")
        self.path = path
        self.problem = problem


def render_lock(lock: Lock) -> str:
    """Render a lock; the same lock gives the same text."""
    target = lock.target
    machine = target.architecture.machine
    major, minor = target.python_version
    document = Pylock(
        lock_version=Version("1.0"),
        environments=[Marker(f"sys_platform == 'linux' and platform_machine == '{machine}'")],
        requires_python=SpecifierSet(f"=={major}.{minor}.*"),
        created_by=TOOL,
        packages=[render_package(pin, lock.index_url_of(pin)) for pin in lock.pins],
        tool={
            TOOL: {
                "bundle": lock.bundle,
                "requirements": lock.requirements,
                "target": target.name,
                "python-full-version": target.python_full_version,
                "glibc": str(target.glibc),
                "index": lock.index,
                "index-url": lock.index_url,
                "input-digest": lock.input_digest,
                **({"indexes": dict(lock.indexes)} if lock.indexes else {}),
                **_formats(lock),
                **render_omissions(lock),
            }
        },
    )
    return _HEADER + tomli_w.dumps(document.to_dict())


def _formats(lock: Lock) -> dict[str, list[str]]:
    formats = {"only-binary": list(lock.only_binary), "no-binary": list(lock.no_binary)}
    return {name: projects for name, projects in formats.items() if projects}


def parse_lock(text: str, *, path: Path) -> Lock:
    """Read a lock back.

    Args:
        text: the file's content.
        path: where it stands, for messages.

    Raises:
        InvalidLockError: it is not valid PEP 751, or not one of ours.
    """
    if len(text) > _MAX_LOCK_BYTES:
        raise InvalidLockError(path, f"it is longer than {_MAX_LOCK_BYTES} bytes")
    try:
        head, tool = _split(text)
        own, indexes = _own_table(tool)
        return Lock(
            bundle=own["bundle"],
            target=_target(own),
            requirements=own["requirements"],
            input_digest=own["input-digest"],
            index=own["index"],
            index_url=own["index-url"],
            pins=_pins(head, tuple(indexes.items())),
            indexes=indexes,
            only_binary=_names(own, "only-binary"),
            no_binary=_names(own, "no-binary"),
            **parse_omissions(own),
        )
    except PylockValidationError as error:
        raise InvalidLockError(path, str(error)) from error
    except (toml.TOMLDecodeError, RecursionError) as error:
        raise InvalidLockError(path, f"it is not TOML ({error})") from error
    except TargetError as error:
        raise InvalidLockError(path, error.message) from error
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidLockError(path, f"it was not written by ca-vendor ({error})") from error


def _split(text: str) -> tuple[str, Mapping[str, Any]]:
    """Return the text of all but our own table, and that table's parent.

    Locks of one answer differ in our own table alone, so that the rest need be read once. Where the text cannot be
    parted there, all of it is the head.
    """
    head, header, rest = text.rpartition(f"\n[tool.{TOOL}]\n")
    if header and not _OTHER_TOOL.search(head):
        with suppress(toml.TOMLDecodeError):
            own = toml.loads(header + rest)
            if own.keys() == {"tool"}:
                return head, own["tool"]
    return text, Pylock.from_dict(toml.loads(text)).tool or {}


@lru_cache(maxsize=64)
def _pins(head: str, indexes: tuple[tuple[str, str], ...]) -> tuple[Pin, ...]:
    document = Pylock.from_dict(toml.loads(head))
    return tuple(parse_package(package, dict(indexes)) for package in document.packages)


def _own_table(tool: Mapping[str, Any] | None) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return our own entries, and apart from them the table of other indexes."""
    own = (tool or {}).get(TOOL)
    if not isinstance(own, dict) or not all(isinstance(own.get(key), str) for key in _TEXTS):
        raise TypeError(f"no usable [tool.{TOOL}]")
    indexes = own.get("indexes", {})
    if not isinstance(indexes, dict) or not all(isinstance(value, str) for value in indexes.values()):
        raise TypeError(f"no usable [tool.{TOOL}]")
    return own, indexes


def _names(own: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = own.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"`{key}` is no array of names")
    return tuple(names)


def _target(own: Mapping[str, Any]) -> Target:
    description = TargetDescription(python_full_version=own["python-full-version"], glibc=own["glibc"])
    return find_target(own["target"], described={own["target"]: description})
