from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from ca_vendor.emulator.messages import ServiceError
from ca_vendor.emulator.model import (
    Asset,
    Domain,
    Package,
    PackageVersion,
    Repository,
    Restriction,
    Source,
    Status,
)
from ca_vendor.emulator.records import parse_package, render_record
from ca_vendor.emulator.state import State

DOMAIN = Domain(name="acme", owner="111122223333", created_at=5.0, encryption_key="k")
REPOSITORY = Repository(name="python", domain=DOMAIN.label, created_at=6.0, external_connection="public:pypi")
NAME = canonicalize_name("acme-core")
PACKAGE = Package(
    name=NAME,
    publish=Restriction.ALLOW,
    upstream=Restriction.BLOCK,
    versions={
        "1.0": PackageVersion(
            version="1.0",
            status=Status.UNLISTED,
            source=Source.UPLOAD,
            entry_point="python",
            published_at=7.5,
            revision="r",
            assets=(
                Asset(filename="a.whl", size=3, hashes={"md5": "x"}, path=Path("/a.whl"), yanked=""),
                Asset(filename="b.whl", url="file"),
            ),
            summary="s",
        )
    },
)


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path)
    state.add_domain(DOMAIN)
    state.add_repository(REPOSITORY)
    state.update_package(REPOSITORY, NAME, lambda _: PACKAGE)
    return state


def test_package_survives_the_round_trip() -> None:
    assert parse_package(render_record(PACKAGE)) == PACKAGE


def test_everything_is_read_back(state: State) -> None:
    again = State(state.directory)
    assert again.domain("acme", "111122223333") == DOMAIN
    assert again.repositories(DOMAIN.label) == (REPOSITORY,)
    assert again.packages(REPOSITORY) == (PACKAGE,)
    assert not list(state.directory.rglob(".part-*"))


def test_package_is_found_by_its_normalised_name(state: State) -> None:
    assert state.package(REPOSITORY, "acme-core") == PACKAGE
    assert state.package(REPOSITORY, "Acme.Core") is None


def test_package_goes_with_its_last_version(state: State) -> None:
    more = replace(PACKAGE.versions["1.0"], version="2.0")
    state.update_package(REPOSITORY, NAME, lambda _: replace(PACKAGE, versions={**PACKAGE.versions, "2.0": more}))
    state.drop_versions(REPOSITORY, NAME, frozenset({"1.0"}))
    assert list(State(state.directory).packages(REPOSITORY)[0].versions) == ["2.0"]
    state.drop_versions(REPOSITORY, NAME, frozenset({"2.0"}))
    assert State(state.directory).packages(REPOSITORY) == ()


def test_what_is_missing_or_in_the_way_is_told(state: State) -> None:
    with pytest.raises(ServiceError, match="domain already exists"):
        state.add_domain(DOMAIN)
    with pytest.raises(ServiceError, match="repository already exists"):
        state.add_repository(REPOSITORY)
    with pytest.raises(ServiceError, match="repository not found"):
        state.add_repository(replace(REPOSITORY, name="new", upstreams=("absent",)))
    with pytest.raises(ServiceError, match="domain not found"):
        state.domain("other", "111122223333")
