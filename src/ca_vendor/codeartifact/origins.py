"""How a package came into a repository, and whether another may still come in under its name.

Source: https://docs.aws.amazon.com/codeartifact/latest/ug/package-origin-controls.html
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.codeartifact.repository import PATIENCE_SECONDS, Repository, open_client
from ca_vendor.codeartifact.translation import translated

if TYPE_CHECKING:
    from mypy_boto3_codeartifact.type_defs import RepositoryDescriptionTypeDef

_FORMAT: Final = "pypi"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageOrigin:
    """Where a package version came from.

    Attributes:
        is_internal: it was published to a repository of the domain.
        entry: the repository, or the external connection, through which it came into the domain; empty where AWS does
            not know.
        opening: the repository whose controls let versions from outside in; empty where none does.
        publish: what those controls say of publishing, ``ALLOW`` or ``BLOCK``.
    """

    is_internal: bool
    entry: str
    opening: str = ""
    publish: str = ""


class PackageOrigins:
    """Asks AWS where the packages of a repository came from, from any number of threads.

    Args:
        repository: which one.
        patience: seconds for one answer of AWS, retries included.
    """

    def __init__(self, repository: Repository, *, patience: float = PATIENCE_SECONDS) -> None:
        self._repository = repository
        self._client = open_client(repository, repository.region or os.environ.get("AWS_REGION"), patience)
        self._describe_once = lru_cache(maxsize=None)(self._describe_repository)

    def find(self, name: NormalizedName, version: Version) -> PackageOrigin | None:
        """Return where a version came from; ``None`` where the repository itself does not hold it.

        One that only an upstream repository holds is not described; the first download retains it.

        Raises:
            AwsRefusedError: the identity lacks a permission.
            CaVendorError: AWS could not be asked.
        """
        origin = self._origin(name, version)
        if origin is None:
            return None
        entry_point = origin.get("domainEntryPoint", {})
        if origin.get("originType") != "INTERNAL":
            return PackageOrigin(is_internal=False, entry=entry_point.get("externalConnectionName", ""))
        entry = entry_point.get("repositoryName") or self._repository.repository
        opening, publish = self._opening(name, entry)
        return PackageOrigin(is_internal=True, entry=entry, opening=opening, publish=publish)

    def _origin(self, name: NormalizedName, version: Version) -> Mapping[str, Any] | None:
        with self._translated("codeartifact:DescribePackageVersion"):
            try:
                answer = self._client.describe_package_version(
                    **self._of(self._repository.repository), format=_FORMAT, package=name, packageVersion=str(version)
                )
            except self._client.exceptions.ResourceNotFoundException:
                return None
        return answer["packageVersion"].get("origin", {})

    def _opening(self, name: NormalizedName, entry: str) -> tuple[str, str]:
        """Return the repository that lets versions from outside in, and what it says of publishing.

        It is the one that the package was published to, where its controls allow upstreams at all; or one with an
        external connection that can be reached from ours through controls that allow it.
        """
        restrictions = self._restrictions(name, entry)
        if restrictions["upstream"] != "BLOCK":
            return entry, restrictions["publish"]
        waiting, seen = [self._repository.repository], {entry}
        while waiting:
            repository = waiting.pop(0)
            if repository in seen:
                continue
            seen.add(repository)
            restrictions = self._restrictions(name, repository)
            if restrictions["upstream"] == "BLOCK":
                continue
            described = self._describe_once(repository)
            if described.get("externalConnections"):
                return repository, restrictions["publish"]
            waiting += [upstream["repositoryName"] for upstream in described.get("upstreams", [])]
        return "", ""

    def _restrictions(self, name: NormalizedName, repository: str) -> Mapping[str, str]:
        """Return a package's controls; of one that a repository does not hold they allow all."""
        allowed = {"publish": "ALLOW", "upstream": "ALLOW"}
        with self._translated("codeartifact:DescribePackage"):
            try:
                answer = self._client.describe_package(**self._of(repository), format=_FORMAT, package=name)
            except self._client.exceptions.ResourceNotFoundException:
                return allowed
        restrictions = answer["package"].get("originConfiguration", {}).get("restrictions", {})
        return allowed | {side: str(value) for side, value in restrictions.items()}

    def _describe_repository(self, repository: str) -> "RepositoryDescriptionTypeDef":
        with self._translated("codeartifact:DescribeRepository"):
            return self._client.describe_repository(**self._of(repository))["repository"]

    def _of(self, repository: str) -> dict[str, Any]:
        owner = {"domainOwner": self._repository.domain_owner} if self._repository.domain_owner else {}
        return {"domain": self._repository.domain, "repository": repository, **owner}

    @contextmanager
    def _translated(self, action: str) -> Iterator[None]:
        with translated(action, self._repository, region=self._client.meta.region_name):
            yield


def origin_command(repository: Repository, package: str, *, opening: str, publish: str) -> str:
    """Return the command that closes a package to versions from outside.

    Args:
        repository: one of the domain.
        package: its normalised name.
        opening: the repository whose controls to change.
        publish: what the controls say of publishing now, and go on saying.
    """
    owner = f" --domain-owner {repository.domain_owner}" if repository.domain_owner else ""
    return (
        f"aws codeartifact put-package-origin-configuration --domain {repository.domain}{owner} "
        f"--repository {opening} --format {_FORMAT} --package {package} --restrictions publish={publish},upstream=BLOCK"
    )
