"""Operations on domains and repositories, and the token."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ca_vendor.emulator.control import Call
from ca_vendor.emulator.messages import Response, conflict, json_response, validation_error
from ca_vendor.emulator.model import EXTERNAL_CONNECTION, Domain, Repository
from ca_vendor.emulator.tokens import MAXIMUM_SECONDS, MINIMUM_SECONDS

# Names become parts of paths in the state directory. Source: the patterns of the service's model.
_DOMAIN_NAME = re.compile(r"[a-z][a-z0-9-]{0,48}[a-z0-9]")
_REPOSITORY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,99}")


def get_authorization_token(call: Call) -> Response:
    """Answer GetAuthorizationToken."""
    domain = call.domain()
    seconds = _duration(call.query.get("duration"))
    token = call.service.tokens.issue(domain.label, seconds or call.service.account.session_seconds)
    return json_response({"authorizationToken": token.value, "expiration": token.expires_at})


def _duration(text: str | None) -> int:
    if text is None:
        return MAXIMUM_SECONDS
    seconds = int(text) if text.isdecimal() else -1
    if seconds != 0 and not MINIMUM_SECONDS <= seconds <= MAXIMUM_SECONDS:
        raise validation_error(f"durationSeconds must be 0 or between {MINIMUM_SECONDS} and {MAXIMUM_SECONDS}: {text}")
    return seconds


def get_repository_endpoint(call: Call) -> Response:
    """Answer GetRepositoryEndpoint."""
    repository = call.repository()
    if call.format() != "pypi":
        raise validation_error(f"this emulator has no format but pypi: {call.format()}")
    kind = call.choice("endpointType", ("ipv4", "dualstack")) or "ipv4"
    endpoint = call.service.account.endpoint(repository.domain, repository.name, kind)
    return json_response({"repositoryEndpoint": endpoint})


def describe_domain(call: Call) -> Response:
    """Answer DescribeDomain."""
    return json_response({"domain": _domain_record(call, call.domain())})


def create_domain(call: Call) -> Response:
    """Answer CreateDomain."""
    account = call.service.account
    default_key = f"arn:aws:kms:{account.region}:{account.owner}:key/00000000-0000-0000-0000-000000000000"
    domain = Domain(
        name=_checked(call.argument("domain"), _DOMAIN_NAME),
        owner=account.owner,
        created_at=call.service.clock(),
        encryption_key=str(call.body.get("encryptionKey") or default_key),
    )
    return json_response({"domain": _domain_record(call, call.service.state.add_domain(domain))})


def list_domains(call: Call) -> Response:
    """Answer ListDomains."""
    page, more = call.page(call.service.state.domains(), call.body)
    left_out = ("repositoryCount", "assetSizeBytes", "s3BucketArn")
    records = [_without(_domain_record(call, domain), left_out) for domain in page]
    return json_response({"domains": records, **more})


def describe_repository(call: Call) -> Response:
    """Answer DescribeRepository."""
    return _answer(call, call.repository())


def create_repository(call: Call) -> Response:
    """Answer CreateRepository."""
    repository = Repository(
        name=_checked(call.argument("repository"), _REPOSITORY_NAME),
        domain=call.domain().label,
        created_at=call.service.clock(),
        description=str(call.body.get("description") or ""),
        upstreams=_upstreams(call.body),
    )
    return _answer(call, call.service.state.add_repository(repository))


def update_repository(call: Call) -> Response:
    """Answer UpdateRepository."""
    repository = call.repository()
    changed = replace(
        repository,
        description=str(call.body.get("description", repository.description)),
        upstreams=_upstreams(call.body) if "upstreams" in call.body else repository.upstreams,
    )
    return _answer(call, call.service.state.put_repository(changed))


def associate_external_connection(call: Call) -> Response:
    """Answer AssociateExternalConnection."""
    repository, connection = call.repository(), call.argument("external-connection")
    if connection != EXTERNAL_CONNECTION:
        raise validation_error(f"this emulator has no external connection but {EXTERNAL_CONNECTION}: {connection}")
    if repository.external_connection is not None:
        raise conflict("repository", repository.name, "the repository has an external connection already")
    return _answer(call, call.service.state.put_repository(replace(repository, external_connection=connection)))


def disassociate_external_connection(call: Call) -> Response:
    """Answer DisassociateExternalConnection."""
    repository = call.repository()
    return _answer(call, call.service.state.put_repository(replace(repository, external_connection=None)))


def list_repositories(call: Call) -> Response:
    """Answer ListRepositories."""
    return _list(call, call.service.state.domains())


def list_repositories_in_domain(call: Call) -> Response:
    """Answer ListRepositoriesInDomain."""
    return _list(call, [call.domain()])


def _list(call: Call, domains: Iterable[Domain]) -> Response:
    prefix = call.query.get("repository-prefix", "")
    held = (found for domain in domains for found in call.service.state.repositories(domain.label))
    page, more = call.page([found for found in held if found.name.startswith(prefix)])
    left_out = ("upstreams", "externalConnections")
    return json_response(
        {"repositories": [_without(_repository_record(call, found), left_out) for found in page], **more}
    )


def _answer(call: Call, repository: Repository) -> Response:
    return json_response({"repository": _repository_record(call, repository)})


def _upstreams(body: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        return tuple(str(entry["repositoryName"]) for entry in body.get("upstreams") or ())
    except (KeyError, TypeError) as exc:
        raise validation_error("an upstream has no repositoryName") from exc


def _checked(name: str, pattern: re.Pattern[str]) -> str:
    if pattern.fullmatch(name) is None:
        raise validation_error(f"not a valid name: {name}")
    return name


def _without(record: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in names}


def _domain_record(call: Call, domain: Domain) -> dict[str, Any]:
    state, region = call.service.state, call.service.account.region
    repositories = state.repositories(domain.label)
    assets = (
        asset.size or 0
        for repository in repositories
        for package in state.packages(repository)
        for version in package.versions.values()
        for asset in version.assets
    )
    return {
        "name": domain.name,
        "owner": domain.owner,
        "arn": f"arn:aws:codeartifact:{region}:{domain.owner}:domain/{domain.name}",
        "status": "Active",
        "createdTime": domain.created_at,
        "encryptionKey": domain.encryption_key,
        "repositoryCount": len(repositories),
        "assetSizeBytes": sum(assets),
        "s3BucketArn": f"arn:aws:s3:::assets-{domain.owner}-{region}",
    }


def _repository_record(call: Call, repository: Repository) -> dict[str, Any]:
    domain, _, owner = repository.domain.rpartition("-")
    region = call.service.account.region
    connection = {
        "externalConnectionName": repository.external_connection,
        "packageFormat": "pypi",
        "status": "Available",
    }
    return {
        "name": repository.name,
        "administratorAccount": owner,
        "domainName": domain,
        "domainOwner": owner,
        "arn": f"arn:aws:codeartifact:{region}:{owner}:repository/{domain}/{repository.name}",
        "description": repository.description,
        "upstreams": [{"repositoryName": name} for name in repository.upstreams],
        "externalConnections": [connection] if repository.external_connection else [],
        "createdTime": repository.created_at,
    }
