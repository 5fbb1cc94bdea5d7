"""A pin as a package of PEP 751, and back.

Source: https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
)
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.lock.model import Pin
from ca_vendor.lock.sources import Archive, Build, BuildRequirement, Checkout, LockedFile, Sdist, Source, Tree
from ca_vendor.selection.filenames import parse_sdist_name, parse_wheel_name

TOOL = "ca-vendor"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def render_package(pin: Pin, index_url: str) -> Package:
    """Return a pin as a package."""
    own = _own_table(pin)
    return Package(
        name=pin.name,
        version=pin.version,
        index=index_url if pin.index_file is not None else None,
        dependencies=[{"name": name} for name in pin.dependencies] or None,
        tool={TOOL: own} if own else None,
        **_source_fields(pin),
    )


def _source_fields(pin: Pin) -> dict[str, Any]:
    match pin.source:
        case None:
            return {"wheels": [PackageWheel(**_file_fields(pin.file), name=pin.file.filename)]}
        case Sdist(file=file):
            return {"sdist": PackageSdist(**_file_fields(file), name=file.filename)}
        case Archive(file=file, path=path, subdirectory=subdirectory):
            return {"archive": PackageArchive(**_file_fields(file), path=path, subdirectory=subdirectory or None)}
        case Tree(path=path):
            return {"directory": PackageDirectory(path=path, editable=False)}
        case Checkout() as checkout:
            vcs = PackageVcs(
                type="git",
                url=checkout.url,
                commit_id=checkout.commit,
                requested_revision=checkout.revision or None,
                subdirectory=checkout.subdirectory or None,
            )
            return {"vcs": vcs}


def _file_fields(file: LockedFile) -> dict[str, Any]:
    return {"url": file.url, "size": file.size, "upload_time": file.upload_time, "hashes": {"sha256": file.sha256}}


def _own_table(pin: Pin) -> dict[str, Any]:
    table: dict[str, Any] = {"origins": list(pin.origins)} if pin.origins else {}
    if pin.index:
        table["index"] = pin.index
    if isinstance(pin.source, Tree):
        table["digest"] = pin.source.digest
    if pin.source is not None:
        wheel: dict[str, object] = {"name": pin.file.filename, "sha256": pin.file.sha256}
        table["wheel"] = wheel if pin.file.size is None else wheel | {"size": pin.file.size}
    if pin.build is not None:
        table["builder"] = pin.build.builder
        table["build-requirements"] = [
            {"name": each.name, "version": str(each.version), "sha256": each.sha256} for each in pin.build.requirements
        ]
    return table


def parse_package(package: Package, indexes: Collection[str]) -> Pin:
    """Read a pin back.

    Args:
        package: the pin.
        indexes: identities of the indexes it may come from, besides the lock's own.

    Raises:
        KeyError, TypeError, ValueError: the package is not one of ours.
    """
    own = (package.tool or {}).get(TOOL, {})
    if not isinstance(own, dict):
        raise TypeError(f"`{package.name}` has no usable tool.{TOOL}")
    if package.version is None:
        raise ValueError(f"`{package.name}` has no version")
    source = _parse_source(package, own)
    file = _index_wheel(package) if source is None else _own_wheel(package, own["wheel"])
    return Pin(
        name=package.name,
        version=package.version,
        file=file,
        source=source,
        build=_parse_build(own),
        dependencies=tuple(NormalizedName(dependency["name"]) for dependency in package.dependencies or []),
        origins=tuple(str(origin) for origin in own.get("origins", [])),
        index=_one_of(indexes, own.get("index", "")),
    )


def _one_of(indexes: Collection[str], index: object) -> str:
    if not isinstance(index, str) or (index and index not in indexes):
        raise ValueError(f"`{index}` is none of the lock's indexes")
    return index


def _parse_source(package: Package, own: Mapping[str, Any]) -> Source | None:
    if package.sdist is not None:
        return Sdist(file=_sdist(package, package.sdist))
    if package.archive is not None:
        return _archive(package.archive)
    if package.directory is not None:
        return Tree(path=package.directory.path, digest=_matching(_DIGEST, own["digest"]))
    if package.vcs is not None:
        return _checkout(package.vcs)
    return None


def _index_wheel(package: Package) -> LockedFile:
    wheels = package.wheels or []
    if len(wheels) != 1:
        raise ValueError(f"`{package.name}` has {len(wheels)} wheels, and one is wanted")
    wheel = wheels[0]
    filename = _wheel_name(wheel.name, package)
    return LockedFile(
        filename=filename,
        url=_url(wheel.url, filename),
        sha256=_matching(_SHA256, wheel.hashes.get("sha256")),
        size=wheel.size,
        upload_time=wheel.upload_time,
    )


def _own_wheel(package: Package, table: Mapping[str, Any]) -> LockedFile:
    size = table.get("size")
    return LockedFile(
        filename=_wheel_name(table["name"], package),
        url=None,
        sha256=_matching(_SHA256, table["sha256"]),
        size=size if isinstance(size, int) else None,
    )


def _wheel_name(name: object, package: Package) -> str:
    parsed = parse_wheel_name(name) if isinstance(name, str) else None
    if not isinstance(name, str) or parsed is None or (parsed.name, parsed.version) != (package.name, package.version):
        raise ValueError(f"`{name}` is no wheel of `{package.name}=={package.version}`")
    return name


def _sdist(package: Package, sdist: PackageSdist) -> LockedFile:
    parsed = parse_sdist_name(sdist.name or "", package.name)
    if sdist.name is None or parsed is None or parsed.version != package.version:
        raise ValueError(f"`{sdist.name}` is no sdist of `{package.name}=={package.version}`")
    return LockedFile(
        filename=sdist.name,
        url=_url(sdist.url, sdist.name),
        sha256=_matching(_SHA256, sdist.hashes.get("sha256")),
        size=sdist.size,
        upload_time=sdist.upload_time,
    )


def _archive(archive: PackageArchive) -> Archive:
    filename = urlsplit(archive.url or archive.path or "").path.rpartition("/")[2]
    file = LockedFile(
        filename=filename,
        url=_url(archive.url, filename) if archive.path is None else None,
        sha256=_matching(_SHA256, archive.hashes.get("sha256")),
        size=archive.size,
        upload_time=archive.upload_time,
    )
    return Archive(file=file, path=archive.path, subdirectory=archive.subdirectory or "")


def _checkout(vcs: PackageVcs) -> Checkout:
    if vcs.type != "git" or vcs.url is None:
        raise ValueError(f"`{vcs.type}` is no git repository at a URL")
    return Checkout(
        url=vcs.url,
        commit=_matching(_COMMIT, vcs.commit_id),
        revision=vcs.requested_revision or "",
        subdirectory=vcs.subdirectory or "",
    )


def _parse_build(own: Mapping[str, Any]) -> Build | None:
    if "builder" not in own:
        return None
    requirements = tuple(
        BuildRequirement(
            name=canonicalize_name(each["name"]),
            version=Version(each["version"]),
            sha256=_matching(_SHA256, each["sha256"]),
        )
        for each in own["build-requirements"]
    )
    return Build(builder=str(own["builder"]), requirements=requirements)


def _url(url: str | None, filename: str) -> str:
    if url is None or urlsplit(url).scheme not in {"https", "http"}:
        raise ValueError(f"`{filename}` has no usable url")
    return url


def _matching(pattern: re.Pattern[str], text: object) -> str:
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise ValueError(f"`{text}` is no hash")
    return text
