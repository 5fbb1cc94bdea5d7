"""GET with a deadline, retries, and credentials that stay with their origin."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from ca_vendor.credential import Credential, CredentialSource
from ca_vendor.index.errors import IndexAnswerError, IndexNetworkError, RefusedError, UnsafeRedirectError
from ca_vendor.index.origin import Origin, followed, shown_url
from ca_vendor.index.patience import Attempts, Patience
from ca_vendor.index.pools import Pools
from ca_vendor.index.wires import Wires

_log = logging.getLogger(__name__)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({429, 500, 502, 503, 504})
_MAX_REDIRECTS = 5
_SAID_BYTES = 400


class HttpClient:
    """Keeps connections alive, for any number of threads."""

    def __init__(self, *, patience: Patience | None = None, connections: int = 64) -> None:
        self.patience = patience or Patience()
        self._connections = connections
        self._wires = Wires()
        self._pools = Pools(self._wires, connections)

    def prepare(self) -> None:
        """Do now what the first request would wait for."""
        self._pools.prepare()

    def stop(self) -> None:
        """End what is under way, in whatever thread; what begins later is not touched."""
        wires, self._wires = self._wires, Wires()
        self._pools = Pools(self._wires, self._connections)
        wires.cut_all()

    def attempts(self) -> Attempts:
        """Return a count of tries that begins now."""
        return Attempts(self.patience, self._wires.cut)

    def get(
        self,
        url: str,
        *,
        credentials: CredentialSource,
        origin: Origin,
        headers: Mapping[str, str],
        waits_for_import: bool = False,
    ) -> BaseHTTPResponse:
        """Return a response whose body has not been read, with status 200, 206, 304, 404, 406 or 416.

        Args:
            url: what to get.
            credentials: sent to ``origin`` and to nobody else.
            origin: what the credentials belong to.
            headers: to send besides Authorization.
            waits_for_import: retry a 404 for a while, as CodeArtifact lists files before it has imported them.

        Raises:
            RefusedError: 401 (after one renewal of the credential) or 403.
            IndexAnswerError: another useless status, retried where it might have passed.
            IndexNetworkError: no answer.
            UnsafeRedirectError: a redirect in a loop, or from https to http.
        """
        attempts = self.attempts()
        credential = credentials.current() if Origin.of(url) == origin else None
        renewed = False
        while True:
            attempts.made += 1
            try:
                response = self._follow(_Question(url, headers, credential, origin), attempts)
            except IndexNetworkError:
                if attempts.made < 4 and attempts.pause():
                    continue
                raise
            if response.status == 401 and credential is not None and not renewed:
                renewed = True
                newer = credentials.renewed(credential)
                if newer is not None:
                    response.close()
                    credential = newer
                    continue
            if not self._worth_another_try(response, attempts, waits_for_import=waits_for_import):
                return self._judged(response, url, attempts, had_credential=credential is not None)
            response.close()

    def _worth_another_try(self, response: BaseHTTPResponse, attempts: Attempts, *, waits_for_import: bool) -> bool:
        if response.status in _PASSING:
            return attempts.pause(_retry_after(response))
        if response.status == 404 and waits_for_import:
            return attempts.pause(within=self.patience.cold_import)
        return False

    def _judged(
        self, response: BaseHTTPResponse, url: str, attempts: Attempts, *, had_credential: bool
    ) -> BaseHTTPResponse:
        if response.status in {200, 206, 304, 404, 406, 416}:
            return response
        status, said = response.status, _said(response)
        response.close()
        if status in {401, 403}:
            raise RefusedError(shown_url(url), status, said, had_credential=had_credential)
        raise IndexAnswerError(shown_url(url), status, attempts.made, wait=_retry_after(response))

    def _follow(self, question: "_Question", attempts: Attempts) -> BaseHTTPResponse:
        url = question.url
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._request(url, question.headers_for(url), min(self.patience.silence, attempts.left))
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return response
            response.close()
            url = followed(url, location)
        raise UnsafeRedirectError(shown_url(url), f"more than {_MAX_REDIRECTS} in a row")

    def _request(self, url: str, headers: Mapping[str, str], seconds: float) -> BaseHTTPResponse:
        try:
            response = self._pools.pool_for(url).request(
                "GET",
                url,
                headers=headers,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=min(self.patience.connect, seconds), read=seconds),
            )
        except HTTPError as error:
            raise IndexNetworkError(shown_url(url), _network_problem(error)) from error
        response.url = url  # urllib3 leaves the path alone there
        _log.debug("%s %s", response.status, shown_url(url))
        return response


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked, and the credential that goes to one origin alone."""

    url: str
    headers: Mapping[str, str]
    credential: Credential | None
    origin: Origin

    def headers_for(self, url: str) -> dict[str, str]:
        """Return the headers for a URL on the way: with the credential where it belongs, and nowhere else."""
        if self.credential is None or Origin.of(url) != self.origin:
            return dict(self.headers)
        return {**self.headers, "Authorization": self.credential.authorization()}


def _retry_after(response: BaseHTTPResponse) -> float | None:
    """Seconds the server asks to wait. Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _said(response: BaseHTTPResponse) -> str:
    """The beginning of a plain-text or JSON refusal, which often names the missing permission."""
    if "html" in response.headers.get("Content-Type", ""):
        return ""
    try:
        # What one receive brings: a refusal that trickles is not waited for.
        text = response.read1(_SAID_BYTES).decode("utf-8", "replace")
    except (HTTPError, OSError):
        return ""
    return " ".join("".join(character for character in text if character.isprintable() or character.isspace()).split())


def _network_problem(error: HTTPError) -> str:
    text = str(error)
    known = {
        "NameResolutionError": "its host name is unknown here",
        "ConnectTimeoutError": "no connection in time",
        "ReadTimeoutError": "it fell silent",
        "NewConnectionError": "the connection was refused",
        "ProxyError": "the proxy does not answer",
        "SSLError": "its TLS certificate is not trusted",
    }
    names = [type(error).__name__, type(getattr(error, "reason", None)).__name__]
    return next((known[name] for name in names if name in known), f"{names[0]}: {text[:160]}")
