import sys
from pathlib import Path

import pytest

from ca_vendor.errors import CredentialsError
from ca_vendor.index import credential_hint, find_index_credential

URL = "https://index.example/simple/"
BOTH = {"CA_VENDOR_INDEX_USERNAME": "me", "CA_VENDOR_INDEX_PASSWORD": "hunter2"}


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without keyring: an import of it fails."""
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def found(environment: dict[str, str], url: str = URL) -> tuple[str, str] | None:
    credential = find_index_credential(url, environment).current()
    return None if credential is None else (credential.username, credential.password.reveal())


def netrc(path: Path, text: str = "machine index.example login jane password s3cret\n") -> dict[str, str]:
    path.write_text(text)
    path.chmod(0o600)
    return {"NETRC": str(path)}


def test_nothing_is_found_where_there_is_nothing(home: Path) -> None:
    assert list(home.iterdir()) == []
    assert found({}) is None


def test_variables_come_first(home: Path) -> None:
    assert found({**BOTH, **netrc(home / "own")}) == ("me", "hunter2")


TEAM = {"CA_VENDOR_INDEX_TEAM_2_USERNAME": "team", "CA_VENDOR_INDEX_TEAM_2_PASSWORD": "s3cret"}


def test_named_index_has_variables_of_its_own(home: Path) -> None:
    team = find_index_credential(URL, {**BOTH, **TEAM}, name="team-2").current()
    assert team is not None
    assert (team.username, team.password.reveal()) == ("team", "s3cret")
    assert find_index_credential(URL, {**BOTH, **TEAM}, name="team").current() is None
    assert found(TEAM) is None
    assert found({**BOTH, **TEAM}) == ("me", "hunter2")


def test_named_index_is_told_of_its_own_variables(home: Path) -> None:
    with pytest.raises(CredentialsError, match="CA_VENDOR_INDEX_TEAM_2_PASSWORD is not set") as caught:
        find_index_credential(URL, {**BOTH, "CA_VENDOR_INDEX_TEAM_2_USERNAME": "team"}, name="team-2")
    assert "CA_VENDOR_INDEX_TEAM_2_USERNAME" in caught.value.hint
    assert "CA_VENDOR_INDEX_TEAM_2_PASSWORD" in credential_hint("team-2")
    assert credential_hint("") == ""


@pytest.mark.parametrize("missing", BOTH)
def test_one_variable_without_the_other_is_told(missing: str) -> None:
    environment = {name: value for name, value in BOTH.items() if name != missing}
    with pytest.raises(CredentialsError, match=f"{missing} is not set") as caught:
        found(environment)
    assert "hunter2" not in str(caught.value)


def test_netrc_is_asked_for_the_host(home: Path) -> None:
    environment = netrc(home / "own")
    assert found(environment) == ("jane", "s3cret")
    assert found(environment, "https://other.example/simple/") is None
    assert found(environment, "https://index.example:8443/simple/") == ("jane", "s3cret")


@pytest.mark.parametrize("name", [".netrc", "_netrc"])
def test_netrc_of_the_home_directory_is_used_where_none_is_named(home: Path, name: str) -> None:
    netrc(home / name)
    assert found({}) == ("jane", "s3cret")


def test_named_netrc_that_is_missing_is_passed_over(home: Path) -> None:
    netrc(home / ".netrc")
    assert found({"NETRC": str(home / "missing")}) is None


def test_netrc_that_cannot_be_parsed_is_told(home: Path) -> None:
    with pytest.raises(CredentialsError, match="netrc cannot be used"):
        found(netrc(home / "own", "machine index.example nonsense jane"))
