"""The public index behind an external connection: any simple API, its pages and files kept on disk."""

import contextlib
import hashlib
import json
import threading
import time
import urllib.request
from collections import OrderedDict
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import urllib3
from mousebender import simple
from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.emulator.archives import NotADistributionError, parse_filename
from ca_vendor.emulator.downloads import Download, UpstreamUnavailableError
from ca_vendor.emulator.model import EXTERNAL_CONNECTION, Asset, EmulatorError, PackageVersion, Source
from ca_vendor.emulator.records import parse_version, render_record
from ca_vendor.emulator.state import write_atomically

_PAGE_SECONDS = 3600.0
_VERSIONS_IN_MEMORY = 30_000
_TIMEOUT = urllib3.Timeout(connect=10, read=60)
_RETRIES = urllib3.Retry(
    3, connect=1, backoff_factor=0.3, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A simple index that stands for the external connection.

    Attributes:
        url: the base URL, credentials included where it needs them.
        certificates: a file of trusted certificates, in place of the usual ones.
        proxy: the proxy to go through, in place of the environment's.
    """

    url: str = field(repr=False)
    certificates: str | None = None
    proxy: str | None = None

    @classmethod
    def from_pip(cls) -> "Upstream":
        """Return the index that pip on this machine uses: configuration, environment or built-in default.

        Only the primary index is taken, neither extra indexes nor ``--find-links``.

        Raises:
            EmulatorError: when pip does not say.
        """
        # pip has no public API; its option parser alone knows the built-in default.
        from pip._internal.commands import create_command

        try:
            options, _ = create_command("download").parse_args([])
        except (Exception, SystemExit) as exc:
            raise EmulatorError(
                "pip does not say which index it uses", details=(str(exc),), hint="pass `--upstream URL`"
            ) from exc
        if options.no_index:
            raise EmulatorError("pip is configured to use no index", hint="pass `--upstream URL` or `--upstream none`")
        return cls(url=options.index_url, certificates=options.cert, proxy=options.proxy or None)


class UpstreamIndex:
    """Reads an upstream through a cache directory. Safe to use from several threads.

    Args:
        upstream: where to read.
        directory: the cache.
    """

    def __init__(self, upstream: Upstream, directory: Path) -> None:
        self._base, self._authorization = _split_credentials(upstream.url.rstrip("/") + "/")
        self._directory = directory / hashlib.sha256(self._base.encode()).hexdigest()[:16]
        self._http = _make_pool(upstream)
        self._lock = threading.Lock()
        self._page_locks: dict[NormalizedName, threading.Lock] = {}
        self._pages: OrderedDict[NormalizedName, tuple[float, tuple[PackageVersion, ...]]] = OrderedDict()
        self._downloads: dict[str, Download] = {}
        (self._directory / "pages").mkdir(parents=True, exist_ok=True)
        (self._directory / "files").mkdir(exist_ok=True)

    def versions(self, project: NormalizedName) -> tuple[PackageVersion, ...]:
        """Return a project's versions, oldest first; none when the index has no such project.

        The same object is returned as long as the page has not been read again.

        Raises:
            UpstreamUnavailableError: when the index does not answer.
        """
        with self._lock:
            page_lock = self._page_locks.setdefault(project, threading.Lock())
        with page_lock:
            read_at, versions = self._pages.get(project) or self._load(project)
            if time.time() - read_at > _PAGE_SECONDS:
                read_at, versions = time.time(), self._refresh(project, versions)
            self._remember(project, read_at, versions)
        return versions

    def _refresh(self, project: NormalizedName, known: tuple[PackageVersion, ...]) -> tuple[PackageVersion, ...]:
        """Read a page again; what is known serves while the index does not answer."""
        try:
            versions = self._fetch(project)
        except UpstreamUnavailableError:
            if known:
                return known
            raise
        self._store(project, versions)
        return versions

    def _remember(self, project: NormalizedName, read_at: float, versions: tuple[PackageVersion, ...]) -> None:
        """Hold a page in memory, letting go of those not asked for longest; they are still on disk."""
        with self._lock:
            self._pages.pop(project, None)
            self._pages[project] = (read_at, versions)
            held = sum(len(found) for _, found in self._pages.values())
            while held > _VERSIONS_IN_MEMORY and len(self._pages) > 1:
                _, (_, dropped) = self._pages.popitem(last=False)
                held -= len(dropped)

    def open(self, asset: Asset) -> "Download":
        """Return an asset's bytes, on disk or on their way there; one download serves every caller."""
        url = asset.url or ""
        path = self._directory / "files" / hashlib.sha256(url.encode()).hexdigest()[:32] / asset.filename
        with self._lock:
            download = self._downloads.get(url)
            if download is None or download.failed:
                download = Download(path, asset.hashes.get("sha256"))
                self._downloads[url] = download
                if not download.done:
                    arguments = (self._http, url, self._headers(url))
                    threading.Thread(target=download.run, args=arguments, daemon=True).start()
        return download

    def close(self) -> None:
        """Close idle connections."""
        self._http.clear()

    def _headers(self, url: str) -> dict[str, str]:
        """Return the credentials for the index's own host, and none for others."""
        own = urlsplit(url).netloc == urlsplit(self._base).netloc
        return dict(self._authorization) if own else {}

    def _load(self, project: NormalizedName) -> tuple[float, tuple[PackageVersion, ...]]:
        path = self._page_path(project)
        try:
            records = json.loads(path.read_bytes())
            return path.stat().st_mtime, tuple(parse_version(record) for record in records)
        except (OSError, ValueError):
            return 0.0, ()

    def _store(self, project: NormalizedName, versions: tuple[PackageVersion, ...]) -> None:
        records = [render_record(version) for version in versions]
        write_atomically(self._page_path(project), json.dumps(records).encode())

    def _page_path(self, project: NormalizedName) -> Path:
        return self._directory / "pages" / f"{project}.json"

    def _fetch(self, project: NormalizedName) -> tuple[PackageVersion, ...]:
        url = urljoin(self._base, f"{project}/")
        headers = {"Accept": simple.ACCEPT_SUPPORTED, **self._headers(url)}
        try:
            response = self._http.request("GET", url, headers=headers)
        except urllib3.exceptions.HTTPError as exc:
            raise UpstreamUnavailableError(f"{project}: {type(exc).__name__}") from exc
        if response.status == 404:
            return ()
        if response.status != 200:
            raise UpstreamUnavailableError(f"{project}: status {response.status}")
        try:
            content_type = response.headers.get("Content-Type", "text/html")
            text = response.data.decode()
            details = simple.parse_project_details(text, _media_type(content_type), project)
        except (ValueError, KeyError, simple.UnsupportedMIMEType, simple.UnsupportedAPIVersion) as exc:
            raise UpstreamUnavailableError(f"{project}: not a simple index page") from exc
        return group_versions(project, details["files"], urljoin(url, response.geturl() or ""))


def group_versions(project: NormalizedName, files: list[Any], page_url: str) -> tuple[PackageVersion, ...]:
    """Return the files of an upstream page as versions, oldest first.

    Files whose name says no version (eggs, installers) are left out.  # ?
    """
    grouped: dict[str, list[Asset]] = {}
    for file in files:
        with contextlib.suppress(NotADistributionError):
            _, version = parse_filename(file["filename"], project)
            grouped.setdefault(version, []).append(_asset(file, page_url))
    return tuple(
        PackageVersion(
            version=version,
            source=Source.EXTERNAL,
            entry_point=EXTERNAL_CONNECTION,
            published_at=0.0,
            revision=revision_of(tuple(assets)),
            assets=tuple(assets),
        )
        for version, assets in sorted(grouped.items(), key=lambda item: Version(item[0]))
    )


def _asset(file: Any, page_url: str) -> Asset:
    yanked = file.get("yanked", False)
    return Asset(
        filename=file["filename"],
        size=file.get("size"),
        hashes=dict(file.get("hashes", {})),
        requires_python=file.get("requires-python") or None,
        upload_time=file.get("upload-time"),
        yanked=None if yanked is False else "" if yanked is True else yanked,
        url=urljoin(page_url, file["url"]),
    )


def revision_of(assets: tuple[Asset, ...]) -> str:
    """Return an opaque string that changes with the assets."""
    text = "\n".join(f"{asset.filename} {asset.hashes.get('sha256')}" for asset in assets)
    return hashlib.sha256(text.encode()).hexdigest()[:44]


def _media_type(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    return message.get_content_type()


def _split_credentials(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    if parts.username is None:
        return url, {}
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return plain.geturl(), dict(urllib3.make_headers(basic_auth=credentials))


def _make_pool(upstream: Upstream) -> urllib3.PoolManager:
    parts = urlsplit(upstream.url)
    options: dict[str, Any] = {"timeout": _TIMEOUT, "retries": _RETRIES, "maxsize": 16}
    if upstream.certificates:
        options["ca_certs"] = upstream.certificates
    bypass = urllib.request.proxy_bypass(parts.hostname or "")
    proxy = upstream.proxy or (None if bypass else urllib.request.getproxies().get(parts.scheme))
    return urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
