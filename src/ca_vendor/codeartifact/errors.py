"""AWS's refusals, in words that name the next step."""

import json

from ca_vendor.errors import ConfigurationError, CredentialsError, ExitCode, IndexUnavailableError


class NoAwsCredentialsError(CredentialsError):
    """boto3 found no usable AWS credentials."""

    def __init__(self, problem: str, *, hint: str = "") -> None:
        super().__init__(
            f"no usable AWS credentials: {problem}",
            hint=hint
            or "run `aws sso login`, set `profile` in `[tool.ca-vendor]`, or set AWS_PROFILE; "
            "in CI assume a role, or pass CODEARTIFACT_AUTH_TOKEN",
        )
        self.problem = problem


class AwsRefusedError(CredentialsError):
    """The identity may not do what locking and fetching need."""

    exit_code = ExitCode.REFUSED

    def __init__(self, action: str, said: str, statement: dict[str, object] | None) -> None:
        super().__init__(
            f"AWS refuses `{action}`",
            details=tuple(line for line in (said,) if line),
            hint=f"add this statement to the identity's policy:\n{json.dumps(statement, indent=2)}"
            if statement
            else "",
        )
        self.action = action


class UnknownRepositoryError(ConfigurationError):
    """There is no such domain or repository in the region."""

    exit_code = ExitCode.REPOSITORY

    def __init__(self, what: str, name: str, region: str, said: str) -> None:
        super().__init__(
            f"there is no {what} `{name}` in {region}",
            details=tuple(line for line in (said,) if line),
            hint="check `domain`, `domain-owner`, `repository` and `region` in `[tool.ca-vendor]`; "
            "`aws codeartifact list-repositories` shows what there is",
        )
        self.what = what
        self.name = name
        self.region = region


class AwsUnavailableError(IndexUnavailableError):
    """AWS could not be asked."""

    def __init__(self, action: str, problem: str) -> None:
        super().__init__(
            f"`{action}` could not be asked of AWS: {problem}",
            hint="check the network, the region and AWS_ENDPOINT_URL_CODEARTIFACT; nothing was changed",
        )
        self.action = action
        self.problem = problem
