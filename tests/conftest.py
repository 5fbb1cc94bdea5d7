"""What every test gets: no setting of this machine, and a home of its own."""

from pathlib import Path

import pytest

_FOREIGN = ("AWS_", "PIP_", "UV_", "CODEARTIFACT_", "CA_VENDOR_", "SAM_CLI_", "NO_COLOR")
_KEPT = frozenset({"CA_VENDOR_TEST_SAM", "CA_VENDOR_TEST_PYTHONS", "CA_VENDOR_TEST_ENGINE", "CA_VENDOR_TRUTH_CACHE"})


@pytest.fixture(autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Remove this machine's settings, and return an empty home."""
    import os

    for name in list(os.environ):
        if name.startswith(_FOREIGN) and name not in _KEPT:
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("SAM_CLI_TELEMETRY", "0")
    # botocore would ask a metadata service that is not there, and wait for it.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return home
