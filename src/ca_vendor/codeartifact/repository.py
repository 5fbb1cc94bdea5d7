"""A CodeArtifact repository as an index: its endpoint and the credential its endpoint takes."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from ca_vendor.codeartifact.errors import AwsUnavailableError
from ca_vendor.codeartifact.retries import RetryAfter
from ca_vendor.codeartifact.translation import reading_hint, translated
from ca_vendor.credential import Credential, CredentialSource, FixedCredential, Secret

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_codeartifact import CodeArtifactClient
    from mypy_boto3_codeartifact.type_defs import GetRepositoryEndpointRequestTypeDef

TOKEN_VARIABLE = "CODEARTIFACT_AUTH_TOKEN"  # noqa: S105 - a variable's name
TOKEN_SECONDS = 900
"""How long a token is asked for: the shortest there is. A run that lasts longer asks again."""

_RENEW_BEFORE_SECONDS = 300.0
_HOPELESS_SECONDS = 60.0
"""A token that replaced a refused one and is itself refused as soon as this would not be helped by a third."""

PATIENCE_SECONDS = 90.0
_USER = "aws"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Which repository, by its names in AWS; ``None`` leaves a choice to boto3."""

    domain: str
    repository: str
    domain_owner: str | None = None
    region: str | None = None
    profile: str | None = None

    def __str__(self) -> str:
        return f"codeartifact:{self.domain}/{self.repository}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where a repository's index is today, and what it takes to read it.

    Attributes:
        index_url: ends in ``/simple/``.
        refusal_hint: what to do where the index answers 403.
    """

    index_url: str
    credentials: CredentialSource
    refusal_hint: str


def connect(
    repository: Repository, *, environment: Mapping[str, str] | None = None, patience: float = PATIENCE_SECONDS
) -> Connection:
    """Ask AWS for a repository's endpoint; a token is asked for when one is first needed.

    Args:
        repository: which one.
        environment: where CODEARTIFACT_AUTH_TOKEN is looked for; the process's own when left out.
        patience: seconds for one answer of AWS, retries included.

    Raises:
        NoAwsCredentialsError: boto3 found none, or they have expired.
        AwsRefusedError: the identity lacks a permission.
        UnknownRepositoryError: there is no such domain or repository.
        AwsUnavailableError: AWS could not be asked.
        ConfigurationError: no region.
    """
    environment = os.environ if environment is None else environment
    client = open_client(repository, repository.region or environment.get("AWS_REGION"), patience)
    index_url = f"{_ask_endpoint(client, repository)}simple/"
    given = environment.get(TOKEN_VARIABLE)
    credentials: CredentialSource = (
        FixedCredential(Credential(username=_USER, password=Secret(given)))
        if given
        else TokenSource(lambda: _ask_token(client, repository))
    )
    return Connection(index_url=index_url, credentials=credentials, refusal_hint=reading_hint(repository))


class TokenSource:
    """A token, asked for when first needed and anew shortly before it expires or when it is refused.

    Its age is told by a monotonic clock, from when it was asked for: by a wall clock that is wrong every token would
    seem to have expired, or none ever.

    Args:
        ask: returns a token, and for how many seconds it is good.
        now: seconds of a monotonic clock.
    """

    def __init__(self, ask: Callable[[], tuple[Secret, float]], *, now: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._now = now
        self._lock = threading.Lock()
        self._credential: Credential | None = None
        self._expires = 0.0
        self._replaced_at: float | None = None

    def current(self) -> Credential:
        """Return a credential that does not expire within five minutes."""
        with self._lock:
            if self._credential is None or self._now() > self._expires - _RENEW_BEFORE_SECONDS:
                self._credential = self._fresh()
            return self._credential

    def renewed(self, refused: Credential) -> Credential | None:
        """Return a credential other than the refused one, asking for a token at most once for it.

        ``None`` where the refused one had itself just replaced another: more tokens would not help.
        """
        with self._lock:
            if self._credential is None or self._credential == refused:
                if self._replaced_at is not None and self._now() - self._replaced_at < _HOPELESS_SECONDS:
                    return None
                self._credential = self._fresh()
                self._replaced_at = self._now()
            return None if self._credential == refused else self._credential

    def _fresh(self) -> Credential:
        asked_at = self._now()
        token, seconds = self._ask()
        self._expires = asked_at + seconds
        return Credential(username=_USER, password=token)


def open_client(repository: Repository, region: str | None, patience: float) -> "CodeArtifactClient":
    """Return a client of CodeArtifact that waits as long as AWS asks it to, and no longer than it is patient."""
    import boto3

    with translated("codeartifact", repository):
        # boto3 itself knows AWS_DEFAULT_REGION alone, where AWS's other tools know AWS_REGION.
        session = boto3.Session(profile_name=repository.profile, region_name=region)
        client = session.client("codeartifact", config=_config(patience))
        if getproxies() and _is_loopback(client.meta.endpoint_url):
            # Where the endpoint is only a client knows, and its proxies must be settled before there is one.
            client = session.client("codeartifact", config=_config(patience, proxies={}))
        decide: Callable[..., Any] = RetryAfter(patience).decide
        client.meta.events.register_first("needs-retry.codeartifact", decide)
        return client


def _config(patience: float, *, proxies: dict[str, str] | None = None) -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=min(10.0, patience),
        read_timeout=min(30.0, patience),
        retries={"mode": "standard", "total_max_attempts": 4},
        proxies=proxies,
    )


def _is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine: no proxy is ever asked for it."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _ask_endpoint(client: "CodeArtifactClient", repository: Repository) -> str:
    question: GetRepositoryEndpointRequestTypeDef = {
        "domain": repository.domain,
        "repository": repository.repository,
        "format": "pypi",
    }
    if repository.domain_owner:
        question["domainOwner"] = repository.domain_owner
    with translated("codeartifact:GetRepositoryEndpoint", repository, region=client.meta.region_name):
        answer = client.get_repository_endpoint(**question)
    endpoint = _member(answer, "repositoryEndpoint", "codeartifact:GetRepositoryEndpoint")
    return endpoint if endpoint.endswith("/") else f"{endpoint}/"


def _ask_token(client: "CodeArtifactClient", repository: Repository) -> tuple[Secret, float]:
    owner = {"domainOwner": repository.domain_owner} if repository.domain_owner else {}
    with translated("codeartifact:GetAuthorizationToken", repository, region=client.meta.region_name):
        answer = client.get_authorization_token(domain=repository.domain, durationSeconds=TOKEN_SECONDS, **owner)
    return Secret(_member(answer, "authorizationToken", "codeartifact:GetAuthorizationToken")), float(TOKEN_SECONDS)


def _member(answer: Mapping[str, Any], name: str, action: str) -> str:
    """Return a member of an answer; a proxy's or portal's page with status 200 has none."""
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise AwsUnavailableError(action, f"its answer has no `{name}`, and so is not from AWS")
    return value
