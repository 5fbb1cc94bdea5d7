"""Commits of git repositories, checked out with the user's own git."""

import os
from collections.abc import Callable
from pathlib import Path

from ca_vendor.errors import IndexUnavailableError
from ca_vendor.process import minimal_environment, run_process

_OWN = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "HTTPS_PROXY", "NO_PROXY")
"""What git needs to find the user's own credentials for a repository. No AWS variable, no token."""
_SETTINGS = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_ADVICE": "0"}
_HINT = "install git, or name a wheel or an sdist instead"


class CheckoutFailedError(IndexUnavailableError):
    """A repository could not be read, or has no such revision."""

    def __init__(self, url: str, revision: str, output: str) -> None:
        what = f"`{revision}` of `{url}`" if revision else f"`{url}`"
        super().__init__(
            f"git could not check out {what}",
            details=tuple(line for line in output.strip().splitlines()[-6:] if line.strip()),
            hint="see that `git fetch` of it works here without asking for a password, and that the revision exists",
        )
        self.url = url
        self.revision = revision
        self.output = output


def check_out(url: str, revision: str, directory: Path, *, abort: Callable[[], bool] = lambda: False) -> str:
    """Check a revision out, with its history, and return its commit.

    Args:
        url: of the repository, as git takes it.
        revision: branch, tag or commit; empty for the default branch.
        directory: for the working tree; empty, or not there yet.
        abort: asked several times a second; when it says so, git is ended.

    Returns:
        The commit's full hash in lower-case hex.

    Raises:
        CheckoutFailedError: git could not.
        ProgramMissingError: there is no git.
    """
    directory.mkdir(parents=True, exist_ok=True)

    def git(*arguments: str) -> tuple[int, str]:
        done = run_process(
            ["git", "-c", "protocol.file.allow=always", "-c", "advice.detachedHead=false", *arguments],
            environment=_environment(directory),
            directory=directory,
            abort=abort,
            missing_hint=_HINT,
        )
        return done.returncode, done.output + done.errors

    def must(*arguments: str) -> str:
        code, output = git(*arguments)
        if code != 0:
            raise CheckoutFailedError(url, revision, output)
        return output.strip()

    must("clone", "--quiet", "--no-checkout", "--", url, str(directory))
    # A commit that no branch reaches has to be asked for by itself.
    if revision and git("rev-parse", "--verify", "--quiet", _commit_of(revision, git))[0] != 0:
        must("fetch", "--quiet", "origin", revision)
        must("checkout", "--quiet", "FETCH_HEAD")
    else:
        must("checkout", "--quiet", _commit_of(revision, git) if revision else "HEAD")
    must("submodule", "--quiet", "update", "--init", "--recursive")
    return must("rev-parse", "HEAD")


def _commit_of(revision: str, git: Callable[..., tuple[int, str]]) -> str:
    """Return what names a revision in a fresh clone: a branch there is the remote's."""
    branch = f"origin/{revision}"
    known = git("rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}")[0] == 0
    return f"{branch if known else revision}^{{commit}}"


def _environment(directory: Path) -> dict[str, str]:
    own = {name: os.environ[name] for name in _OWN if name in os.environ}
    return minimal_environment(directory) | own | _SETTINGS
