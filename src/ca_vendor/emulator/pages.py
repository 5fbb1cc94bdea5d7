"""Render a project's page: JSON (PEP 691, 700) or HTML (PEP 503, 592), as the service does.

Source: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import html
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from packaging.utils import NormalizedName

from ca_vendor.emulator.model import Asset, PackageVersion, Source
from ca_vendor.emulator.negotiation import PageFormat

Listing = Sequence[PackageVersion]
"""The versions that a page shows, oldest first."""

# What the page says of an asset that was published here, and of one from the external connection.
_OWN_HASHES = ("sha256", "sha512", "md5")
_EXTERNAL_HASHES = ("sha256", "md5")


def render_page(name: NormalizedName, versions: Listing, form: PageFormat) -> bytes:
    """Return the page in the form asked for, UTF-8."""
    return render_json(name, versions) if form is PageFormat.JSON else render_html(name, versions)


def render_json(name: NormalizedName, versions: Listing) -> bytes:
    """Return the page as JSON."""
    page = {
        "meta": {"api-version": "1.1"},
        "name": name,
        "versions": [version.version for version in versions],
        "files": [_file(version, asset) for version in versions for asset in version.assets],
    }
    return json.dumps(page, separators=(",", ":")).encode()


def _file(version: PackageVersion, asset: Asset) -> dict[str, Any]:
    shown = _EXTERNAL_HASHES if version.source is Source.EXTERNAL else _OWN_HASHES
    entry: dict[str, Any] = {
        "filename": asset.filename,
        "url": asset_path(version.version, asset.filename),
        "hashes": {name: asset.hashes[name] for name in shown if name in asset.hashes},
    }
    if asset.requires_python is not None:
        entry["requires-python"] = asset.requires_python
    if asset.size is not None:
        entry["size"] = asset.size
    if asset.upload_time is not None:
        entry["upload-time"] = asset.upload_time
    entry["yanked"] = False if asset.yanked is None else asset.yanked or True
    return entry


def render_html(name: NormalizedName, versions: Listing) -> bytes:
    """Return the page as HTML."""
    title = f"Links for {html.escape(name)}"
    lines = [_anchor(version.version, asset) for version in versions for asset in version.assets]
    body = "\n".join(lines)
    return (
        f"<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n"
        f"<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    ).encode()


def _anchor(version: str, asset: Asset) -> str:
    fragment = f"#sha256={asset.hashes['sha256']}" if "sha256" in asset.hashes else ""
    attributes = f'href="{html.escape(asset_path(version, asset.filename))}{fragment}"'
    if asset.requires_python is not None:
        attributes += f' data-requires-python="{html.escape(asset.requires_python)}"'
    if asset.yanked is not None:
        attributes += f' data-yanked="{html.escape(asset.yanked)}"'
    return f'<a {attributes} data-gpg-sig="false" >{html.escape(asset.filename)}</a><br/>'


def asset_path(version: str, filename: str) -> str:
    """Return an asset's URL, relative to the page that lists it."""
    return f"{quote(version)}/{quote(filename)}"
