"""A client of one simple index."""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote

from packaging.utils import NormalizedName
from urllib3.response import BaseHTTPResponse

from ca_vendor.credential import CredentialSource
from ca_vendor.index.body import TruncatedBodyError, bounded_chunks, read_chunks, read_whole, resumed_chunks
from ca_vendor.index.errors import (
    IndexAnswerError,
    IndexNetworkError,
    NotAnIndexError,
    RefusedError,
    UnsafeRedirectError,
)
from ca_vendor.index.http import HttpClient
from ca_vendor.index.origin import Origin, shown_url
from ca_vendor.index.pages import ACCEPT, PackedPage, parse_page
from ca_vendor.index.remote_file import RemoteFile
from ca_vendor.selection import DistributionFile, ProjectMissingError, ProjectPage

MAX_PAGE_BYTES = 128 * 1024 * 1024
_MAX_METADATA_BYTES = 8 * 1024 * 1024
_TAIL_BYTES = 1 << 16
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_TRIES = 4

_Answer = TypeVar("_Answer")


class IndexClient:
    """Reads pages, METADATA and files of one index, from any number of threads.

    Attributes:
        url: the index's base, ending in ``/``.

    Args:
        url: its base.
        credentials: sent to its origin and to nobody else.
        http: how to ask.
        refusal_hint: what its user can do where it answers 403; empty where nothing special is known.
        no_access_hint: the same where it answers 401.
    """

    def __init__(
        self,
        *,
        url: str,
        credentials: CredentialSource,
        http: HttpClient,
        refusal_hint: str = "",
        no_access_hint: str = "",
    ) -> None:
        self.url = url if url.endswith("/") else f"{url}/"
        self._credentials = credentials
        self._http = http
        self._hints = {401: no_access_hint, 403: refusal_hint}
        self._origin = Origin.of(self.url)

    def fetch_page(self, name: NormalizedName) -> ProjectPage:
        """Return the index's page of a project.

        Raises:
            ProjectMissingError: the index has none.
            CaVendorError: see :meth:`HttpClient.get`; also where the answer is no index page.
        """
        url = f"{self.url}{quote(name)}/"

        def read() -> ProjectPage:
            response = self._get(url, {"Accept": ACCEPT, "Accept-Encoding": "gzip"})
            if response.status == 404:
                response.close()
                raise ProjectMissingError(name, shown_url(self.url))
            self._want(response, 200)
            packed = PackedPage.of(bounded_chunks(response, self._http.patience, limit=MAX_PAGE_BYTES))
            content_type = response.headers.get("Content-Type", "")
            return parse_page(packed, content_type=content_type, name=name, url=response.url or url)

        return self._whole(read, url)

    def fetch_metadata_file(self, file: DistributionFile) -> bytes | None:
        """Return the METADATA that the index serves beside a file (PEP 658); ``None`` where it has none after all."""
        self._refuse_downgrade(file)
        response = self._get(f"{file.url}.metadata", {"Accept-Encoding": "gzip"})
        if response.status != 200:
            response.close()
            return None
        try:
            return read_whole(response, self._http.patience, limit=_MAX_METADATA_BYTES)
        except (TruncatedBodyError, NotAnIndexError):
            return None

    def open_tail(self, file: DistributionFile) -> io.BufferedReader | Iterator[bytes]:
        """Ask for the end of a file, to look into it without downloading it.

        Returns:
            A seekable file that reads ranges on demand; or the chunks of the whole file, where its end is all of it or
            the index does not honour Range.
        """
        self._refuse_downgrade(file)
        response = self._get(file.url, _range_header(f"-{_TAIL_BYTES}"), waits_for_import=True)
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status != 206 or found is None:
            return self._chunks(file, first=response)
        try:
            tail = b"".join(read_chunks(response, self._http.patience, decode=False))
        except TruncatedBodyError:
            return self._chunks(file)
        size = int(found[3])
        if len(tail) != size - int(found[1]):
            return self._chunks(file)
        if len(tail) == size:
            return iter((tail,))
        remote = RemoteFile(size=size, tail=tail, fetch_range=lambda first, last: self._fetch_range(file, first, last))
        return remote.buffered()

    def stream_file(self, file: DistributionFile) -> Iterator[bytes]:
        """Yield a file's bytes, resumed or restarted where its body breaks off.

        Raises:
            CaVendorError: see :meth:`HttpClient.get`.
        """
        self._refuse_downgrade(file)
        return self._chunks(file)

    def _chunks(self, file: DistributionFile, first: BaseHTTPResponse | None = None) -> Iterator[bytes]:
        waiting = [first] if first is not None else []

        def open_at(offset: int) -> BaseHTTPResponse:
            headers = _range_header(f"{offset}-") if offset else {"Accept-Encoding": "identity"}
            response = waiting.pop() if waiting else self._get(file.url, headers, waits_for_import=True)
            found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if response.status == 416 or (response.status == 206 and (found is None or int(found[1]) != offset)):
                response.close()
                response = self._get(file.url, {"Accept-Encoding": "identity"}, waits_for_import=True)
            self._want(response, 200, 206)
            return response

        return resumed_chunks(open_at, self._http.attempts, self._http.patience, url=shown_url(file.url))

    def _fetch_range(self, file: DistributionFile, first: int, last: int) -> bytes:
        def read() -> bytes:
            response = self._get(file.url, _range_header(f"{first}-{last}"))
            self._want(response, 206)
            return b"".join(read_chunks(response, self._http.patience, decode=False))

        data = self._whole(read, file.url)
        if len(data) != last - first + 1:
            raise IndexNetworkError(shown_url(file.url), "a part of the file has the wrong length")
        return data

    def _whole(self, read: Callable[[], _Answer], url: str) -> _Answer:
        """Ask anew where an answer breaks off."""
        attempts = self._http.attempts()
        while True:
            attempts.made += 1
            try:
                return read()
            except TruncatedBodyError as error:
                if attempts.made == _TRIES or not attempts.pause():
                    raise IndexNetworkError(shown_url(url), "its answer broke off, again and again") from error

    def _get(self, url: str, headers: Mapping[str, str], *, waits_for_import: bool = False) -> BaseHTTPResponse:
        try:
            return self._http.get(
                url,
                credentials=self._credentials,
                origin=self._origin,
                headers=headers,
                waits_for_import=waits_for_import,
            )
        except RefusedError as error:
            error.hint = self._hints.get(error.status) or error.hint
            raise

    def _want(self, response: BaseHTTPResponse, *statuses: int) -> None:
        if response.status not in statuses:
            url, status = shown_url(response.url or self.url), response.status
            response.close()
            raise IndexAnswerError(url, status, 1)

    def _refuse_downgrade(self, file: DistributionFile) -> None:
        if self._origin.scheme == "https" and not file.url.startswith("https://"):
            raise UnsafeRedirectError(
                shown_url(file.url), f"`{file.filename}` is offered without TLS by an https index"
            )


def _range_header(spec: str) -> dict[str, str]:
    return {"Range": f"bytes={spec}", "Accept-Encoding": "identity"}
