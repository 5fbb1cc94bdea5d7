"""The environment variables of a build, the same for all of them."""

import os
from pathlib import Path

from ca_vendor.builder.unpacking import SOURCE_DATE_EPOCH
from ca_vendor.process import minimal_environment


def build_environment(home: Path, index_url: str) -> dict[str, str]:
    """Return all that a build on this machine gets of an environment.

    Args:
        home: an empty directory of its own.
        index_url: the only index it may use.
    """
    return minimal_environment(home) | build_settings(index_url)


def build_settings(index_url: str) -> dict[str, str]:
    """Return what builds get besides a home: one index, for nested builds too, and nothing that differs by day or user.

    Args:
        index_url: the only index it may use.
    """
    return {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_INDEX_URL": index_url,
        "PIP_KEYRING_PROVIDER": "disabled",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_NO_INPUT": "1",
        "PIP_PROGRESS_BAR": "off",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "SOURCE_DATE_EPOCH": f"{SOURCE_DATE_EPOCH}",
        "TZ": "UTC",
    }
