"""Authorization tokens: issued, recognised, expired.

A token proves itself: it carries its domain and expiry under a keyed digest, so that tokens stay good over a restart
and yet lie in no file. Its form is that of the service's, five base64url parts between dots, about 1.5 kB: opaque.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from ca_vendor.emulator.model import Clock

MINIMUM_SECONDS = 900
MAXIMUM_SECONDS = 43200

_PARTS = 5
_HEADER = {"enc": "A256GCM", "alg": "RSA-OAEP"}
_FILLER_BYTES = 768


class TokenState(Enum):
    """What the service makes of a token."""

    VALID = "valid"
    EXPIRED = "expired"
    FOREIGN = "of another domain"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A token that this emulator handed out.

    Attributes:
        value: the token itself.
        domain: the label of its domain.
        issued_at: seconds since the epoch.
        expires_at: seconds since the epoch.
    """

    value: str
    domain: str
    issued_at: float
    expires_at: float


class Tokens:
    """Issues tokens and judges them, by an injected clock.

    Args:
        key: the secret that tells own tokens from others.
        clock: the time.
    """

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self._issued: dict[str, IssuedToken] = {}
        self._expired_until = float("-inf")
        self._value: str | None = None

    @property
    def issued(self) -> tuple[IssuedToken, ...]:
        """Every token issued by this process, oldest first."""
        with self._lock:
            return tuple(self._issued.values())

    def use_value(self, value: str | None) -> None:
        """Issue this very value from now on, or, for ``None``, tokens of the usual form.

        A canary value can then be looked for wherever a token must not be.
        """
        self._value = value

    def issue(self, domain: str, seconds: int) -> IssuedToken:
        """Return a token of a domain that expires after so many seconds."""
        now = self._clock()
        value = self._value or self._render(domain, now, now + seconds)
        token = IssuedToken(value=value, domain=domain, issued_at=now, expires_at=now + seconds)
        with self._lock:
            self._issued[value] = token
        return token

    def expire_all(self) -> None:
        """Refuse every token that was issued until now, as expired."""
        with self._lock:
            self._expired_until = self._clock()
            self._issued = {value: replace(token, expires_at=token.issued_at) for value, token in self._issued.items()}

    def verify(self, value: str, domain: str) -> TokenState:
        """Judge a token presented for a domain."""
        token = self._issued.get(value) or self._parse(value)
        if token is None:
            return TokenState.UNKNOWN
        if token.domain != domain:
            return TokenState.FOREIGN
        return TokenState.VALID if self._clock() < token.expires_at else TokenState.EXPIRED

    def _render(self, domain: str, issued_at: float, expires_at: float) -> str:
        claims = json.dumps({"domain": domain, "iat": issued_at, "exp": expires_at}).encode()
        parts = (json.dumps(_HEADER).encode(), secrets.token_bytes(_FILLER_BYTES), secrets.token_bytes(12), claims)
        text = ".".join(_encode(part) for part in parts)
        return f"{text}.{_encode(self._digest(text))}"

    def _parse(self, value: str) -> IssuedToken | None:
        text, _, digest = value.rpartition(".")
        parts = text.split(".")
        if len(parts) != _PARTS - 1 or not hmac.compare_digest(_encode(self._digest(text)), digest):
            return None
        claims = json.loads(_decode(parts[3]))
        issued_at, expires_at = claims["iat"], claims["exp"]
        if issued_at <= self._expired_until:
            expires_at = issued_at
        return IssuedToken(value=value, domain=claims["domain"], issued_at=issued_at, expires_at=expires_at)

    def _digest(self, text: str) -> bytes:
        return hmac.new(self._key, text.encode(), hashlib.sha256).digest()


def read_key(path: Path) -> bytes:
    """Return the key in a file, made on first use and readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
