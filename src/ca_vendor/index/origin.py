"""URLs: what a credential belongs to, where a redirect may lead, and what of them a message may show."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from ca_vendor.index.errors import IndexNetworkError, UnsafeRedirectError


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Scheme, host and port: what a credential belongs to."""

    scheme: str
    host: str
    port: int | None

    @classmethod
    def of(cls, url: str) -> "Origin":
        """Return the origin of a URL.

        Raises:
            IndexNetworkError: it is malformed.
        """
        try:
            parts, port = urlsplit(url), urlsplit(url).port
        except ValueError as error:
            raise IndexNetworkError(shown_url(url), "its URL is malformed") from error
        default = {"http": 80, "https": 443}.get(parts.scheme)
        return cls(scheme=parts.scheme, host=(parts.hostname or "").lower(), port=port or default)


def shown_url(url: str) -> str:
    """Return a URL fit for a message: no user, no password, no signed query."""
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        return url.rpartition("@")[2].partition("?")[0]
    host = parts.hostname or ""
    netloc = f"[{host}]" if ":" in host else host
    if port:
        netloc = f"{netloc}:{port}"
    return SplitResult(parts.scheme, netloc, parts.path, "", "").geturl()


def followed(url: str, location: str) -> str:
    """Return where a redirect leads.

    Raises:
        UnsafeRedirectError: where we do not go.
    """
    try:
        following = urljoin(url, location)
        parts, _ = urlsplit(following), urlsplit(following).port
    except ValueError as error:
        raise UnsafeRedirectError(shown_url(url), "it leads to no URL") from error
    if urlsplit(url).scheme == "https" and parts.scheme != "https":
        raise UnsafeRedirectError(shown_url(url), f"it leads from https to {shown_url(following)}")
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise UnsafeRedirectError(shown_url(url), f"it leads to {shown_url(following)}")
    return following
