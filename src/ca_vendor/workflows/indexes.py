"""The index a project locks against, opened."""

import os
import re
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ca_vendor.config import Settings
from ca_vendor.credential import Credential, CredentialSource, FixedCredential, Secret, SecretLocation
from ca_vendor.errors import ConfigurationError

if TYPE_CHECKING:
    # Imported where an index is opened: most runs need none, and it takes a third of their start-up.
    from ca_vendor.codeartifact import PackageOrigins, Repository
    from ca_vendor.index import HttpClient, IndexClient

_CODEARTIFACT = re.compile(r"codeartifact:(?:(?P<owner>\d{12})/)?(?P<domain>[^/]+)/(?P<repository>[^/]+)")
_CODEARTIFACT_HOST = re.compile(r"[\w.-]+\.codeartifact\.[\w-]+\.(amazonaws\.com|amazonaws\.com\.cn|on\.aws)")
_TOKEN_VARIABLE = "CODEARTIFACT_AUTH_TOKEN"  # noqa: S105 - a variable's name


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexName:
    """What a project locks against, as a lock records it.

    Attributes:
        identity: a CodeArtifact repository as ``codeartifact:domain/repository``, or an index's URL.
        name: what configuration calls it; empty for the index of all projects that no other claims.
        region: of a CodeArtifact repository, ``None`` to leave it to boto3.
        profile: of AWS, ``None`` to leave it to boto3.
        token_from: where the index's token is kept, ``None`` where nothing says.
        takes_token: whether CODEARTIFACT_AUTH_TOKEN is for it: a token is of one domain.
        only_locked: nothing but a lock names it. Whoever edits a lock must not decide where a password is sent, so
            that of the environment, which is bound to no host, is not.
    """

    identity: str
    name: str = ""
    region: str | None = None
    profile: str | None = None
    token_from: SecretLocation | None = None
    takes_token: bool = True
    only_locked: bool = False

    def __str__(self) -> str:
        return f"`{self.name}` ({self.identity})" if self.name else self.identity

    @property
    def domain(self) -> str | None:
        """The CodeArtifact domain, as ``owner/domain`` or ``domain``; ``None`` where it is another index."""
        match = _CODEARTIFACT.fullmatch(self.identity)
        return self.identity.removeprefix("codeartifact:").rpartition("/")[0] if match else None


class NoIndexError(ConfigurationError):
    """Nothing says which index to use."""

    def __init__(self) -> None:
        super().__init__(
            "no index is configured",
            hint="set `domain` and `repository`, or `index-url`, in `[tool.ca-vendor]`, or pass `--index-url`",
        )


def index_name(settings: Settings, *, index_url: str | None = None) -> IndexName | None:
    """Return the index that a command line or the configuration names for all projects that no other index claims.

    ``None`` where neither does.
    """
    identity = _identity(index_url or settings.index_url, settings.domain_owner, settings.domain, settings.repository)
    if identity is None:
        return None
    return IndexName(
        identity=identity, region=settings.region, profile=settings.profile, token_from=settings.token_from
    )


def named_indexes(settings: Settings) -> tuple[IndexName, ...]:
    """Return the indexes that configuration names for some projects, in its order.

    Raises:
        SameIndexError: two of them, or one and the index of all others, are the same.
    """
    default = index_name(settings)
    found: list[IndexName] = []
    for entry in settings.indexes:
        identity = _identity(entry.index_url, entry.domain_owner, entry.domain, entry.repository) or ""
        found.append(
            IndexName(
                identity=identity,
                name=entry.name,
                region=entry.region or settings.region,
                profile=entry.profile or settings.profile,
                token_from=entry.token_from,
            )
        )
    _refuse_same(default, found)
    return tuple(replace(index, takes_token=index.domain == _token_domain(default, found)) for index in found)


def locked_index(identity: str, configured: Collection[IndexName]) -> IndexName:
    """Return an index that nothing but a lock names.

    Args:
        identity: as the lock has it.
        configured: the indexes that configuration or command line name. A token in the environment is for them.
    """
    name = IndexName(identity=identity, only_locked=True)
    domains = {index.domain for index in configured if index.takes_token} - {None}
    return replace(name, takes_token=not configured or name.domain in domains)


def _identity(index_url: str | None, owner: str | None, domain: str | None, repository: str | None) -> str | None:
    if index_url:
        return index_url if index_url.endswith("/") else f"{index_url}/"
    if domain and repository:
        return f"codeartifact:{owner}/{domain}/{repository}" if owner else f"codeartifact:{domain}/{repository}"
    return None


