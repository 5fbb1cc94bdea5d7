"""Where the credential of an index that is not CodeArtifact comes from."""

import netrc
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from ca_vendor.credential import Credential, FixedCredential, Secret
from ca_vendor.errors import CredentialsError

_PREFIX = "CA_VENDOR_INDEX_"
_USERNAME, _PASSWORD = "USERNAME", "PASSWORD"
UNBOUND_VARIABLES = frozenset({f"{_PREFIX}{_USERNAME}", f"{_PREFIX}{_PASSWORD}"})
"""What holds a credential without saying for which host."""


def find_index_credential(url: str, environment: Mapping[str, str] | None = None, *, name: str = "") -> FixedCredential:
    """Find the credential of an index that is not CodeArtifact.

    Asked in order: CA_VENDOR_INDEX_USERNAME and CA_VENDOR_INDEX_PASSWORD, netrc, keyring where it is installed. An
    index with a name has two variables of its own instead, such as CA_VENDOR_INDEX_TEAM_USERNAME.

    Args:
        url: the index.
        environment: where the variables are looked for; the process's own when left out.
        name: what configuration calls the index; empty for the index of all projects that no other claims.

    Raises:
        CredentialsError: only one of the two variables is set, or netrc cannot be parsed.
    """
    environment = os.environ if environment is None else environment
    host = urlsplit(url).hostname or ""
    return FixedCredential(
        _from_environment(environment, name) or _from_netrc(host, environment) or _from_keyring(url, host)
    )


def credential_hint(name: str) -> str:
    """Say where the credential of an index is looked for that has a name; empty for the one without."""
    if not name:
        return ""
    username, password = _variables(name)
    return f"for the index `{name}` set {username} and {password}, or use netrc or keyring"


def _variables(name: str) -> tuple[str, str]:
    stem = f"{_PREFIX}{name.upper().replace('-', '_')}_" if name else _PREFIX
    return f"{stem}{_USERNAME}", f"{stem}{_PASSWORD}"


def _from_environment(environment: Mapping[str, str], name: str) -> Credential | None:
    user_variable, password_variable = _variables(name)
    username, password = environment.get(user_variable), environment.get(password_variable)
    if username and password:
        return Credential(username=username, password=Secret(password))
    if username or password:
        missing = password_variable if username else user_variable
        raise CredentialsError(f"{missing} is not set", hint=f"set both {user_variable} and {password_variable}")
    return None


def _from_netrc(host: str, environment: Mapping[str, str]) -> Credential | None:
    named = environment.get("NETRC")
    candidates = [Path(named)] if named else [Path.home() / ".netrc", Path.home() / "_netrc"]
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        return None
    try:
        found = netrc.netrc(path).authenticators(host)
    except (netrc.NetrcParseError, OSError) as error:
        raise CredentialsError(
            f"netrc cannot be used: {error}", hint="mend it, or set NETRC to another file"
        ) from error
    if found is None:
        return None
    login, _, password = found
    return Credential(username=login or "", password=Secret(password or ""))


def _from_keyring(url: str, host: str) -> Credential | None:
    with suppress(ImportError):
        import keyring
        import keyring.errors

        with suppress(keyring.errors.KeyringError, RuntimeError):
            for service in (url, host):
                found = keyring.get_credential(service, None)
                if found is not None:
                    return Credential(username=found.username, password=Secret(found.password))
    return None
