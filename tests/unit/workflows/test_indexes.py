import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import NormalizedName

from ca_vendor.config import IndexSettings, Settings
from ca_vendor.errors import ConfigurationError
from ca_vendor.index import HttpClient, Patience, RefusedError
from ca_vendor.selection import NamePattern
from ca_vendor.workflows.indexes import IndexName, index_name, locked_index, named_indexes, open_index
from ca_vendor.workflows.session import patience
from tests.loopback import Loopback, Reply
from tests.unit.workflows.projects import Workplace

TOKEN = {"CODEARTIFACT_AUTH_TOKEN": "canary"}


@pytest.mark.parametrize(
    ("settings", "index_url", "identity"),
    [
        ({}, None, None),
        ({"index_url": "https://x/simple"}, None, "https://x/simple/"),
        ({"index_url": "https://x/simple/"}, "https://y/simple", "https://y/simple/"),
        ({"domain": "acme", "repository": "python"}, None, "codeartifact:acme/python"),
        (
            {"domain": "acme", "repository": "python", "domain_owner": "111122223333"},
            None,
            "codeartifact:111122223333/acme/python",
        ),
        ({"domain": "acme", "repository": "python"}, "https://y/simple/", "https://y/simple/"),
    ],
)
def test_index_is_named_by_the_command_line_or_the_configuration(
    settings: dict[str, str], index_url: str | None, identity: str | None
) -> None:
    name = index_name(Settings(root=Path(), **settings), index_url=index_url)  # type: ignore[arg-type]
    assert (name.identity if name else None) == identity


def test_region_and_profile_go_with_the_name() -> None:
    settings = Settings(root=Path(), domain="a", repository="b", region="eu-west-1", profile="dev")
    assert index_name(settings) == IndexName(identity="codeartifact:a/b", region="eu-west-1", profile="dev")


def authorization(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, **fields: Any) -> str | None:
    """Return the credential that an index gets which is not CodeArtifact."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with Loopback(lambda _: Reply(status=416)) as server:
        http = HttpClient(patience=Patience(total=1))
        client = open_index(IndexName(identity=f"{server.url}simple/", **fields), http=http, environment=environment)
        with pytest.raises(Exception, match="416"):
            client.fetch_page("foo")  # type: ignore[arg-type]
        return server.requests[0]["Authorization"]


def test_token_of_codeartifact_goes_to_no_other_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert authorization(TOKEN, monkeypatch) is None


def test_credential_of_another_index_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"CA_VENDOR_INDEX_USERNAME": "me", "CA_VENDOR_INDEX_PASSWORD": "x"}
    assert authorization(variables, monkeypatch) == "Basic bWU6eA=="


def test_client_of_an_index_is_opened_once_a_run(place: Workplace) -> None:
    session = place.session()
    assert session.client("https://x/simple/") is session.client("https://x/simple/")
    assert session.client("https://x/simple/") is not session.client("https://y/simple/")
    session.stop()


@pytest.mark.parametrize("text", ["", None])
def test_patience_is_as_usual_where_nothing_says(text: str | None) -> None:
    assert patience({} if text is None else {"CA_VENDOR_TIMEOUT": text}) == Patience()


def test_patience_bounds_everything() -> None:
    bounded = patience({"CA_VENDOR_TIMEOUT": "2.5"})
    assert bounded.connect == bounded.silence == bounded.total == bounded.cold_import == bounded.longest_pause == 2.5


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf", "1e999"])
def test_patience_that_is_no_number_of_seconds_is_told(text: str) -> None:
    with pytest.raises(ConfigurationError, match="CA_VENDOR_TIMEOUT is not a number of seconds"):
        patience({"CA_VENDOR_TIMEOUT": text})


OF_ACME = IndexName(identity="codeartifact:acme/python")


def entry(name: str, **fields: str) -> IndexSettings:
    return IndexSettings(name=name, packages=(NamePattern(f"{name}-*"),), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("default", "entries", "takers"),
    [
        ({"domain": "acme", "repository": "python"}, {"same": "acme", "other": "rival"}, {"same"}),
        ({"domain": "acme", "repository": "python", "domain_owner": "111122223333"}, {"one": "acme"}, set()),
        ({"index_url": "https://x.example/simple/"}, {"one": "acme", "two": "acme"}, {"one", "two"}),
        ({"index_url": "https://x.example/simple/"}, {"one": "acme", "two": "rival"}, set()),
        ({"index_url": "https://acme-1.d.codeartifact.us-east-1.amazonaws.com/pypi/p/simple/"}, {"one": "acme"}, set()),
        ({}, {"one": "acme"}, {"one"}),
    ],
)
def test_token_of_the_environment_is_for_one_domain(
    default: dict[str, str], entries: dict[str, str], takers: set[str]
) -> None:
    """A token is of a domain, and nothing tells of which: no other may get it."""
    indexes = tuple(entry(name, domain=domain, repository=name) for name, domain in entries.items())
    indexes += (entry("plain", index_url="https://plain.example/simple/"),)
    named = named_indexes(Settings(root=Path(), indexes=indexes, **default))  # type: ignore[arg-type]
    assert {index.name for index in named if index.takes_token} == takers


@pytest.mark.parametrize(
    ("identity", "configured", "takes"),
    [
        ("codeartifact:acme/other", [], True),
        ("codeartifact:acme/other", [OF_ACME], True),
        ("codeartifact:rival/python", [OF_ACME], False),
        ("codeartifact:acme/other", [replace(OF_ACME, takes_token=False)], False),
        ("https://x.example/simple/", [OF_ACME], False),
        ("https://x.example/simple/", [IndexName(identity="https://y.example/simple/")], False),
    ],
)
def test_index_of_a_lock_alone_gets_no_token_of_another(
    identity: str, configured: list[IndexName], takes: bool
) -> None:
    name = locked_index(identity, configured)
    assert (name.only_locked, name.takes_token) == (True, takes)


CREDENTIALS = {
    "CA_VENDOR_INDEX_USERNAME": "me",
    "CA_VENDOR_INDEX_PASSWORD": "x",
    "CA_VENDOR_INDEX_TEAM_USERNAME": "team",
    "CA_VENDOR_INDEX_TEAM_PASSWORD": "y",
}


@pytest.mark.parametrize(
    ("name", "only_locked", "sent"),
    [("", False, "Basic bWU6eA=="), ("", True, None), ("team", False, "Basic dGVhbTp5"), ("other", False, None)],
)
def test_each_index_gets_its_own_credential(
    name: str, only_locked: bool, sent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert authorization(CREDENTIALS, monkeypatch, name=name, only_locked=only_locked) == sent


def test_index_that_wants_a_credential_is_told_by_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with Loopback(lambda _: Reply(status=401)) as server:
        client = open_index(IndexName(identity=f"{server.url}simple/", name="team"), environment={})
        with pytest.raises(RefusedError) as caught:
            client.fetch_page(NormalizedName("foo"))
    assert caught.value.hint.startswith("for the index `team` set CA_VENDOR_INDEX_TEAM_USERNAME and ")
