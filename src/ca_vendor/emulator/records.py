"""Domains, repositories and packages as JSON, and back."""

from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from ca_vendor.emulator.model import (
    Asset,
    Domain,
    Package,
    PackageVersion,
    Repository,
    Restriction,
    Source,
    Status,
)

Record = dict[str, Any]


def render_record(value: Domain | Repository | Package | PackageVersion) -> Record:
    """Return a value as plain dicts, lists, strings and numbers."""
    record: Record = _plain(value)
    return record


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        value = {item.name: getattr(value, item.name) for item in fields(value)}
    return {key: _plain(item) for key, item in value.items() if item is not None}


def parse_domain(record: Record) -> Domain:
    """Return the domain that a record describes."""
    return Domain(**record)


def parse_repository(record: Record) -> Repository:
    """Return the repository that a record describes."""
    return Repository(**{**record, "upstreams": tuple(record["upstreams"])})


def parse_package(record: Record) -> Package:
    """Return the package that a record describes."""
    return Package(
        name=canonicalize_name(record["name"]),
        publish=Restriction(record["publish"]),
        upstream=Restriction(record["upstream"]),
        versions={version: parse_version(entry) for version, entry in record["versions"].items()},
    )


def parse_version(record: Record) -> PackageVersion:
    """Return the package version that a record describes."""
    fields = {
        **record,
        "status": Status(record["status"]),
        "source": Source(record["source"]),
        "assets": tuple(_parse_asset(asset) for asset in record["assets"]),
    }
    return PackageVersion(**fields)


def _parse_asset(record: Record) -> Asset:
    path = record.get("path")
    return Asset(**{**record, "path": Path(path) if path is not None else None})
