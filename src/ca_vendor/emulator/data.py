"""The data plane: the simple index, the assets and uploads of one repository."""

import base64
import binascii
import threading
from collections import OrderedDict
from urllib.parse import quote, unquote

from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.emulator.library import Holding, Library
from ca_vendor.emulator.messages import Request, Response, ServiceError, json_response, not_found
from ca_vendor.emulator.model import Repository
from ca_vendor.emulator.negotiation import PageFormat, choose_format
from ca_vendor.emulator.pages import render_page
from ca_vendor.emulator.tokens import Tokens, TokenState

_USER = "aws"
_PAGE_CACHE_BYTES = 64 * 1024 * 1024
_NO_HEADER = "Unauthenticated: request did not include an Authorization header. Please provide your credentials."


class DataPlane:
    """Answers requests below a repository's endpoint.

    Args:
        library: what the repositories hold.
        tokens: judges the credentials.
        html_only: whether pages are HTML whatever the client accepts, as they were in 2024.
    """

    def __init__(self, library: Library, tokens: Tokens, *, html_only: bool) -> None:
        self._library = library
        self._tokens = tokens
        self._html_only = html_only
        self._pages = PageCache(_PAGE_CACHE_BYTES)

    def refusal(self, request: Request, domain: str) -> Response | None:
        """Return the 401 for a request without good credentials, ``None`` for one with."""
        header = request.headers.get("Authorization")
        if header is None:
            return challenge(_NO_HEADER)
        token = parse_authorization(header)
        state = self._tokens.verify(token, domain) if token is not None else TokenState.UNKNOWN
        # ? the wording of the refusals other than the missing header's.
        return None if state is TokenState.VALID else challenge(f"Unauthenticated: the token is {state.value}")

    def read(self, request: Request, repository: Repository, path: str) -> Response:
        """Answer a GET below the endpoint.

        Args:
            request: the request, already authorised.
            repository: whose endpoint it is.
            path: quoted, after the endpoint.
        """
        match path.split("/"):
            case ["simple", project] if project:
                # ? a page's address without its last slash.
                location = f"{quote(unquote(project))}/"
                return Response(status=301, headers=(("Location", location),))
            case ["simple", project, ""] if project:
                return self._page(request, repository, canonicalize_name(unquote(project)))
            case ["simple", project, version, filename] if project and version and filename:
                name = canonicalize_name(unquote(project))
                body = self._library.pull(repository, name, unquote(version), unquote(filename))
                return Response(headers=(("Content-Type", "application/octet-stream"),), body=body)
            case _:
                # ? the body of a 404; the root of the index is one, too.
                raise not_found("path", f"/{path}")

    def _page(self, request: Request, repository: Repository, name: NormalizedName) -> Response:
        # ? in HTML-only mode, whatever the client accepts; the body of a 406.
        form = PageFormat.HTML if self._html_only else choose_format(request.headers.get("Accept"))
        if form is None:
            raise ServiceError(406, "NotAcceptableException", "no supported type in the Accept header")
        holdings = self._library.holdings(repository, name)
        if not holdings:
            raise not_found("package", name)
        key = (repository.domain, repository.name, name, form)
        content = self._pages.get(key, holdings)
        if content is None:
            content = render_page(name, self._library.listing(holdings), form)
            self._pages.put(key, holdings, content)
        return Response(headers=(("Content-Type", form.value),), body=content)


class PageCache:
    """Rendered pages, up to a number of bytes, each good as long as what it was made from is unchanged.

    Args:
        capacity: in bytes.
    """

    _Key = tuple[str, str, NormalizedName, PageFormat]

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._lock = threading.Lock()
        self._pages: OrderedDict[PageCache._Key, tuple[tuple[Holding, ...], bytes]] = OrderedDict()

    def get(self, key: _Key, holdings: tuple[Holding, ...]) -> bytes | None:
        """Return the page made from these very holdings."""
        with self._lock:
            made_from, content = self._pages.get(key, ((), b""))
            if len(made_from) != len(holdings) or not all(map(Holding.is_same, made_from, holdings)):
                return None
            self._pages.move_to_end(key)
            return content

    def put(self, key: _Key, holdings: tuple[Holding, ...], content: bytes) -> None:
        """Keep a page, letting go of those not asked for longest."""
        with self._lock:
            _, previous = self._pages.pop(key, ((), b""))
            self._pages[key] = (holdings, content)
            self._size += len(content) - len(previous)
            while self._size > self._capacity and len(self._pages) > 1:
                _, (_, dropped) = self._pages.popitem(last=False)
                self._size -= len(dropped)


def parse_authorization(header: str) -> str | None:
    """Return the token of a Bearer header, or of a Basic one whose user is ``aws``.  # ? other users."""
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return password if user == _USER else None


def challenge(message: str) -> Response:
    """Return a 401 that asks for Bearer first, then for Basic, as the service does."""
    headers = (
        ("WWW-Authenticate", 'Bearer realm="codeartifact"'),
        ("WWW-Authenticate", 'Basic realm="codeartifact"'),
    )
    return json_response({"message": message}, status=401, headers=headers)
