"""Where the credential of an index that is not CodeArtifact comes from."""

import netrc
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from ca_vendor.credential import Credential, FixedCredential, Secret
from ca_vendor.errors import CredentialsError

USERNAME_VARIABLE = "CA_VENDOR_INDEX_USERNAME"
PASSWORD_VARIABLE = "CA_VENDOR_INDEX_PASSWORD"  # noqa: S105 - a variable's name
UNBOUND_VARIABLES = frozenset({USERNAME_VARIABLE, PASSWORD_VARIABLE})
"""What holds a credential without saying for which host."""


def find_index_credential(url: str, environment: Mapping[str, str] | None = None) -> FixedCredential:
    """Find the credential of an index that is not CodeArtifact.

    Asked in order: CA_VENDOR_INDEX_USERNAME and CA_VENDOR_INDEX_PASSWORD, netrc, keyring where it is installed.

    Raises:
        CredentialsError: only one of the two variables is set, or netrc cannot be parsed.
    """
    environment = os.environ if environment is None else environment
    host = urlsplit(url).hostname or ""
    return FixedCredential(_from_environment(environment) or _from_netrc(host, environment) or _from_keyring(url, host))


def _from_environment(environment: Mapping[str, str]) -> Credential | None:
    username, password = environment.get(USERNAME_VARIABLE), environment.get(PASSWORD_VARIABLE)
    if username and password:
        return Credential(username=username, password=Secret(password))
    if username or password:
        missing = PASSWORD_VARIABLE if username else USERNAME_VARIABLE
        raise CredentialsError(f"{missing} is not set", hint=f"set both {USERNAME_VARIABLE} and {PASSWORD_VARIABLE}")
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
