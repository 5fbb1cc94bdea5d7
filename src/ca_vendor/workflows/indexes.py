"""The index a project locks against, opened."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ca_vendor.config import Settings
from ca_vendor.credential import Credential, CredentialSource, FixedCredential, Secret, SecretLocation
from ca_vendor.errors import ConfigurationError
from ca_vendor.index import UNBOUND_VARIABLES, HttpClient, IndexClient, find_index_credential

_CODEARTIFACT = re.compile(r"codeartifact:(?:(?P<owner>\d{12})/)?(?P<domain>[^/]+)/(?P<repository>[^/]+)")
_CODEARTIFACT_HOST = re.compile(r"[\w.-]+\.codeartifact\.[\w-]+\.(amazonaws\.com|amazonaws\.com\.cn|on\.aws)")
_TOKEN_VARIABLE = "CODEARTIFACT_AUTH_TOKEN"  # noqa: S105 - a variable's name


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexName:
    """What a project locks against, as a lock records it.

    Attributes:
        identity: a CodeArtifact repository as ``codeartifact:domain/repository``, or an index's URL.
        region: of a CodeArtifact repository, ``None`` to leave it to boto3.
        profile: of AWS, ``None`` to leave it to boto3.
        token_from: where the index's token is kept, ``None`` where nothing says.
        only_locked: nothing but a lock names it. Whoever edits a lock must not decide where a password is sent, so
            that of the environment, which is bound to no host, is not.
    """

    identity: str
    region: str | None = None
    profile: str | None = None
    token_from: SecretLocation | None = None
    only_locked: bool = False


class NoIndexError(ConfigurationError):
    """Nothing says which index to use."""

    def __init__(self) -> None:
        super().__init__(
            "no index is configured",
            hint="set `domain` and `repository`, or `index-url`, in `[tool.ca-vendor]`, or pass `--index-url`",
        )


def index_name(settings: Settings, *, index_url: str | None = None) -> IndexName | None:
    """Return the index that a command line or the configuration names; ``None`` where neither does."""
    if index_url or settings.index_url:
        url = index_url or settings.index_url or ""
        identity = url if url.endswith("/") else f"{url}/"
        return IndexName(
            identity=identity, region=settings.region, profile=settings.profile, token_from=settings.token_from
        )
    if settings.domain and settings.repository:
        owner = f"{settings.domain_owner}/" if settings.domain_owner else ""
        identity = f"codeartifact:{owner}{settings.domain}/{settings.repository}"
        return IndexName(
            identity=identity, region=settings.region, profile=settings.profile, token_from=settings.token_from
        )
    return None


def open_index(
    name: IndexName, *, http: HttpClient | None = None, environment: Mapping[str, str] | None = None
) -> IndexClient:
    """Return a client of an index, with its credentials.

    Raises:
        CaVendorError: AWS refuses, or credentials cannot be read.
    """
    environment = os.environ if environment is None else environment
    if name.only_locked:
        environment = {key: value for key, value in environment.items() if key not in UNBOUND_VARIABLES}
    http = http or HttpClient()
    kept = _kept_token(name)
    match = _CODEARTIFACT.fullmatch(name.identity)
    if match is None:
        credentials = kept or _credentials(name.identity, environment)
        return IndexClient(url=name.identity, credentials=credentials, http=http)
    from ca_vendor.codeartifact import Repository, connect

    repository = Repository(
        domain=match["domain"],
        repository=match["repository"],
        domain_owner=match["owner"],
        region=name.region,
        profile=name.profile,
    )
    connection = connect(repository, environment=environment, patience=http.patience.total)
    credentials = kept or connection.credentials
    # Asked for now: a refusal is named before anything else is tried, and by a thread that an interrupt reaches.
    credentials.current()
    return IndexClient(
        url=connection.index_url, credentials=credentials, http=http, refusal_hint=connection.refusal_hint
    )


def _kept_token(name: IndexName) -> CredentialSource | None:
    if name.token_from is None:
        return None
    from ca_vendor.codeartifact import secret_token_source

    return secret_token_source(name.token_from, region=name.region, profile=name.profile)


def _credentials(url: str, environment: Mapping[str, str]) -> CredentialSource:
    token = environment.get(_TOKEN_VARIABLE)
    if token and _CODEARTIFACT_HOST.fullmatch(urlsplit(url).hostname or ""):
        return FixedCredential(Credential(username="aws", password=Secret(token)))
    return find_index_credential(url, environment)
