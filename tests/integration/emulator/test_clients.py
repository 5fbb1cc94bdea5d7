"""The AWS CLI, pip, uv and twine, unchanged, as their users call them."""

import configparser
import json
import sys
from pathlib import Path

import pytest

from ca_vendor.emulator import Emulator, ManualClock, Upstream
from tests.distributions import build_wheel
from tests.integration.emulator.conftest import Run, Web

PIP = (sys.executable, "-m", "pip")


def installed(directory: Path) -> set[str]:
    return {path.name.removesuffix(".dist-info") for path in directory.glob("*.dist-info")}


def test_pip_installs_own_and_upstream_packages(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    build_wheel(tmp_path / "app", "acme-app", "1.0", requires=["acme-tools", "markupsafe==3.0"])
    emulator.add_packages(tmp_path / "app")
    target = tmp_path / "target"
    run(*PIP, "install", "--index-url", emulator.authenticated_index_url(), "--target", target, "acme-app")
    assert installed(target) == {"acme_app-1.0", "acme_core-1.1", "acme_tools-2.0", "markupsafe-3.0"}


def test_uv_installs_own_and_upstream_packages(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    target = tmp_path / "target"
    index = ("--index-url", emulator.authenticated_index_url())
    run("uv", "pip", "install", "--python", sys.executable, *index, "--target", target, "acme-core", "markupsafe<3")
    assert installed(target) == {"acme_core-1.1", "markupsafe-2.1"}


def test_aws_login_configures_pip(emulator: Emulator, run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "pip.conf"
    login = ("aws", "codeartifact", "login", "--domain", "acme", "--repository", "python", "--tool", "pip")
    run(*login, PIP_CONFIG_FILE=str(settings))
    written = next(path for path in (settings, *tmp_path.glob("home/**/pip.conf")) if path.exists())
    parser = configparser.RawConfigParser()
    parser.read(written)
    token = emulator.tokens.issued[-1].value
    expected = emulator.index_url.replace("://", f"://aws:{token}@")
    assert parser["global"]["index-url"] == expected
    run(*PIP, "download", "--no-deps", "-d", tmp_path / "got", "acme-core", PIP_CONFIG_FILE=str(written))
    assert (tmp_path / "got" / "acme_core-1.1-py3-none-any.whl").exists()


def test_aws_login_configures_twine(run: Run, web: Web, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "dist", "acme-new", "1.0")
    run("aws", "codeartifact", "login", "--domain", "acme", "--repository", "python", "--tool", "twine")
    run(sys.executable, "-m", "twine", "upload", "--non-interactive", "-r", "codeartifact", wheel)
    assert web.page("acme-new")["versions"] == ["1.0"]


def test_aws_lists_and_downloads(run: Run, tmp_path: Path) -> None:
    where = ("--domain", "acme", "--repository", "python")
    version = (*where, "--format", "pypi", "--package", "acme-core", "--package-version", "1.0")
    listed = json.loads(run("aws", "codeartifact", "list-packages", *where, "--max-items", "1").stdout)
    assert [entry["package"] for entry in listed["packages"]] == ["acme-core"]
    assert listed["NextToken"]
    asset = ("--asset", "acme_core-1.0-py3-none-any.whl")
    run("aws", "codeartifact", "get-package-version-asset", *version, *asset, "got.whl")
    assert (tmp_path / "got.whl").read_bytes() == (tmp_path / "packages" / asset[1]).read_bytes()
    refused = run("aws", "codeartifact", "get-authorization-token", "--domain", "absent", check=False)
    assert "ResourceNotFoundException" in refused.stderr


def test_pip_is_refused_after_expiry(emulator: Emulator, clock: ManualClock, run: Run, tmp_path: Path) -> None:
    url = emulator.authenticated_index_url()
    clock.advance(43200)
    refused = run(*PIP, "download", "--no-input", "-d", tmp_path, "--index-url", url, "acme-core", check=False)
    assert refused.returncode != 0
    assert {record.status for record in emulator.requests} == {401}


def test_token_has_the_value_asked_for(emulator: Emulator, run: Run) -> None:
    emulator.tokens.use_value("canary-0123456789")
    argv = ("aws", "codeartifact", "get-authorization-token", "--domain", "acme", "--output", "text")
    assert run(*argv, "--query", "authorizationToken").stdout.strip() == "canary-0123456789"
    assert emulator.tokens.issued[-1].value == "canary-0123456789"


@pytest.mark.network
def test_pips_own_index_is_the_upstream(tmp_path: Path, run: Run) -> None:
    with Emulator(upstream=Upstream.from_pip(), state=tmp_path / "state") as emulator:
        page = Web(emulator=emulator).page("six")
        assert {"1.16.0", "1.17.0"} <= set(page["versions"])
        assert all(file["url"].count("/") == 1 for file in page["files"])
        target = tmp_path / "target"
        run(*PIP, "install", "--index-url", emulator.authenticated_index_url(), "--target", target, "six==1.17.0")
        assert installed(target) == {"six-1.17.0"}


def test_pip_installs_from_html_pages(packages: Path, run: Run, tmp_path: Path) -> None:
    with Emulator(packages=packages, html_only=True) as emulator:
        index = emulator.authenticated_index_url()
        run(*PIP, "install", "--index-url", index, "--target", tmp_path / "target", "acme-core==1.0")
    assert installed(tmp_path / "target") == {"acme_core-1.0"}
