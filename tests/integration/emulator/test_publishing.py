"""Uploads, origin controls, statuses and upstream chains."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from ca_vendor.emulator import Emulator, ManualClock, Upstream
from tests.distributions import build_sdist, build_wheel
from tests.integration.emulator.conftest import Run, Web, make_client

if TYPE_CHECKING:
    from mypy_boto3_codeartifact import CodeArtifactClient
    from mypy_boto3_codeartifact.literals import PackageVersionStatusType

CORE: Mapping[str, Any] = {"domain": "acme", "repository": "python", "format": "pypi", "package": "acme-core"}


def versions(web: Web, project: str) -> list[str]:
    page = web.page(project)
    shown: list[str] = page["versions"]
    return shown


def upload(web: Web, file: Path, **fields: str) -> urllib3.BaseHTTPResponse:
    form: dict[str, Any] = {":action": "file_upload", "protocol_version": "1", **fields}
    form["content"] = (file.name, file.read_bytes(), "application/octet-stream")
    return web.pool.request(
        "POST",
        web.emulator.repository_endpoint,
        fields=form,
        headers={"Authorization": web.emulator.authorization()},
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    return build_wheel(tmp_path / "fresh", "acme-new", "1.0", requires_python=">=3.9")


def test_upload_is_taken_once_more_but_not_changed(web: Web, emulator: Emulator, fresh: Path, run: Run) -> None:
    def twine() -> int:
        token = emulator.issue_token().value
        argv = [sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar"]
        login = {"TWINE_USERNAME": "aws", "TWINE_PASSWORD": token}
        url = emulator.repository_endpoint
        return run(*argv, "--repository-url", url, fresh, check=False, **login).returncode

    def statuses() -> list[int]:
        return [record.status for record in emulator.requests if record.method == "POST"]

    assert twine() == 0
    page = web.page("acme-new")
    assert page["files"][0]["requires-python"] == ">=3.9"
    assert web.get(f"acme-new/{page['files'][0]['url']}").data == fresh.read_bytes()
    assert twine() == 0
    build_wheel(fresh.parent, "acme-new", "1.0", requires_python=">=3.9", files={"other.py": ""})
    assert twine() != 0
    assert statuses() == [200, 200, 409]
    assert web.page("acme-new") == page


def test_uv_publishes(web: Web, emulator: Emulator, fresh: Path, run: Run) -> None:
    sdist = build_sdist(fresh.parent, "acme-new", "1.0")
    login = {"UV_PUBLISH_USERNAME": "aws", "UV_PUBLISH_PASSWORD": emulator.issue_token().value}
    options = ("--trusted-publishing", "never", "--keyring-provider", "disabled", "--no-attestations")
    run("uv", "publish", *options, "--publish-url", emulator.repository_endpoint, fresh, sdist, **login)
    assert {file["filename"] for file in web.page("acme-new")["files"]} == {fresh.name, sdist.name}


def test_first_publication_sets_the_origin_controls(web: Web, client: "CodeArtifactClient", fresh: Path) -> None:
    assert upload(web, fresh, name="acme.new", version="1.0.0").status == 400, "another version's text"
    assert upload(web, fresh, name="acme.new", version="1.0").status == 200
    described = client.describe_package(domain="acme", repository="python", format="pypi", package="acme-new")
    assert described["package"]["originConfiguration"] == {"restrictions": {"publish": "ALLOW", "upstream": "BLOCK"}}


def test_upload_that_disagrees_with_itself_is_refused(web: Web, fresh: Path, tmp_path: Path) -> None:
    good = {"name": "acme-new", "version": "1.0"}
    broken = tmp_path / "acme_new-1.0-py3-none-any.whl"
    broken.write_bytes(b"not a zip")
    assert upload(web, fresh, **{**good, "name": "other"}).status == 400
    assert upload(web, fresh, **{**good, "version": "x"}).status == 400
    assert upload(web, fresh, **good, sha256_digest="0" * 64).status == 400
    assert upload(web, fresh, **good, **{":action": "submit"}).status == 400
    assert upload(web, broken, **good).status == 400
    assert web.get("acme-new/").status == 404


def test_upload_without_credentials_is_challenged(web: Web, emulator: Emulator) -> None:
    response = web.pool.request("POST", emulator.repository_endpoint, body=b"x" * 1_000_000)
    assert response.status == 401
    authorised = {"Authorization": emulator.authorization()}
    assert web.pool.request("POST", emulator.repository_endpoint, body=b"x", headers=authorised).status == 400
    assert web.pool.request("POST", emulator.index_url, body=b"x", headers=authorised).status == 404


def test_publishing_is_blocked_for_what_came_from_upstream(web: Web, tmp_path: Path) -> None:
    web.get(f"markupsafe/{web.page('markupsafe')['files'][0]['url']}")
    mine = build_wheel(tmp_path / "mine", "markupsafe", "99.0")
    assert upload(web, mine, name="markupsafe", version="99.0").status == 403


def test_blocked_upstream_hides_its_versions(web: Web, client: "CodeArtifactClient") -> None:
    assert versions(web, "acme-core") == ["1.0", "1.1"], "published here: the upstream's 9.9 is blocked"
    assert web.get("acme-core/9.9/acme_core-9.9-py3-none-any.whl").status == 404
    client.put_package_origin_configuration(**CORE, restrictions={"publish": "ALLOW", "upstream": "ALLOW"})
    assert versions(web, "acme-core") == ["1.0", "1.1", "9.9"]
    assert web.get("acme-core/9.9/acme_core-9.9-py3-none-any.whl").status == 200
    client.put_package_origin_configuration(**CORE, restrictions={"publish": "ALLOW", "upstream": "BLOCK"})
    assert versions(web, "acme-core") == ["1.0", "1.1", "9.9"], "what was imported stays"


@pytest.mark.parametrize(
    ("status", "listed", "downloadable"),
    [("Unlisted", False, True), ("Archived", False, False), ("Published", True, True)],
)
def test_status_decides_what_is_listed_and_served(
    web: Web,
    client: "CodeArtifactClient",
    status: "PackageVersionStatusType",
    listed: bool,
    downloadable: bool,
) -> None:
    answer = client.update_package_versions_status(**CORE, versions=["1.0", "7"], targetStatus=status)
    assert answer["successfulVersions"]["1.0"]["status"] == status
    assert answer["failedVersions"]["7"]["errorCode"] == "NOT_FOUND"
    assert ("1.0" in versions(web, "acme-core")) is listed
    file = "acme_core-1.0-py3-none-any.whl"
    assert web.get(f"acme-core/1.0/{file}").status == (200 if downloadable else 404)
    found = client.list_package_versions(**CORE, status=status)["versions"]
    assert "1.0" in {version["version"] for version in found}


def test_status_is_changed_from_the_expected_one_only(client: "CodeArtifactClient") -> None:
    answer = client.update_package_versions_status(
        **CORE, versions=["1.0"], targetStatus="Archived", expectedStatus="Unlisted"
    )
    assert answer["failedVersions"]["1.0"]["errorCode"] == "MISMATCHED_STATUS"


def test_versions_come_through_a_chain_of_repositories(
    emulator: Emulator, client: "CodeArtifactClient", tmp_path: Path
) -> None:
    store, shared = tmp_path / "store", tmp_path / "shared"
    build_wheel(shared, "acme-shared", "1.0")
    build_wheel(store, "acme-shared", "0.9")
    build_wheel(store, "acme-store", "3.0")
    emulator.create_repository("store")
    emulator.create_repository("shared", upstreams=["store"])
    emulator.create_repository("team", upstreams=["shared"])
    emulator.add_packages(store, repository="store")
    emulator.add_packages(shared, repository="shared")
    web = Web(emulator=emulator)
    base = emulator.index_url.replace("/python/", "/team/")

    def shown(project: str) -> Any:
        return web.get(f"{base}{project}/").json()["versions"]

    assert shown("acme-store") == ["3.0"]
    assert shown("acme-shared") == ["1.0"], "shared published it, so that its upstream is blocked"
    held: Mapping[str, Any] = {"domain": "acme", "repository": "team"}
    assert client.list_packages(**held)["packages"] == [], "lists look at no upstream"
    assert web.get(f"{base}acme-store/3.0/acme_store-3.0-py3-none-any.whl").status == 200
    assert [entry["package"] for entry in client.list_packages(**held)["packages"]] == ["acme-store"]
    assert client.list_packages(domain="acme", repository="shared")["packages"][0]["package"] == "acme-shared"
    described = client.describe_package_version(**held, format="pypi", package="acme-store", packageVersion="3.0")[
        "packageVersion"
    ]
    assert described["origin"] == {"domainEntryPoint": {"repositoryName": "store"}, "originType": "INTERNAL"}


def test_external_connection_works_through_a_chain(upstream: Upstream, clock: ManualClock) -> None:
    with Emulator(upstream=upstream, repository="store", clock=clock) as emulator:
        emulator.create_repository("team", upstreams=["store"])
        web, client = Web(emulator=emulator), make_client(emulator)
        base = emulator.index_url.replace("/store/", "/team/")
        assert web.get(f"{base}markupsafe/2.1/markupsafe-2.1-py3-none-any.whl").status == 200
        for repository in ("store", "team"):
            held = client.list_packages(domain="acme", repository=repository)["packages"]
            assert [entry["package"] for entry in held] == ["markupsafe"]


def test_packages_are_added_at_run_time(web: Web, emulator: Emulator, fresh: Path) -> None:
    assert web.get("acme-new/").status == 404
    emulator.add_packages(fresh)
    assert versions(web, "acme-new") == ["1.0"]


def test_everything_survives_a_restart(packages: Path, upstream: Upstream, fresh: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with Emulator(packages=packages, upstream=upstream, state=state) as first:
        web, client = Web(emulator=first), make_client(first)
        assert upload(web, fresh, name="acme-new", version="1.0").status == 200
        web.get("markupsafe/2.1/markupsafe-2.1-py3-none-any.whl")
        client.update_package_versions_status(**CORE, versions=["1.0"], targetStatus="Archived")
        client.create_repository(domain="acme", repository="other", upstreams=[{"repositoryName": "python"}])
        token = first.issue_token().value
    assert not [path for path in state.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    (packages / "acme_tools-2.0.tar.gz").unlink()
    with Emulator(packages=packages, upstream=None, state=state) as second:
        web, client = Web(emulator=second), make_client(second)
        assert versions(web, "acme-core") == ["1.1"]
        assert versions(web, "acme-new") == ["1.0"]
        assert web.get("acme-tools/").status == 404
        assert [entry["name"] for entry in client.list_repositories()["repositories"]] == ["other", "python"]
        listed = [entry["package"] for entry in client.list_packages(domain="acme", repository="python")["packages"]]
        assert listed == ["acme-core", "acme-new", "markupsafe"]
        headers = {"Authorization": f"Bearer {token}"}
        assert web.get("acme-new/", headers=headers).status == 200, "a token outlives the process"


def test_upstream_pages_and_files_are_kept(public: Emulator, upstream: Upstream, tmp_path: Path) -> None:
    path = "markupsafe/2.1/markupsafe-2.1-py3-none-any.whl"
    for asked in (2, 0):
        public.requests.clear()
        with Emulator(upstream=upstream, state=tmp_path / "state") as emulator:
            web = Web(emulator=emulator)
            for _ in range(2):
                web.page("markupsafe")
                assert web.get(path).status == 200
            assert len(public.requests) == asked


def test_known_pages_serve_while_the_upstream_is_down(public: Emulator, upstream: Upstream, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with Emulator(upstream=upstream, state=state) as emulator:
        shown = versions(Web(emulator=emulator), "markupsafe")
    public.stop()
    for page in state.glob("upstream/*/pages/*.json"):
        os.utime(page, (0, 0))
    with Emulator(upstream=upstream, state=state) as emulator:
        web = Web(emulator=emulator)
        assert versions(web, "markupsafe") == shown
        assert web.get("never-seen/").status == 502
