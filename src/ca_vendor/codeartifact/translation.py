"""botocore's exceptions, translated where they are raised."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from ca_vendor.codeartifact.errors import (
    AwsRefusedError,
    AwsUnavailableError,
    NoAwsCredentialsError,
    UnknownRepositoryError,
)
from ca_vendor.errors import CaVendorError, ConfigurationError

EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
UNRECOGNISED_CODES = frozenset(
    {"UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken"}
)
_CLOCK = ("Signature expired", "Signature not yet current", "difference between the request time")
_STATEMENTS: Mapping[str, dict[str, object]] = {
    "codeartifact:GetRepositoryEndpoint": {
        "Effect": "Allow",
        "Action": ["codeartifact:GetRepositoryEndpoint", "codeartifact:ReadFromRepository"],
        "Resource": "arn:aws:codeartifact:*:*:repository/DOMAIN/REPOSITORY",
    },
    "codeartifact:ReadFromRepository": {
        "Effect": "Allow",
        "Action": "codeartifact:ReadFromRepository",
        "Resource": "arn:aws:codeartifact:*:*:repository/DOMAIN/REPOSITORY",
    },
    **{
        action: {
            "Effect": "Allow",
            "Action": action,
            "Resource": f"arn:aws:codeartifact:*:*:{resource}",
        }
        for action, resource in (
            ("codeartifact:DescribeRepository", "repository/DOMAIN/*"),
            ("codeartifact:DescribePackage", "package/DOMAIN/*"),
            ("codeartifact:DescribePackageVersion", "package/DOMAIN/*"),
        )
    },
    "codeartifact:GetAuthorizationToken": {
        "Effect": "Allow",
        "Action": "codeartifact:GetAuthorizationToken",
        "Resource": "arn:aws:codeartifact:*:*:domain/DOMAIN",
    },
    "sts:GetServiceBearerToken": {
        "Effect": "Allow",
        "Action": "sts:GetServiceBearerToken",
        "Resource": "*",
        "Condition": {"StringEquals": {"sts:AWSServiceName": "codeartifact.amazonaws.com"}},
    },
}
"""What each action needs. Source: https://docs.aws.amazon.com/codeartifact/latest/ug/auth-and-access-control-iam-identity-based-access-control.html."""


_REGION_HINT = "set `region` in `[tool.ca-vendor]`, or AWS_REGION, or one in the profile"


class _Named(Protocol):
    @property
    def domain(self) -> str: ...

    @property
    def repository(self) -> str: ...


def reading_hint(repository: _Named) -> str:
    """Return what to do where a repository's index refuses an identity that has a token."""
    statement = _statement("codeartifact:ReadFromRepository", repository)
    return f"add this statement to the identity's policy:\n{json.dumps(statement, indent=2)}"


@contextmanager
def translated(action: str, repository: _Named, *, region: str = "") -> Iterator[None]:
    """Turn botocore's exceptions into ours.

    Args:
        action: what is being asked, as IAM names it.
        repository: of whom.
        region: where.
    """
    from botocore.exceptions import ClientError

    try:
        with translated_transport(action):
            yield
    except ClientError as error:
        raise _refusal(action, repository, region, error.response) from error


@contextmanager
def translated_transport(action: str) -> Iterator[None]:
    """Turn botocore's exceptions into ours, but for AWS's own answers, which the caller knows how to read.

    Args:
        action: what is being asked, as IAM names it.
    """
    from botocore import exceptions

    try:
        yield
    except (CaVendorError, exceptions.ClientError):
        raise
    except exceptions.ProfileNotFound as error:
        problem = str(error).rstrip(".").replace("The config", "the AWS config")
        raise ConfigurationError(problem, hint="`aws configure list-profiles` shows them") from error
    except exceptions.NoRegionError as error:
        raise ConfigurationError("no AWS region is set", hint=_REGION_HINT) from error
    except (exceptions.SSOError, exceptions.SSOTokenLoadError, exceptions.TokenRetrievalError) as error:
        raise NoAwsCredentialsError(_said(error), hint="run `aws sso login` for the profile") from error
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
    ) as error:
        raise NoAwsCredentialsError(_said(error)) from error
    except exceptions.BotoCoreError as error:
        raise AwsUnavailableError(action, _said(error)) from error


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())
    return (text[:1].lower() + text[1:]).rstrip(".")


def _refusal(action: str, repository: _Named, region: str, response: Mapping[str, Any]) -> CaVendorError:
    error = response.get("Error", {})
    code, said = str(error.get("Code", "")), " ".join(str(error.get("Message", "")).split())
    if any(words in said for words in _CLOCK):
        return NoAwsCredentialsError("the clock of this machine is wrong", hint="set its clock, then run this again")
    if code in EXPIRED_CODES:
        return NoAwsCredentialsError("they have expired")
    if code in UNRECOGNISED_CODES:
        return NoAwsCredentialsError("AWS does not know them")
    if code.startswith("AccessDenied"):
        missing = next((known for known in _STATEMENTS if known in said), action)
        return AwsRefusedError(missing, said, _statement(missing, repository))
    if code == "ResourceNotFoundException":
        what = str(response.get("resourceType") or ("domain" if "domain" in said.lower() else "repository"))
        name = repository.domain if what == "domain" else f"{repository.domain}/{repository.repository}"
        return UnknownRepositoryError(what, name, region or "this region", said)
    return AwsUnavailableError(action, f"{code}: {said}" if code else said)


def _statement(action: str, repository: _Named) -> dict[str, object] | None:
    statement = _STATEMENTS.get(action)
    if statement is None:
        return None
    resource = (
        str(statement["Resource"]).replace("DOMAIN", repository.domain).replace("REPOSITORY", repository.repository)
    )
    return statement | {"Resource": resource}
