"""The version of a source tree that git knows: told to its backend without the repository.

A build gets a copy without ``.git``: the history, and credentials in the configuration, are no business of a backend.
setuptools-scm, and with it hatch-vcs and flit-scm, reads the same from a file that git writes into archives.

Source: https://setuptools-scm.readthedocs.io/en/latest/usage/#git-archives
"""

import re
from pathlib import Path
from typing import Any

from ca_vendor import toml
from ca_vendor.git import Commit, describe_commit

ARCHIVAL = ".git_archival.txt"

_READERS = re.compile(
    r"setuptools[-_.]?scm|hatch[-_.]?vcs|flit[-_.]?scm|vcs[-_.]?versioning|use_scm_version", re.IGNORECASE
)
_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
_UNFILLED = "$Format"
_ANY_TAG = "*[0-9]*"


def add_version_of_commit(project: Path, copy: Path, *, scratch: Path) -> None:
    """Put the commit's description beside the copy of a project whose version follows from it.

    Args:
        project: the directory in the user's own tree.
        copy: the same directory in the copy.
        scratch: an empty directory for git's home.

    Raises:
        ProgramMissingError: there is no git.
    """
    archival = copy / ARCHIVAL
    if not _follows_git(copy) or (archival.is_file() and _UNFILLED not in archival.read_text(errors="replace")):
        return
    commit = describe_commit(project, scratch=scratch, matching=_matching(copy / "pyproject.toml"))
    if commit is not None:
        archival.write_text(_render(commit), encoding="utf-8")


def _follows_git(project: Path) -> bool:
    files = (project / name for name in _FILES)
    return any(file.is_file() and _READERS.search(file.read_text(errors="replace")) for file in files)


def _matching(pyproject: Path) -> str:
    """Return the pattern of the tags that count: of the configuration's own command for git, where it has one."""
    try:
        tool: Any = toml.loads(pyproject.read_text(encoding="utf-8")).get("tool", {})
        scm = tool.get("setuptools_scm") or tool["hatch"]["version"]["raw-options"]
        command = scm.get("git_describe_command") or scm["scm"]["git"]["describe_command"]
        words = command.split() if isinstance(command, str) else list(map(str, command))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return _ANY_TAG
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--match":
            return following
        if word.startswith("--match="):
            return word.partition("=")[2]
    return _ANY_TAG


def _render(commit: Commit) -> str:
    described = f"describe-name: {commit.described}\n" if commit.described else ""
    return f"node: {commit.name}\nnode-date: {commit.date}\n{described}"
