"""What can go wrong between us and an index."""

from ca_vendor.errors import CredentialsError, ExitCode, IndexUnavailableError


class RefusedError(CredentialsError):
    """The index answered 401 or 403."""

    exit_code = ExitCode.REFUSED

    def __init__(self, url: str, status: int, said: str, *, had_credential: bool) -> None:
        what = "did not accept the credentials" if had_credential else "wants credentials, and none were found"
        message = f"the index {what} (HTTP {status})" if status == 401 else "the index refuses access (HTTP 403)"
        super().__init__(
            message,
            details=tuple(line for line in (url, said) if line),
            hint=_refusal_hint(status, had_credential=had_credential),
        )
        self.url = url
        self.status = status


def _refusal_hint(status: int, *, had_credential: bool) -> str:
    if status == 403:
        return "the identity needs `codeartifact:ReadFromRepository` on the repository"
    if had_credential:
        return (
            "the token or password has expired or belongs elsewhere; "
            "where CODEARTIFACT_AUTH_TOKEN is set, unset it or renew it"
        )
    return (
        "for CodeArtifact set `domain` and `repository` in `[tool.ca-vendor]`; for another index set "
        "CA_VENDOR_INDEX_USERNAME and CA_VENDOR_INDEX_PASSWORD, or use netrc or keyring; "
        "the two variables go only to an index that the configuration or `--index-url` names"
    )


class IndexAnswerError(IndexUnavailableError):
    """The index answered with a status that is no use, and went on doing so."""

    def __init__(self, url: str, status: int, attempts: int, *, wait: float | None = None) -> None:
        tries = f", {attempts} times" if attempts > 1 else ""
        asked = (f"it asks to wait for {wait:.0f} s",) if wait else ()
        super().__init__(
            f"the index answered HTTP {status}{tries}",
            details=(url, *asked),
            hint="nothing was changed; run the same command again when the index is well",
        )
        self.url = url
        self.status = status


class IndexNetworkError(IndexUnavailableError):
    """The index could not be reached, or fell silent."""

    def __init__(self, url: str, problem: str) -> None:
        super().__init__(
            f"the index cannot be reached: {problem}",
            details=(url,),
            hint="check the network, the proxy variables and the endpoint; nothing was changed",
        )
        self.url = url
        self.problem = problem


class NotAnIndexError(IndexUnavailableError):
    """The answer is not a page of a simple index."""

    def __init__(self, url: str, problem: str) -> None:
        super().__init__(
            f"the answer is not a page of a simple index: {problem}",
            details=(url,),
            hint="the index URL must end in `/simple/`; a login page here means the credentials never arrived",
        )
        self.url = url
        self.problem = problem


class UnsafeRedirectError(IndexUnavailableError):
    """The index redirects where we do not follow."""

    def __init__(self, url: str, problem: str) -> None:
        super().__init__(
            f"a redirect was not followed: {problem}",
            details=(url,),
            hint="set `index-url` to where the index really is",
        )
        self.url = url
        self.problem = problem
