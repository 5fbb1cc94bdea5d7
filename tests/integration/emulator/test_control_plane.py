"""The control plane, as boto3 sees it."""

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from ca_vendor.emulator import Emulator, ManualClock
from tests.distributions import build_wheel
from tests.integration.emulator.conftest import Web, make_client

if TYPE_CHECKING:
    from mypy_boto3_codeartifact import CodeArtifactClient


def refusal(call: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        call()
    response = dict(caught.value.response)
    return {
        "status": response["ResponseMetadata"]["HTTPStatusCode"],  # type: ignore[index]
        "code": response["Error"]["Code"],  # type: ignore[index]
        **{key: value for key, value in response.items() if key.startswith(("resource", "reason"))},
    }


def seconds_left(expiration: datetime, clock: ManualClock) -> float:
    return (expiration - datetime.fromtimestamp(clock(), tz=timezone.utc)).total_seconds()


@pytest.mark.parametrize(("asked", "left"), [(None, 43200), (900, 900), (43200, 43200), (0, 3600)])
def test_token_expires_when_asked_to(
    client: "CodeArtifactClient", clock: ManualClock, asked: int | None, left: int
) -> None:
    answer = (
        client.get_authorization_token(domain="acme")
        if asked is None
        else client.get_authorization_token(domain="acme", durationSeconds=asked)
    )
    assert seconds_left(answer["expiration"], clock) == pytest.approx(left, abs=0.01)


@pytest.mark.parametrize("seconds", [60, 899, 43201, 50000])
def test_duration_out_of_range_is_refused(client: "CodeArtifactClient", seconds: int) -> None:
    found = refusal(lambda: client.get_authorization_token(domain="acme", durationSeconds=seconds))
    assert found == {"status": 400, "code": "ValidationException", "reason": "FIELD_VALIDATION_FAILED"}


def test_token_has_the_form_of_the_service(client: "CodeArtifactClient") -> None:
    token = client.get_authorization_token(domain="acme")["authorizationToken"]
    assert token.count(".") == 4
    assert 1200 < len(token) < 2000
    assert token.startswith("eyJ")


def test_unknown_domain_is_not_found(client: "CodeArtifactClient") -> None:
    found = refusal(lambda: client.get_authorization_token(domain="absent"))
    assert found == {
        "status": 404,
        "code": "ResourceNotFoundException",
        "resourceType": "domain",
        "resourceId": "absent",
    }


def test_domain_of_another_owner_is_not_found(client: "CodeArtifactClient") -> None:
    found = refusal(lambda: client.get_authorization_token(domain="acme", domainOwner="999999999999"))
    assert found["code"] == "ResourceNotFoundException"


def test_unsigned_call_is_refused(emulator: Emulator, web: Web) -> None:
    response = web.pool.request("POST", f"{emulator.endpoint_url}/v1/authorization-token?domain=acme")
    assert response.status == 403
    assert response.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"


def test_unknown_operation_is_not_found(emulator: Emulator, web: Web) -> None:
    response = web.pool.request("GET", f"{emulator.endpoint_url}/v1/nothing")
    assert response.status == 404


def test_repository_endpoint_ends_in_a_slash(client: "CodeArtifactClient", emulator: Emulator) -> None:
    answer = client.get_repository_endpoint(domain="acme", repository="python", format="pypi")
    assert answer["repositoryEndpoint"] == f"{emulator.endpoint_url}/pypi/d/acme-111122223333/python/"


def test_repository_endpoint_of_another_format_is_refused(client: "CodeArtifactClient") -> None:
    found = refusal(lambda: client.get_repository_endpoint(domain="acme", repository="python", format="npm"))
    assert found["code"] == "ValidationException"


@pytest.mark.parametrize(
    ("region", "kind", "host"),
    [
        ("eu-west-1", "ipv4", "acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com"),
        ("eu-west-1", "dualstack", "acme-111122223333.codeartifact.eu-west-1.on.aws"),
        ("cn-north-1", "ipv4", "acme-111122223333.d.codeartifact.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_service_hosts_have_both_forms(region: str, kind: Any, host: str, packages: Path) -> None:
    with Emulator(packages=packages, region=region, service_hosts=True) as emulator:
        answer = make_client(emulator).get_repository_endpoint(
            domain="acme", repository="python", format="pypi", endpointType=kind
        )
        assert answer["repositoryEndpoint"] == f"https://{host}/pypi/python/"
        # The service at such a host has the short path.
        response = urllib3.PoolManager().request(
            "GET",
            f"{emulator.endpoint_url}/pypi/python/simple/acme-core/",
            headers={"Host": host, "Authorization": emulator.authorization()},
        )
        assert response.status == 200


def test_unknown_repository_is_not_found(client: "CodeArtifactClient") -> None:
    found = refusal(lambda: client.describe_repository(domain="acme", repository="absent"))
    assert found == {
        "status": 404,
        "code": "ResourceNotFoundException",
        "resourceType": "repository",
        "resourceId": "absent",
    }


def test_lists_come_in_pages(client: "CodeArtifactClient", emulator: Emulator, tmp_path: Path) -> None:
    for number in range(5):
        build_wheel(tmp_path / "more", f"part-{number}", "1.0")
    emulator.add_packages(tmp_path / "more")
    first = client.list_packages(domain="acme", repository="python", maxResults=3)
    assert len(first["packages"]) == 3
    pages = client.get_paginator("list_packages").paginate(
        domain="acme", repository="python", packagePrefix="part-", PaginationConfig={"PageSize": 2}
    )
    assert [[entry["package"] for entry in page["packages"]] for page in pages] == [
        ["part-0", "part-1"],
        ["part-2", "part-3"],
        ["part-4"],
    ]


@pytest.mark.parametrize("results", [0, 1001])
def test_page_size_out_of_range_is_refused(web: Web, results: int) -> None:
    url = f"{web.emulator.endpoint_url}/v1/packages?domain=acme&repository=python&max-results={results}"
    response = web.pool.request("POST", url, headers={"Authorization": "AWS4-HMAC-SHA256 any"})
    assert response.status == 400


def test_name_that_is_not_normalised_is_not_found(client: "CodeArtifactClient") -> None:
    found = refusal(
        lambda: client.list_package_versions(domain="acme", repository="python", format="pypi", package="Acme.Core")
    )
    assert found["code"] == "ResourceNotFoundException"


def test_upstream_package_is_listed_after_its_first_download(client: "CodeArtifactClient", web: Web) -> None:
    def names() -> list[str]:
        return [entry["package"] for entry in client.list_packages(domain="acme", repository="python")["packages"]]

    before = names()
    page = web.page("markupsafe")
    assert names() == before, "reading a page imports nothing"
    assert web.get(f"markupsafe/{page['files'][0]['url']}").status == 200
    assert names() == [*before, "markupsafe"]
    package = client.describe_package(domain="acme", repository="python", format="pypi", package="markupsafe")
    assert package["package"]["originConfiguration"] == {"restrictions": {"publish": "BLOCK", "upstream": "ALLOW"}}


def test_one_download_imports_the_whole_version(client: "CodeArtifactClient", web: Web) -> None:
    url = next(file["url"] for file in web.page("markupsafe")["files"] if file["url"].startswith("3.0/"))
    assert web.get(f"markupsafe/{url}").status == 200
    assets = client.list_package_version_assets(
        domain="acme", repository="python", format="pypi", package="markupsafe", packageVersion="3.0"
    )["assets"]
    assert {asset["name"] for asset in assets} == {"markupsafe-3.0-py3-none-any.whl", "markupsafe-3.0.tar.gz"}
    versions = client.list_package_versions(domain="acme", repository="python", format="pypi", package="markupsafe")
    assert [version["version"] for version in versions["versions"]] == ["3.0"]
    assert versions["versions"][0]["origin"]["originType"] == "EXTERNAL"


@pytest.mark.parametrize("package", ["acme-core", "markupsafe"])
def test_assets_have_four_hashes(client: "CodeArtifactClient", web: Web, package: str) -> None:
    file = web.page(package)["files"][0]
    web.get(f"{package}/{file['url']}")
    assets = client.list_package_version_assets(
        domain="acme",
        repository="python",
        format="pypi",
        package=package,
        packageVersion=file["url"].split("/")[0],
    )["assets"]
    lengths = {name: len(digest) for name, digest in assets[0]["hashes"].items()}
    assert lengths == {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128}
    assert assets[0]["size"] == file["size"]


def test_asset_is_had_without_the_index(client: "CodeArtifactClient", packages: Path) -> None:
    answer = client.get_package_version_asset(
        domain="acme",
        repository="python",
        format="pypi",
        package="acme-core",
        packageVersion="1.0",
        asset="acme_core-1.0-py3-none-any.whl",
    )
    assert answer["asset"].read() == (packages / "acme_core-1.0-py3-none-any.whl").read_bytes()
    assert (answer["assetName"], answer["packageVersion"]) == ("acme_core-1.0-py3-none-any.whl", "1.0")
    assert answer["packageVersionRevision"]


def test_asset_of_another_revision_is_not_found(client: "CodeArtifactClient") -> None:
    found = refusal(
        lambda: client.get_package_version_asset(
            domain="acme",
            repository="python",
            format="pypi",
            package="acme-core",
            packageVersion="1.0",
            asset="acme_core-1.0-py3-none-any.whl",
            packageVersionRevision="x" * 50,
        )
    )
    assert found["resourceType"] == "asset"


def test_versions_are_described(client: "CodeArtifactClient", clock: ManualClock) -> None:
    versions = client.list_package_versions(
        domain="acme", repository="python", format="pypi", package="acme-core", sortBy="PUBLISHED_TIME"
    )
    assert versions["defaultDisplayVersion"] == "1.1"
    assert {entry["version"] for entry in versions["versions"]} == {"1.0", "1.1"}
    described = client.describe_package_version(
        domain="acme", repository="python", format="pypi", package="acme-core", packageVersion="1.0"
    )["packageVersion"]
    assert described["status"] == "Published"
    assert described["origin"] == {
        "domainEntryPoint": {"repositoryName": "python"},
        "originType": "INTERNAL",
    }
    assert seconds_left(described["publishedTime"], clock) == pytest.approx(0, abs=0.01)


def test_domains_and_repositories_are_created(client: "CodeArtifactClient") -> None:
    assert client.create_domain(domain="second")["domain"]["repositoryCount"] == 0
    assert refusal(lambda: client.create_domain(domain="second"))["code"] == "ConflictException"
    client.create_repository(domain="second", repository="store", description="all that is public")
    created = client.create_repository(domain="second", repository="team", upstreams=[{"repositoryName": "store"}])[
        "repository"
    ]
    assert created["upstreams"] == [{"repositoryName": "store"}]
    assert created["arn"] == "arn:aws:codeartifact:us-east-1:111122223333:repository/second/team"
    found = refusal(
        lambda: client.create_repository(domain="second", repository="x1", upstreams=[{"repositoryName": "absent"}])
    )
    assert found["code"] == "ResourceNotFoundException"
    assert refusal(lambda: client.create_repository(domain="second", repository="team"))["status"] == 409
    updated = client.update_repository(domain="second", repository="team", description="ours", upstreams=[])
    assert (updated["repository"]["description"], updated["repository"]["upstreams"]) == ("ours", [])
    assert [entry["name"] for entry in client.list_domains()["domains"]] == ["acme", "second"]
    in_domain = client.list_repositories_in_domain(domain="second")["repositories"]
    assert [entry["name"] for entry in in_domain] == ["store", "team"]
    by_prefix = client.list_repositories(repositoryPrefix="py")["repositories"]
    assert [entry["name"] for entry in by_prefix] == ["python"]
    assert client.describe_domain(domain="second")["domain"]["repositoryCount"] == 2


def test_repository_has_one_external_connection(client: "CodeArtifactClient") -> None:
    client.create_repository(domain="acme", repository="store")
    answer = client.associate_external_connection(domain="acme", repository="store", externalConnection="public:pypi")
    assert answer["repository"]["externalConnections"] == [
        {"externalConnectionName": "public:pypi", "packageFormat": "pypi", "status": "Available"}
    ]
    again = refusal(
        lambda: client.associate_external_connection(
            domain="acme", repository="store", externalConnection="public:pypi"
        )
    )
    assert again["code"] == "ConflictException"
    other = refusal(
        lambda: client.associate_external_connection(
            domain="acme", repository="store", externalConnection="public:npmjs"
        )
    )
    assert other["code"] == "ValidationException"
    left = client.disassociate_external_connection(domain="acme", repository="store", externalConnection="public:pypi")
    assert left["repository"]["externalConnections"] == []


def test_packages_are_listed_by_origin_controls(client: "CodeArtifactClient") -> None:
    client.put_package_origin_configuration(
        domain="acme",
        repository="python",
        format="pypi",
        package="acme-tools",
        restrictions={"publish": "BLOCK", "upstream": "ALLOW"},
    )
    listed = client.list_packages(domain="acme", repository="python", publish="ALLOW", upstream="BLOCK")
    assert [entry["package"] for entry in listed["packages"]] == ["acme-core"]
    other = client.list_packages(domain="acme", repository="python", format="npm")
    assert other["packages"] == []


def test_malformed_bodies_are_refused(web: Web) -> None:
    url = f"{web.emulator.endpoint_url}/v1/repository?domain=acme&repository=new"
    headers = {"Authorization": "AWS4-HMAC-SHA256 any"}
    for body in (b"{", b"[]", b'{"upstreams": [{}]}'):
        response = web.pool.request("POST", url, headers=headers, body=body)
        assert (response.status, response.headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    missing = web.pool.request("GET", f"{web.emulator.endpoint_url}/v1/repository?domain=acme", headers=headers)
    assert missing.status == 400


@pytest.mark.parametrize("path", ["domain?domain=..", "domain?domain=A", "repository?domain=acme&repository=../x"])
def test_names_that_are_none_are_refused(web: Web, path: str) -> None:
    headers = {"Authorization": "AWS4-HMAC-SHA256 any"}
    assert web.pool.request("POST", f"{web.emulator.endpoint_url}/v1/{path}", headers=headers).status == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("packages?domain=acme&repository=python&max-results=many", 400),
        ("packages?domain=acme&repository=python&next-token=x", 400),
        ("packages?domain=acme&repository=python&publish=MAYBE", 400),
        ("package?domain=acme&repository=python&format=pypi&package=acme-core", 400),
        ("package/version/assets?domain=acme&repository=python&format=pypi&package=acme-core&version=7", 404),
        ("package/versions/update_status?domain=acme&repository=python&format=pypi&package=acme-core", 400),
    ],
)
def test_arguments_that_cannot_be_are_refused(web: Web, path: str, status: int) -> None:
    headers = {"Authorization": "AWS4-HMAC-SHA256 any"}
    assert web.pool.request("POST", f"{web.emulator.endpoint_url}/v1/{path}", headers=headers).status == status
