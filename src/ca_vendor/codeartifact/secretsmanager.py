"""A token that a team keeps in AWS Secrets Manager."""

import json
import math
from typing import TYPE_CHECKING

from ca_vendor.codeartifact.errors import AwsRefusedError, AwsUnavailableError, NoAwsCredentialsError
from ca_vendor.codeartifact.repository import TokenSource
from ca_vendor.codeartifact.translation import EXPIRED_CODES, UNRECOGNISED_CODES, translated_transport
from ca_vendor.credential import Secret, SecretLocation
from ca_vendor.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_ACTION = "secretsmanager:GetSecretValue"


class UnusableSecretError(ConfigurationError):
    """The secret is there, and is no token."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(
            f"the secret `{name}` cannot be used: {problem}",
            hint="`token-from` is `secretsmanager:NAME`, or `secretsmanager:NAME#KEY` for a key of a JSON secret",
        )
        self.name = name
        self.problem = problem


def secret_token_source(location: SecretLocation, *, region: str | None, profile: str | None) -> TokenSource:
    """Return a source that reads the secret when a token is first needed, and again when one is refused.

    Args:
        location: where the token is kept.
        region: ``None`` to leave it to boto3.
        profile: ``None`` to leave it to boto3.
    """

    def ask() -> tuple[Secret, float]:
        import boto3

        with translated_transport(_ACTION):
            client = boto3.Session(profile_name=profile, region_name=region).client("secretsmanager")
        return _read(client, location), math.inf

    return TokenSource(ask)


def _read(client: "SecretsManagerClient", location: SecretLocation) -> Secret:
    try:
        with translated_transport(_ACTION):
            answer = client.get_secret_value(SecretId=location.name)
    except client.exceptions.ResourceNotFoundException as error:
        raise UnusableSecretError(location.name, f"there is none in {client.meta.region_name}") from error
    except client.exceptions.ClientError as error:
        raise _refusal(
            location, str(error.response["Error"]["Code"]), str(error.response["Error"]["Message"])
        ) from error
    return _token(location, answer.get("SecretString"))


def _token(location: SecretLocation, text: str | None) -> Secret:
    if text is None:
        raise UnusableSecretError(location.name, "it is binary")
    if location.key is None:
        token: object = text.strip()
    else:
        try:
            values = json.loads(text)
        except ValueError:
            raise UnusableSecretError(location.name, "it is not JSON") from None
        token = values.get(location.key) if isinstance(values, dict) else None
    if not isinstance(token, str) or not token:
        problem = f"it has no text under `{location.key}`" if location.key else "it is empty"
        raise UnusableSecretError(location.name, problem)
    return Secret(token)


def _refusal(location: SecretLocation, code: str, said: str) -> Exception:
    if code in EXPIRED_CODES:
        return NoAwsCredentialsError("they have expired")
    if code in UNRECOGNISED_CODES:
        return NoAwsCredentialsError("AWS does not know them")
    if code.startswith("AccessDenied"):
        action = "kms:Decrypt" if "kms:Decrypt" in said or "KMS" in said else _ACTION
        name = (
            location.name
            if location.name.startswith("arn:")
            else f"arn:aws:secretsmanager:*:*:secret:{location.name}-*"
        )
        resource = "arn:aws:kms:*:*:key/KEY-ID" if action == "kms:Decrypt" else name
        return AwsRefusedError(action, said, {"Effect": "Allow", "Action": action, "Resource": resource})
    return AwsUnavailableError(_ACTION, f"{code}: {said}")
