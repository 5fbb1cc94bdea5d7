"""A page of a simple index, from bytes to files.

Sources: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urljoin, urlsplit

import mousebender.simple
from packaging.utils import NormalizedName

from ca_vendor.index.errors import NotAnIndexError
from ca_vendor.selection import DistributionFile, Listing, ProjectPage

ACCEPT = mousebender.simple.ACCEPT_SUPPORTED
"""JSON first, HTML where the index has no JSON."""

_UNSAFE_NAME = re.compile(r"[/\\\x00-\x1f\x7f]|^\.{1,2}$")
_HEX = re.compile(r"[0-9a-f]+")
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+/[!-~]*")
_PLAIN_PATH = re.compile(r"(?:[\w+!~%-][\w.+!~%-]*/)*[\w+!~%-][\w.+!~%-]*", re.ASCII)
"""URLs with nothing to look into twice, absolute and relative; a page may hold thousands."""
_PLAIN_NAME = re.compile(r"[\w+!~-][\w.+!~-]{0,254}", re.ASCII)
_LONGEST_NAME = 255
_READ_AT_ONCE_BYTES = 1 << 13


@dataclass(frozen=True, slots=True)
class PackedPage:
    """A page as it came, compressed: what is made of thousands of files takes many times its size.

    Attributes:
        size: of the page itself, in bytes.
    """

    data: bytes
    size: int

    @classmethod
    def of(cls, chunks: Iterable[bytes]) -> "PackedPage":
        """Compress a page as it arrives."""
        packer, packed, size = zlib.compressobj(1), bytearray(), 0
        for chunk in chunks:
            packed += packer.compress(chunk)
            size += len(chunk)
        return cls(bytes(packed + packer.flush()), size)

    def unpacked(self) -> bytes:
        """Return the page."""
        return zlib.decompress(self.data)


def parse_page(packed: PackedPage, *, content_type: str, name: NormalizedName, url: str) -> ProjectPage:
    """Read a project's page in JSON or HTML.

    An entry that is malformed, or whose name could leave a directory, is left out: one bad upload must not hide a
    project's other files.

    Args:
        packed: the page.
        content_type: of the answer.
        name: the project asked for.
        url: of the page, the base of relative URLs.

    Returns:
        The page. A long one is read each time it is asked what it lists, which raises the same.

    Raises:
        NotAnIndexError: it is no page of a simple index.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        entries = _json_entries
    elif kind in {"text/html", "application/vnd.pypi.simple.v1+html", ""}:
        entries = _html_entries
    else:
        raise NotAnIndexError(url, f"its content type is `{kind}`")

    def read() -> Listing:
        return _list_files(entries(packed.unpacked(), name, url), page_url=url)

    if packed.size > _READ_AT_ONCE_BYTES:
        return ProjectPage(name=name, url=url, read=read)
    listing = read()
    return ProjectPage(name=name, url=url, read=lambda: listing)


def _json_entries(data: bytes, name: NormalizedName, url: str) -> Iterable[Any]:  # noqa: ARG001
    try:
        page = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotAnIndexError(url, "its JSON is malformed") from error
    meta = page.get("meta") if isinstance(page, dict) else None
    version = meta.get("api-version") if isinstance(meta, dict) else None
    if not isinstance(version, str) or not isinstance(page.get("files"), list):
        raise NotAnIndexError(url, "its JSON has no `files`")
    if version.partition(".")[0] != "1":
        raise NotAnIndexError(url, f"it speaks version {version} of the simple API, and only 1 is known")
    files: list[Any] = page["files"]
    return files


def _html_entries(data: bytes, name: NormalizedName, url: str) -> Iterable[Any]:
    text = data.decode("utf-8", "replace")
    if re.search(r"<form|<input[^>]+password", text, re.IGNORECASE):
        raise NotAnIndexError(url, "it is a form, perhaps a login page")
    try:
        return mousebender.simple.from_project_details_html(text, name)["files"]
    except Exception as error:
        raise NotAnIndexError(url, f"its HTML is malformed ({error})") from error


def _list_files(entries: Iterable[Any], *, page_url: str) -> Listing:
    usable: list[tuple[str, Mapping[str, Any]]] = []
    filenames: list[str] = []
    directory = "" if "?" in page_url or "#" in page_url else page_url.rpartition("/")[0]
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        filename, target = entry.get("filename"), entry.get("url")
        if not isinstance(filename, str) or not isinstance(target, str) or not _is_safe(filename):
            continue
        if directory and _PLAIN_PATH.fullmatch(target):
            url: str | None = f"{directory}/{target}"
        else:
            url = _absolute(target.partition("#")[0], page_url)
        if url is not None:
            filenames.append(filename)
            usable.append((url, entry))
    return Listing(filenames, lambda place: _file(filenames[place], *usable[place]))


def _absolute(target: str, base: str) -> str | None:
    """Return an absolute URL that can be asked for; ``None`` where it is none."""
    if _PLAIN_URL.fullmatch(target):
        return target
    try:
        url = urljoin(base, target)
        parts, _, _ = urlsplit(url), urlsplit(url).port, url.encode()
    except ValueError:
        return None
    return url if parts.scheme in {"https", "http"} and parts.hostname else None


def _file(filename: str, url: str, entry: Mapping[str, Any]) -> DistributionFile:
    size, requires_python, yanked = entry.get("size"), entry.get("requires-python"), entry.get("yanked", False)
    return DistributionFile(
        filename=filename,
        url=url,
        hashes=_hashes(entry.get("hashes")),
        size=size if type(size) is int and size >= 0 else None,
        requires_python=requires_python if isinstance(requires_python, str) else None,
        upload_time=_time(entry.get("upload-time")),
        yanked=yanked if isinstance(yanked, str) else ("" if yanked is True else None),
        has_metadata=bool(entry.get("core-metadata", entry.get("dist-info-metadata", False))),
    )


def _is_safe(filename: str) -> bool:
    if _PLAIN_NAME.fullmatch(filename):
        return True
    return 0 < len(filename.encode("utf-8", "replace")) <= _LONGEST_NAME and not _UNSAFE_NAME.search(filename)


def _hashes(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        algorithm: digest.lower()
        for algorithm, digest in value.items()
        if isinstance(algorithm, str) and isinstance(digest, str) and _HEX.fullmatch(digest.lower())
    }


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return time.astimezone(timezone.utc) if time.tzinfo else time.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        return None
