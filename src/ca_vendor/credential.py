"""Credentials: masked wherever they are shown, revealed for one header."""

import base64
import re
from dataclasses import dataclass
from typing import Protocol

_LOCATION = re.compile(r"secretsmanager:(?P<name>[^#\s]+)(?:#(?P<key>\S+))?")


@dataclass(frozen=True, slots=True)
class Secret:
    """A token or password whose ``str`` and ``repr`` are masked.

    The only way to the value is :meth:`reveal`, so every use is found by searching for that one word.
    """

    _value: str

    def reveal(self) -> str:
        """Return the secret value, for an Authorization header and nothing else."""
        return self._value

    def __str__(self) -> str:
        return "********"

    def __repr__(self) -> str:
        return "Secret('********')"

    def __bool__(self) -> bool:
        return bool(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A user name and its password or token."""

    username: str
    password: Secret

    def authorization(self) -> str:
        """Return the value of an Authorization header.

        Source: https://www.rfc-editor.org/rfc/rfc7617
        """
        pair = f"{self.username}:{self.password.reveal()}".encode()
        return f"Basic {base64.b64encode(pair).decode('ascii')}"


class CredentialSource(Protocol):
    """Gives the credential to use now, and another when the index has refused one."""

    def current(self) -> Credential | None:
        """Return the credential to use now; ``None`` for an index that wants none."""

    def renewed(self, refused: Credential) -> Credential | None:
        """Return a newer credential than the refused one; ``None`` where there is none."""


@dataclass(frozen=True, slots=True)
class FixedCredential:
    """A credential that cannot be renewed, or the absence of one."""

    credential: Credential | None = None

    def current(self) -> Credential | None:
        """Return the credential."""
        return self.credential

    def renewed(self, refused: Credential) -> Credential | None:  # noqa: ARG002 - the port's signature
        """Return ``None``."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretLocation:
    """Where in AWS Secrets Manager a token is kept.

    Attributes:
        name: the secret's name or ARN.
        key: of a JSON secret; ``None`` where the secret is the token itself.
    """

    name: str
    key: str | None

    @classmethod
    def parse(cls, text: str) -> "SecretLocation | None":
        """Read ``secretsmanager:NAME`` or ``secretsmanager:NAME#KEY``; ``None`` where it is neither."""
        match = _LOCATION.fullmatch(text)
        return cls(name=match["name"], key=match["key"]) if match else None
