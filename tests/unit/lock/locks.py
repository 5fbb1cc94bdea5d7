"""Locks and pins made from little."""

from dataclasses import replace
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.lock import Build, Lock, LockedFile, Pin, Source
from ca_vendor.target import find_target

INDEX = "https://index.example/simple/"
ARM = find_target("python3.12-arm64")


def pin(
    name: str, version: str = "1.0", *, requires: tuple[str, ...] = (), origins: tuple[str, ...] = (), **fields: Any
) -> Pin:
    filename = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    file = {"filename": filename, "url": f"{INDEX}{name}/{filename}", "sha256": name.encode().hex().ljust(64, "0")}
    return Pin(
        name=NormalizedName(name),
        version=Version(version),
        file=LockedFile(**{**file, **fields}),
        dependencies=tuple(NormalizedName(required) for required in requires),
        origins=origins,
    )


def from_source(name: str, source: Source, build: Build | None = None) -> Pin:
    """Return a pin whose wheel no index offers as it is."""
    made = pin(name, url=None, size=7)
    return replace(made, source=source, build=build)


def lock(*pins: Pin, **fields: Any) -> Lock:
    values: dict[str, Any] = {
        "bundle": "orders",
        "target": ARM,
        "requirements": "../src/orders/requirements.in",
        "input_digest": f"sha256:{'0' * 64}",
        "index": INDEX,
        "index_url": INDEX,
        "pins": pins,
    }
    return Lock(**{**values, **fields})
