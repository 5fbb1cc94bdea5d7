"""The environment in which `sam build` installs from wheelhouses and from nowhere else, on any host."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ca_vendor.target import Target
from ca_vendor.target.tags import platform_tags

CACHE_DIRECTORY = ".cache/ca-vendor"
"""Below a code directory: `sam build` mounts it into containers and never copies it into an artifact."""

NEVER_SHIPPED = frozenset({".aws-sam", ".cache", ".git", ".tox", ".nox", ".venv", "venv", ".env", "env", "ENV"})
"""Directories that `sam build` leaves out of artifacts, at any depth."""

_SOURCE_IN_CONTAINER = "/tmp/samcli/source"  # noqa: S108 - where SAM CLI mounts the code directory
_FOREIGN = ("PIP_", "UV_", "CA_VENDOR_INDEX_")
"""The last holds the user names and passwords of indexes."""
_HARMLESS = frozenset({"PIP_CACHE_DIR", "UV_CACHE_DIR"})
_CREDENTIALS = frozenset({"CODEARTIFACT_AUTH_TOKEN", "CA_VENDOR_INDEX_USERNAME", "CA_VENDOR_INDEX_PASSWORD"})
_OTHER_SOURCES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_CONSTRAINT",
    "PIP_TRUSTED_HOST",
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_CONFIG_FILE",
)


def offline_environment(targets: Iterable[Target], *, is_closed: bool = True) -> dict[str, str]:
    """Return the variables to set for `sam build`, besides the caller's own.

    pip reads them in every step that SAM runs it for. Without them SAM downloads for the host's platform, and asks
    the public index for what does not fit the function's. uv gets its platform from SAM, and is told to stay offline.

    Args:
        targets: of all bundles in the template; pip is told the platforms of all, most preferred first.
        is_closed: whether requirements files name all that is installed; pip then follows no requirements.
    """
    return _settings(targets, is_closed=is_closed) | {"PIP_CONFIG_FILE": os.devnull, "SAM_CLI_TELEMETRY": "0"}


def container_environment(targets: Iterable[Target], *, is_closed: bool = True) -> dict[str, str]:
    """Return the variables to set in the containers of `sam build --use-container`.

    The wheels are to be below :data:`CACHE_DIRECTORY` of each code directory; for the arguments see
    :func:`offline_environment`.
    """
    wheels = f"{_SOURCE_IN_CONTAINER}/{CACHE_DIRECTORY}"
    return _settings(targets, is_closed=is_closed) | {"PIP_CONFIG_FILE": "/dev/null", "PIP_FIND_LINKS": wheels}


def private_environment(page: Path, directories: Iterable[Path]) -> dict[str, str]:
    """Return the variables that name wheels which are in no project, besides those of :func:`offline_environment`.

    Args:
        page: of links to all of them, for pip.
        directories: that hold them, for uv, which goes by the platform that SAM tells it.
    """
    # As a URL, since pip takes a space for the end of a path.
    return {"PIP_FIND_LINKS": page.as_uri(), "UV_FIND_LINKS": ",".join(path.as_uri() for path in directories)}


def foreign_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names in an environment that would have a say in what is installed, or that hold a credential.

    That is every setting of pip and of uv but the place of their caches, sorted.
    """
    return tuple(sorted(name for name in environment if _is_foreign(name.upper())))


def other_sources(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables to unset before `sam build`: those that name another source, and what is set already."""
    return tuple(dict.fromkeys((*_OTHER_SOURCES, *sorted(_CREDENTIALS), *foreign_variables(environment))))


def _is_foreign(name: str) -> bool:
    return (name.startswith(_FOREIGN) and name not in _HARMLESS) or name in _CREDENTIALS


def _settings(targets: Iterable[Target], *, is_closed: bool) -> dict[str, str]:
    platforms = dict.fromkeys(
        platform for target in targets for platform in platform_tags(target.architecture, target.glibc)
    )
    return {
        "PIP_NO_INDEX": "1",
        "PIP_ONLY_BINARY": ":all:",
        **({"PIP_NO_DEPS": "1"} if is_closed else {}),
        **({"PIP_PLATFORM": " ".join(platforms)} if platforms else {}),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_OFFLINE": "1",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }
