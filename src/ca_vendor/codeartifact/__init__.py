"""AWS CodeArtifact: where a repository's index is, and the token it wants."""

from ca_vendor.codeartifact.errors import (
    AwsRefusedError,
    AwsUnavailableError,
    NoAwsCredentialsError,
    UnknownRepositoryError,
)
from ca_vendor.codeartifact.origins import PackageOrigin, PackageOrigins, origin_command
from ca_vendor.codeartifact.repository import Connection, Repository, TokenSource, connect
from ca_vendor.codeartifact.secretsmanager import UnusableSecretError, secret_token_source

__all__ = [
    "AwsRefusedError",
    "AwsUnavailableError",
    "Connection",
    "NoAwsCredentialsError",
    "PackageOrigin",
    "PackageOrigins",
    "Repository",
    "TokenSource",
    "UnknownRepositoryError",
    "UnusableSecretError",
    "connect",
    "origin_command",
    "secret_token_source",
]
