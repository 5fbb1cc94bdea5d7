"""Each project from one index, each credential to one index; shown by what the indexes were asked, and with what."""

import base64
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from ca_vendor.cli.main import run
from ca_vendor.emulator import Emulator
from tests.distributions import build_wheel
from tests.integration.workflows.conftest import Command, Result
from tests.loopback import Loopback, Received, Reply

HOURS, YEAR = 3600.0, 365 * 86400.0

CONFIGURATION = """
index-url = "{public}"

[[index]]
name = "private"
domain = "acme"
repository = "python"
packages = ["acme-*"]

[[index]]
name = "team-a"
index-url = "{team}"
packages = ["team-*", "Billing"]

[[bundle]]
requirements = "orders/requirements.in"
target = "python3.12-arm64"
"""


class Relay(Loopback):
    """Stands before an emulator's index, and keeps the whole of every request, the credential too."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(self._forward)
        self._emulator = emulator
        self._pool = urllib3.PoolManager()

    @property
    def index_url(self) -> str:
        return f"{self.url}simple/"

    def _forward(self, request: Received) -> Reply:
        target = self._emulator.index_url + request.path.removeprefix("/simple/")
        answer = self._pool.request("GET", target, headers=dict(request.headers.items()), decode_content=False)
        kept = {name: answer.headers[name] for name in ("Content-Type", "Content-Range") if name in answer.headers}
        return Reply(status=answer.status, body=answer.data, headers=kept)

    def credentials(self) -> set[str]:
        """Return every user and password that was sent here."""
        sent = {request["Authorization"] or "" for request in self.requests}
        return {base64.b64decode(value.removeprefix("Basic ")).decode() for value in sent}


@dataclass(frozen=True)
class Indexes:
    """A CodeArtifact with the private projects, and two other indexes."""

    private: Emulator
    public: Relay
    team: Relay
    tokens: dict[str, str]

    def asked(self) -> dict[str, set[str]]:
        """Return the names of the projects that each index was asked for, by page or by file."""
        private = [record.path for record in self.private.requests]
        paths = {"private": private, "public": self.public.paths, "team": self.team.paths}
        return {
            index: {match[1] for path in paths[index] if (match := re.search(r"/simple/([^/]+)/", path))}
            for index in paths
        }

    def forget(self) -> None:
        self.private.requests.clear()
        self.public.requests.clear()
        self.team.requests.clear()


def wheel(directory: Path, name: str, version: str, *, age: float = YEAR, requires: tuple[str, ...] = ()) -> None:
    """Build a wheel that was published so many seconds ago."""
    directory.mkdir(parents=True, exist_ok=True)
    path = build_wheel(directory, name, version, requires=requires)
    published = time.time() - age
    os.utime(path, (published, published))


@pytest.fixture
def indexes(tmp_path: Path) -> Iterator[Indexes]:
    """Every index also has what it must not be asked for, newer than what it is."""
    private, public, team = (tmp_path / name for name in ("private", "public", "team"))
    wheel(private, "acme-core", "1.0", requires=("foo", "team-lib"))
    wheel(private, "foo", "99.0")
    wheel(private, "team-lib", "99.0")
    wheel(public, "foo", "1.0")
    wheel(public, "foo", "2.0", age=5 * HOURS, requires=("billing",))
    wheel(public, "acme-core", "99.0", requires=("evil",))
    wheel(public, "evil", "1.0")
    wheel(public, "billing", "99.0")
    wheel(team, "team-lib", "1.0")
    wheel(team, "billing", "3.0")
    wheel(team, "foo", "99.0")
    wheel(team, "acme-core", "99.0")
    with (
        Emulator(packages=private) as codeartifact,
        Emulator(packages=public, domain="public") as second,
        Emulator(packages=team, domain="team") as third,
        Relay(second) as public_relay,
        Relay(third) as team_relay,
    ):
        tokens = {"public": second.issue_token().value, "team": third.issue_token().value}
        yield Indexes(codeartifact, public_relay, team_relay, tokens)


@pytest.fixture
def project(tmp_path: Path, indexes: Indexes, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    (root / "orders").mkdir(parents=True)
    (root / "orders/requirements.in").write_text("acme-core\n")
    (root / "ca-vendor.toml").write_text(
        CONFIGURATION.format(public=indexes.public.index_url, team=indexes.team.index_url)
    )
    monkeypatch.chdir(root)
    variables = {
        **indexes.private.environment(),
        "CA_VENDOR_CACHE_DIR": str(tmp_path / "store"),
        "CA_VENDOR_INDEX_USERNAME": "aws",
        "CA_VENDOR_INDEX_PASSWORD": indexes.tokens["public"],
        "CA_VENDOR_INDEX_TEAM_A_USERNAME": "aws",
        "CA_VENDOR_INDEX_TEAM_A_PASSWORD": indexes.tokens["team"],
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return root


@pytest.fixture
def ca_vendor(project: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    def command(*arguments: str) -> Result:
        capfd.readouterr()
        code = run(list(arguments))
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return command


def configure(project: Path, before: str, after: str) -> None:
    path = project / "ca-vendor.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def pins(project: Path) -> set[str]:
    text = (project / "orders/requirements.txt").read_text()
    return {line.split()[0] for line in text.splitlines() if "==" in line}


ASKED = {"private": {"acme-core"}, "public": {"foo"}, "team": {"team-lib", "billing"}}


@pytest.mark.parametrize("resolver", ["pip-compile", "uv"])
def test_each_project_is_asked_of_one_index_alone(
    resolver: str, project: Path, indexes: Indexes, ca_vendor: Command
) -> None:
    assert ca_vendor("lock", "--resolver", resolver).code == 0
    assert pins(project) == {"acme-core==1.0", "foo==2.0", "team-lib==1.0", "billing==3.0"}
    assert indexes.asked() == ASKED
    indexes.forget()
    for path in (project.parent / "store").rglob("*"):
        if path.is_file():
            path.unlink()
    assert ca_vendor("fetch").code == 0
    assert indexes.asked() == ASKED
    assert ca_vendor("check").code == 0


def test_no_credential_of_one_index_reaches_another(project: Path, indexes: Indexes, ca_vendor: Command) -> None:
    outputs = [ca_vendor(*line.split()) for line in ("lock -v", "fetch -v", "lock -v --upgrade", "check -v")]
    assert [output.code for output in outputs] == [0, 0, 0, 0]
    assert indexes.public.credentials() == {f"aws:{indexes.tokens['public']}"}
    assert indexes.team.credentials() == {f"aws:{indexes.tokens['team']}"}
    # The emulator refuses every token but its own.
    assert {record.status for record in indexes.private.requests} == {200}
    secrets = [*indexes.tokens.values(), *(token.value for token in indexes.private.tokens.issued)]
    assert len(secrets) > 2
    for secret in secrets:
        assert not any(secret in output.out + output.err for output in outputs)
        assert not any(secret.encode() in path.read_bytes() for path in project.rglob("*") if path.is_file())


def test_token_in_the_environment_goes_to_its_domain_alone(
    project: Path, indexes: Indexes, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = indexes.private.issue_token().value
    monkeypatch.setenv("CODEARTIFACT_AUTH_TOKEN", token)
    assert ca_vendor("lock").code == 0
    assert [issued.value for issued in indexes.private.tokens.issued] == [token]
    assert not any(token in sent for sent in indexes.public.credentials() | indexes.team.credentials())


def test_index_that_is_not_needed_is_not_asked(
    project: Path, indexes: Indexes, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "orders/requirements.in").write_text("team-lib\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert ca_vendor("lock").code == 0
    assert indexes.asked() == {"private": set(), "public": set(), "team": {"team-lib"}}
    assert len(indexes.private.requests) == 0


def test_claim_makes_a_lock_stale_only_where_it_matters(project: Path, indexes: Indexes, ca_vendor: Command) -> None:
    for command in ("lock", "fetch", "check"):
        assert ca_vendor(command).code == 0
    indexes.forget()
    configure(project, '["acme-*"]', '["acme-*", "other"]')
    assert ca_vendor("check").code == 0
    assert ca_vendor("lock", "--check").code == 0
    assert indexes.asked() == {"private": set(), "public": set(), "team": set()}
    configure(project, '["acme-*", "other"]', '["acme-*", "foo"]')
    told = ca_vendor("check")
    assert told.code == 9
    assert told.out == (
        f"orders: `foo` was locked from {indexes.public.index_url}, "
        "and the index `private` (codeartifact:acme/python) claims it → ca-vendor lock\n"
    )
    refused = ca_vendor("fetch")
    assert refused.code == 9
    assert "error: the lock of `orders` has pins of another index than is configured" in refused.err
    assert ca_vendor("lock", "--check").code == 9
    assert indexes.asked()["public"] == set()
    for command in ("lock", "fetch", "check"):
        assert ca_vendor(command).code == 0
    assert "foo==99.0" in pins(project)


@pytest.mark.parametrize(
    ("before", "after", "code", "said"),
    [
        (
            '["team-*", "Billing"]',
            '["team-*", "*-core"]',
            3,
            (
                "error: `acme-core` is claimed by 2 indexes",
                "  `private` claims it by `acme-*`",
                "  `team-a` claims it by `*-core`",
                "hint: narrow `packages` of one of them",
            ),
        ),
        (
            "index-url",
            "# index-url",
            3,
            ("error: no index serves `foo`", "hint: add it to `packages` of its index"),
        ),
    ],
    ids=["two-claims", "no-index"],
)
def test_what_a_user_sees(
    before: str, after: str, code: int, said: tuple[str, ...], project: Path, ca_vendor: Command
) -> None:
    configure(project, before, after)
    result = ca_vendor("lock")
    assert result.code == code, result.err
    for line in said:
        assert line in result.err


def test_private_project_that_is_missing_is_told_with_its_claim(
    project: Path, indexes: Indexes, ca_vendor: Command
) -> None:
    (project / "orders/requirements.in").write_text("acme-crore\n")
    result = ca_vendor("lock")
    assert result.code == 15
    assert "error: there is no project `acme-crore` on" in result.err
    assert "  the index `private` claims it by `acme-*`" in result.err
    assert indexes.asked()["public"] == set()


def test_index_that_refuses_names_its_own_variables(
    project: Path, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CA_VENDOR_INDEX_TEAM_A_USERNAME")
    result = ca_vendor("lock")
    assert result.code == 5
    assert "error: CA_VENDOR_INDEX_TEAM_A_USERNAME is not set" in result.err
    monkeypatch.delenv("CA_VENDOR_INDEX_TEAM_A_PASSWORD")
    result = ca_vendor("lock")
    assert result.code == 14
    assert "set CA_VENDOR_INDEX_TEAM_A_USERNAME and CA_VENDOR_INDEX_TEAM_A_PASSWORD" in result.err


def test_young_versions_are_left_out_and_explained(project: Path, ca_vendor: Command) -> None:
    assert ca_vendor("lock", "--minimum-age", "3 days").code == 0
    assert "foo==1.0" in pins(project)
    configure(project, "index-url", 'minimum-age = "3 days"\nindex-url')
    (project / "orders/requirements.in").write_text("acme-core\nfoo>=2\n")
    result = ca_vendor("lock")
    assert result.code == 7
    assert "error: no version that satisfies `foo>=2`, which `-r requirements.in` requires, is old enough" in result.err
    assert "  `foo==2.0`: published 5 hours ago, younger than `minimum-age`" in result.err
    assert "foo==1.0" in pins(project)


def test_pin_stays_valid_however_young(project: Path, ca_vendor: Command) -> None:
    configure(project, "index-url", 'minimum-age = "3 days"\nindex-url')
    assert ca_vendor("lock", "--minimum-age", "0 days").code == 0
    assert "foo==2.0" in pins(project)
    (project / "orders/requirements.in").write_text("acme-core\nbilling\n")
    assert ca_vendor("lock").code == 0
    assert "foo==2.0" in pins(project)
    assert ca_vendor("lock", "--upgrade-package", "foo").code == 0
    assert "foo==1.0" in pins(project)


def test_exempt_projects_may_be_young(project: Path, ca_vendor: Command) -> None:
    configure(project, "index-url", 'minimum-age = "1 week"\nminimum-age-except = ["f*"]\nindex-url')
    assert ca_vendor("lock").code == 0
    assert "foo==2.0" in pins(project)


def test_age_that_is_none_is_a_usage_error(project: Path, ca_vendor: Command) -> None:
    result = ca_vendor("lock", "--minimum-age", "soon")
    assert result.code == 2
    assert "--minimum-age must be a number of hours, days or weeks, such as `3 days`" in result.err
