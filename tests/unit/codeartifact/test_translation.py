from typing import Any

import pytest
from botocore import exceptions

from ca_vendor.codeartifact import (
    AwsRefusedError,
    AwsUnavailableError,
    NoAwsCredentialsError,
    Repository,
    UnknownRepositoryError,
)
from ca_vendor.codeartifact.translation import reading_hint, translated
from ca_vendor.errors import CaVendorError, ConfigurationError

REPOSITORY = Repository(domain="acme", repository="python")
ENDPOINT = "codeartifact:GetRepositoryEndpoint"


def told(error: Exception, *, action: str = ENDPOINT) -> CaVendorError:
    """Return what an exception is turned into."""
    with pytest.raises(CaVendorError) as caught, translated(action, REPOSITORY, region="eu-west-1"):
        raise error
    return caught.value


def refusal(code: str, message: str = "", **members: Any) -> exceptions.ClientError:
    response: Any = {"Error": {"Code": code, "Message": message}, **members}
    return exceptions.ClientError(response, "GetRepositoryEndpoint")


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (refusal("ExpiredTokenException", "The security token is expired"), NoAwsCredentialsError, "they have expired"),
        (refusal("ExpiredToken"), NoAwsCredentialsError, "they have expired"),
        (refusal("UnrecognizedClientException"), NoAwsCredentialsError, "AWS does not know them"),
        (refusal("InvalidSignatureException", "Signature expired: x"), NoAwsCredentialsError, "clock of this machine"),
        (refusal("ThrottlingException", "Rate\nexceeded"), AwsUnavailableError, "ThrottlingException: Rate exceeded"),
        (refusal("", "odd"), AwsUnavailableError, "odd"),
        (exceptions.NoCredentialsError(), NoAwsCredentialsError, "unable to locate credentials"),
        (
            exceptions.PartialCredentialsError(provider="env", cred_var="X"),
            NoAwsCredentialsError,
            "partial credentials",
        ),
        (exceptions.CredentialRetrievalError(provider="p", error_msg="no"), NoAwsCredentialsError, "credentials"),
        (exceptions.SSOTokenLoadError(profile_name="dev", error_msg="x"), NoAwsCredentialsError, "SSO"),
        (exceptions.UnauthorizedSSOTokenError(), NoAwsCredentialsError, "SSO session"),
        (exceptions.NoRegionError(), ConfigurationError, "no AWS region is set"),
        (exceptions.ProfileNotFound(profile="dev"), ConfigurationError, "the AWS config profile (dev)"),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), AwsUnavailableError, "could not connect"),
        (exceptions.ConnectTimeoutError(endpoint_url="https://x"), AwsUnavailableError, "timeout"),
        (exceptions.ParamValidationError(report="bad"), AwsUnavailableError, "parameter validation failed"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_exception_is_told_in_our_words(error: Exception, kind: type[CaVendorError], says: str) -> None:
    translation = told(error)
    assert type(translation) is kind
    assert says in translation.message
    assert translation.hint
    assert translation.__cause__ is not None


@pytest.mark.parametrize(
    ("message", "action", "missing", "resource"),
    [
        ("no", ENDPOINT, ENDPOINT, "repository/acme/python"),
        ("not authorized to perform: sts:GetServiceBearerToken", ENDPOINT, "sts:GetServiceBearerToken", '"*"'),
        (
            "not authorized to perform: codeartifact:GetAuthorizationToken on resource x",
            "codeartifact:GetAuthorizationToken",
            "codeartifact:GetAuthorizationToken",
            "domain/acme",
        ),
        ("no", "codeartifact:Other", "codeartifact:Other", ""),
    ],
)
def test_missing_permission_comes_with_the_statement_that_grants_it(
    message: str, action: str, missing: str, resource: str
) -> None:
    translation = told(refusal("AccessDeniedException", message), action=action)
    assert isinstance(translation, AwsRefusedError)
    assert translation.action == missing
    assert resource in translation.hint
    assert ("Allow" in translation.hint) is (action != "codeartifact:Other")


@pytest.mark.parametrize(
    ("members", "message", "what", "name"),
    [
        ({"resourceType": "domain"}, "", "domain", "acme"),
        ({"resourceType": "repository"}, "", "repository", "acme/python"),
        ({}, "Domain not found. 'acme' does not exist.", "domain", "acme"),
        ({}, "not found", "repository", "acme/python"),
    ],
)
def test_missing_domain_or_repository_is_told_by_name(
    members: dict[str, str], message: str, what: str, name: str
) -> None:
    translation = told(refusal("ResourceNotFoundException", message, **members))
    assert isinstance(translation, UnknownRepositoryError)
    assert translation.message == f"there is no {what} `{name}` in eu-west-1"


def test_errors_of_ours_and_of_others_pass() -> None:
    ours = ConfigurationError("x")
    assert told(ours) is ours
    with pytest.raises(ZeroDivisionError), translated(ENDPOINT, REPOSITORY):
        raise ZeroDivisionError


def test_hint_for_reading_names_the_repository() -> None:
    assert "codeartifact:ReadFromRepository" in reading_hint(REPOSITORY)
    assert "repository/acme/python" in reading_hint(REPOSITORY)
    assert str(REPOSITORY) == "codeartifact:acme/python"