def _token_domain(default: IndexName | None, named: Sequence[IndexName]) -> str | None:
    """Return the domain that a token in the environment is of, as far as configuration tells; an empty one for none."""
    if default is not None and (default.domain or _is_codeartifact_url(default.identity)):
        return default.domain or ""
    domains = {index.domain for index in named} - {None}
    return domains.pop() if len(domains) == 1 else ""


def _refuse_same(default: IndexName | None, named: Sequence[IndexName]) -> None:
    known = {default.identity: ""} if default else {}
    for index in named:
        if index.identity in known:
            raise SameIndexError(index.identity, known[index.identity], index.name)
        known[index.identity] = index.name


class SameIndexError(ConfigurationError):
    """Configuration names one index twice."""

    def __init__(self, identity: str, first: str, second: str) -> None:
        other = f"`{first}`" if first else "the index of all other projects"
        super().__init__(
            f"the index `{second}` is the same as {other}: {identity}",
            hint="put all `packages` of it into one `[[tool.ca-vendor.index]]`"
            if first
            else f"remove `{second}` from `[[tool.ca-vendor.index]]`: what nobody claims comes from there anyway",
        )
        self.identity = identity


def open_index(
    name: IndexName, *, http: "HttpClient | None" = None, environment: Mapping[str, str] | None = None
) -> "IndexClient":
    """Return a client of an index, with its credentials.

    Raises:
        CaVendorError: AWS refuses, or credentials cannot be read.
    """
    environment = _environment_for(name, os.environ if environment is None else environment)
    from ca_vendor.index import HttpClient, IndexClient, credential_hint

    http = http or HttpClient()
    kept = _kept_token(name)
    repository = repository_of(name)
    if repository is None:
        credentials = kept or _credentials(name, environment)
        return IndexClient(
            url=name.identity, credentials=credentials, http=http, no_access_hint=credential_hint(name.name)
        )
    from ca_vendor.codeartifact import connect

    threading.Thread(target=http.prepare, daemon=True).start()
    connection = connect(repository, environment=environment, patience=http.patience.total)
    credentials = kept or connection.credentials
    # Asked for now: a refusal is named before anything else is tried, and by a thread that an interrupt reaches.
    credentials.current()
    return IndexClient(
        url=connection.index_url, credentials=credentials, http=http, refusal_hint=connection.refusal_hint
    )


def repository_of(name: IndexName) -> "Repository | None":
    """Return the CodeArtifact repository that an index is; ``None`` where it is another index."""
    match = _CODEARTIFACT.fullmatch(name.identity)
    if match is None:
        return None
    from ca_vendor.codeartifact import Repository

    return Repository(
        domain=match["domain"],
        repository=match["repository"],
        domain_owner=match["owner"],
        region=name.region,
        profile=name.profile,
    )


def package_origins(name: IndexName, patience: float) -> "PackageOrigins | None":
    """Return who tells where the packages of an index came from; ``None`` where it is not CodeArtifact.

    Args:
        name: the index.
        patience: seconds for one answer of AWS.
    """
    repository = repository_of(name)
    if repository is None:
        return None
    from ca_vendor.codeartifact import PackageOrigins

    return PackageOrigins(repository, patience=patience)


def _environment_for(name: IndexName, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment without what is for other indexes."""
    from ca_vendor.index import UNBOUND_VARIABLES

    foreign = set[str](UNBOUND_VARIABLES) if name.only_locked else set[str]()
    if not name.takes_token:
        foreign.add(_TOKEN_VARIABLE)
    return {key: value for key, value in environment.items() if key not in foreign}


def _kept_token(name: IndexName) -> CredentialSource | None:
    if name.token_from is None:
        return None
    from ca_vendor.codeartifact import secret_token_source

    return secret_token_source(name.token_from, region=name.region, profile=name.profile)


def _credentials(name: IndexName, environment: Mapping[str, str]) -> CredentialSource:
    token = environment.get(_TOKEN_VARIABLE)
    if token and not name.name and _is_codeartifact_url(name.identity):
        return FixedCredential(Credential(username="aws", password=Secret(token)))
    from ca_vendor.index import find_index_credential

    return find_index_credential(name.identity, environment, name=name.name)


def _is_codeartifact_url(identity: str) -> bool:
    return _CODEARTIFACT_HOST.fullmatch(urlsplit(identity).hostname or "") is not None
