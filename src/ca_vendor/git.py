"""Commits of git repositories, checked out with the user's own git."""

import os
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The commit that a working tree is at.

    Attributes:
        name: its full hash in lower-case hex.
        date: when it was made, in ISO 8601.
        described: the nearest tag before it, how many commits lie between, and its short hash, as ``v1.2-3-gabcdef0``;
            ``None`` where there is no such tag.
    """

    name: str
    date: str
    described: str | None


def describe_commit(directory: Path, *, scratch: Path, matching: str = "*[0-9]*") -> Commit | None:
    """Return the commit that the repository around a directory is at; ``None`` where there is neither.

    Args:
        directory: somewhere in the working tree.
        scratch: an empty directory for git's home.
        matching: a pattern of the tags that count.

    Raises:
        ProgramMissingError: there is no git.
    """
    # Whoever owns the tree, nothing of it is run by these.
    settings = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}

    def git(*arguments: str) -> str | None:
        done = run_process(
            ["git", "-C", str(directory), *arguments],
            environment=minimal_environment(scratch) | _SETTINGS | settings,
            directory=scratch,
            missing_hint="install git, or write the version into pyproject.toml",
        )
        return done.output.strip() if done.returncode == 0 else None

    shown = git("log", "-1", "--format=%H %cI")
    if not shown:
        return None
    name, date = shown.split()
    return Commit(name=name, date=date, described=git("describe", "--tags", "--long", "--match", matching))


def _commit_of(revision: str, git: Callable[..., tuple[int, str]]) -> str:
    """Return what names a revision in a fresh clone: a branch there is the remote's."""
    branch = f"origin/{revision}"
    known = git("rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}")[0] == 0
    return f"{branch if known else revision}^{{commit}}"


def _environment(directory: Path) -> dict[str, str]:
    own = {name: os.environ[name] for name in _OWN if name in os.environ}
    return minimal_environment(directory) | own | _SETTINGS
