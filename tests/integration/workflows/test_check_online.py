"""check --online against CodeArtifact: where private packages came from, and who else may come in under their names."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from ca_vendor.cli.main import run
from ca_vendor.emulator import Emulator, Fault, Route, Upstream
from ca_vendor.emulator.effects import Status
from tests.distributions import build_wheel
from tests.integration.workflows.conftest import Command, Result

if TYPE_CHECKING:
    from mypy_boto3_codeartifact import CodeArtifactClient

CONFIGURATION = """
domain = "acme"
repository = "python"

[[bundle]]
requirements = "orders/requirements.in"
target = "python3.12-arm64"
"""
CLAIM = '\n[[index]]\nname = "{name}"\nindex-url = "{url}"\npackages = ["{pattern}"]\n'
BLOCKING = (
    "aws codeartifact put-package-origin-configuration --domain acme --repository {repository} --format pypi "
    "--package acme-core --restrictions publish={publish},upstream=BLOCK"
)


@dataclass(frozen=True)
class Domain:
    """A CodeArtifact with an external connection, and the index behind that."""

    private: Emulator
    public: Emulator
    client: "CodeArtifactClient"

    def allow(self, repository: str, *, upstream: Any = "ALLOW") -> None:
        self.client.put_package_origin_configuration(
            domain="acme",
            repository=repository,
            format="pypi",
            package="acme-core",
            restrictions={"publish": "ALLOW", "upstream": upstream},
        )


@pytest.fixture
def domain(tmp_path: Path) -> Iterator[Domain]:
    private, public = tmp_path / "private", tmp_path / "public"
    for directory in (private, public):
        directory.mkdir()
    build_wheel(private, "acme-core", "1.0", requires=["foo"])
    build_wheel(public, "foo", "1.0")
    with Emulator(packages=public, domain="public") as behind:
        upstream = Upstream(url=behind.authenticated_index_url())
        with Emulator(packages=private, upstream=upstream) as emulator:
            client = boto3.client(
                "codeartifact",
                endpoint_url=emulator.endpoint_url,
                region_name="us-east-1",
                aws_access_key_id="AKIDEMULATED",
                aws_secret_access_key="emulated",
            )
            yield Domain(emulator, behind, client)


@pytest.fixture
def project(tmp_path: Path, domain: Domain, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    (root / "orders").mkdir(parents=True)
    (root / "orders/requirements.in").write_text("acme-core\n")
    (root / "ca-vendor.toml").write_text(CONFIGURATION)
    monkeypatch.chdir(root)
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path / "store"))
    for name, value in domain.private.environment().items():
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


@pytest.fixture
def check_online(ca_vendor: Command) -> Callable[[], list[str]]:
    """Lock and fetch what is not, and return the lines of the online check."""

    def checked() -> list[str]:
        for command in ("lock", "fetch", "check"):
            assert ca_vendor(command).code == 0
        result = ca_vendor("check", "--online")
        assert result.code == (9 if result.out else 0), result.err
        return result.out.splitlines()

    return checked


def test_private_package_that_is_closed_is_in_order(
    project: Path, ca_vendor: Command, check_online: Callable[[], list[str]]
) -> None:
    assert check_online() == []
    assert "inputs, locks, requirements files, wheels and indexes agree" in ca_vendor("check", "--online").err


def test_private_package_that_is_open_is_told_with_the_command(
    domain: Domain, ca_vendor: Command, check_online: Callable[[], list[str]]
) -> None:
    domain.allow("python")
    mend = BLOCKING.format(repository="python", publish="ALLOW")
    problem = "versions of `acme-core` from outside may come in through the repository `python`"
    assert check_online() == [f"{problem} → {mend}"]
    assert json.loads(ca_vendor("check", "--online", "--json").out) == [
        {"bundle": "", "problem": problem, "mend": mend}
    ]
    domain.allow("python", upstream="BLOCK")
    assert check_online() == []


def test_package_of_an_upstream_repository_that_another_upstream_opens(
    tmp_path: Path, domain: Domain, project: Path, check_online: Callable[[], list[str]]
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    build_wheel(shared, "acme-core", "1.0")
    domain.private.create_repository("shared")
    domain.private.create_repository("store", external=True)
    domain.private.create_repository("all", upstreams=["shared", "store"])
    domain.private.add_packages(shared, repository="shared")
    (project / "ca-vendor.toml").write_text(CONFIGURATION.replace('"python"', '"all"'))
    assert check_online() == [
        "versions of `acme-core` from outside may come in through the repository `store` → "
        + BLOCKING.format(repository="store", publish="ALLOW")
    ]
    domain.private.create_repository("closed", upstreams=["shared"])
    (project / "ca-vendor.toml").write_text(CONFIGURATION.replace('repository = "python"', 'repository = "closed"'))
    assert check_online() == []


def test_claimed_package_that_came_from_outside_is_told(
    tmp_path: Path, domain: Domain, project: Path, check_online: Callable[[], list[str]]
) -> None:
    build_wheel(tmp_path / "public", "acme-core", "99.0")
    domain.public.add_packages(tmp_path / "public")
    domain.allow("python")
    (project / "ca-vendor.toml").write_text(
        f'index-url = "{domain.public.index_url}"\n'
        + CONFIGURATION.split("\n\n", 1)[1]
        + '\n[[index]]\nname = "private"\ndomain = "acme"\nrepository = "python"\npackages = ["acme-*"]\n'
    )
    (project / "orders/requirements.in").write_text("acme-core\n")
    environment = {"CA_VENDOR_INDEX_USERNAME": "aws", "CA_VENDOR_INDEX_PASSWORD": domain.public.issue_token().value}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        foreign, elsewhere = check_online()
    assert foreign == (
        "`acme-core==99.0` was not published in the domain; it came from public:pypi → "
        + BLOCKING.format(repository="python", publish="ALLOW")
        + ", then ca-vendor lock --upgrade-package acme-core"
    )
    assert elsewhere.startswith("`acme-core` comes from the index `private` (codeartifact:acme/python), and http://")


def test_own_package_of_a_claimed_name_elsewhere_is_told(
    tmp_path: Path, domain: Domain, project: Path, check_online: Callable[[], list[str]]
) -> None:
    team = tmp_path / "team"
    team.mkdir()
    build_wheel(team, "acme-core", "5.0")
    with Emulator(packages=team, domain="team") as other, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CA_VENDOR_INDEX_TEAM_USERNAME", "aws")
        patch.setenv("CA_VENDOR_INDEX_TEAM_PASSWORD", other.issue_token().value)
        claim = CLAIM.format(name="team", url=other.index_url, pattern="team-*")
        (project / "ca-vendor.toml").write_text(CONFIGURATION + claim)
        problem = f"`acme-core` comes from codeartifact:acme/python, and the index `team` ({other.index_url})"
        assert check_online() == [f"{problem} has a project of that name too → find out whose it is"]
        asked = {record.path.split("/simple/")[1] for record in other.requests}
        assert asked == {"acme-core/"}


def test_identity_that_may_not_ask_is_told_what_it_needs(domain: Domain, ca_vendor: Command) -> None:
    for command in ("lock", "fetch"):
        assert ca_vendor(command).code == 0
    denial = Status(
        status=403,
        error_type="AccessDeniedException",
        message="User is not authorized to perform: codeartifact:DescribePackageVersion",
    )
    domain.private.faults.add(Fault(effect=denial, route=Route.CONTROL, times=100))
    result = ca_vendor("check", "--online")
    assert result.code == 14
    assert "error: AWS refuses `codeartifact:" in result.err
