from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.config import IndexSettings, Settings
from ca_vendor.errors import ExitCode
from ca_vendor.lock import Tree
from ca_vendor.selection import NamePattern
from ca_vendor.workflows.indexes import IndexName, SameIndexError
from ca_vendor.workflows.routing import (
    Claim,
    ClaimedTwiceError,
    IndexRouter,
    UnclaimedError,
    index_router,
    locked_elsewhere,
)
from tests.unit.lock.locks import from_source, lock, pin
from tests.unit.properties import PROPERTY

PUBLIC = IndexName(identity="https://public.example/simple/")
PRIVATE = IndexName(identity="codeartifact:acme/python", name="private")
TEAM = IndexName(identity="https://team.example/simple/", name="team")


def claim(index: IndexName, *patterns: str) -> Claim:
    return Claim(index=index, packages=tuple(NamePattern(text) for text in patterns))


ROUTER = IndexRouter(default=PUBLIC, claims=(claim(PRIVATE, "acme-*", "billing"), claim(TEAM, "team-*", "*-legacy")))


@pytest.mark.parametrize(
    ("project", "index"),
    [
        ("requests", PUBLIC),
        ("acme", PUBLIC),
        ("acme-core", PRIVATE),
        ("billing", PRIVATE),
        ("team-x", TEAM),
        ("team-legacy", TEAM),
    ],
)
def test_project_has_the_index_that_claims_it_or_else_the_default(project: str, index: IndexName) -> None:
    assert ROUTER.index_of(NormalizedName(project)) is index


def test_project_that_two_indexes_claim_is_refused_with_both() -> None:
    with pytest.raises(ClaimedTwiceError) as caught:
        ROUTER.index_of(NormalizedName("acme-legacy"))
    assert caught.value.message == "`acme-legacy` is claimed by 2 indexes"
    assert caught.value.details == ("`private` claims it by `acme-*`", "`team` claims it by `*-legacy`")
    assert caught.value.exit_code is ExitCode.CONFIGURATION


def test_project_that_no_index_serves_is_refused() -> None:
    router = replace(ROUTER, default=None)
    assert router.index_of(NormalizedName("acme-core")) is PRIVATE
    with pytest.raises(UnclaimedError, match="no index serves `requests`") as caught:
        router.index_of(NormalizedName("requests"))
    assert caught.value.exit_code is ExitCode.CONFIGURATION


PATTERNS = st.lists(st.from_regex(r"[ab*]{1,3}", fullmatch=True).map(NamePattern), min_size=1, max_size=3).map(tuple)
NAMES = st.from_regex(r"[ab]{1,4}", fullmatch=True).map(canonicalize_name)


@PROPERTY
@given(st.lists(PATTERNS, max_size=3), NAMES)
def test_every_project_has_one_index_or_an_error(patterns: list[tuple[NamePattern, ...]], project: str) -> None:
    claims = tuple(
        Claim(index=IndexName(identity=f"https://{number}.example/", name=str(number)), packages=packages)
        for number, packages in enumerate(patterns)
    )
    router, name = IndexRouter(default=PUBLIC, claims=claims), canonicalize_name(project)
    claiming = [each.index for each in claims if any(pattern.matches(name) for pattern in each.packages)]
    if len(claiming) > 1:
        with pytest.raises(ClaimedTwiceError):
            router.index_of(name)
    else:
        assert router.index_of(name) is (claiming[0] if claiming else PUBLIC)


LOCK = lock(
    pin("requests"),
    replace(pin("acme-core"), index=PRIVATE.identity),
    index=PUBLIC.identity,
    indexes={PRIVATE.identity: "https://acme.example/simple/"},
)


def misrouted(router: IndexRouter, of: object = LOCK) -> list[tuple[str, IndexName | None]]:
    return [(each.name, index) for each, index in router.misrouted(of)]  # type: ignore[arg-type]


def test_pins_where_they_belong_are_not_misrouted() -> None:
    assert misrouted(ROUTER) == []
    assert misrouted(replace(ROUTER, default=None)) == []
    assert misrouted(IndexRouter()) == []


def test_new_claim_concerns_the_pins_that_it_matches_alone() -> None:
    claims = (*ROUTER.claims, claim(IndexName(identity="https://new.example/", name="new"), "reque*", "urllib3"))
    assert misrouted(replace(ROUTER, claims=claims)) == [("requests", claims[-1].index)]
    assert misrouted(replace(ROUTER, claims=(*ROUTER.claims, claim(TEAM, "urllib3")))) == []


def test_claim_that_is_gone_sends_a_pin_back() -> None:
    router = IndexRouter(default=PUBLIC, claims=(claim(PRIVATE, "billing"),))
    assert misrouted(router) == [("acme-core", None)]
    assert misrouted(replace(router, default=None)) == [("acme-core", None)]


def test_other_default_concerns_what_nobody_claims() -> None:
    assert misrouted(replace(ROUTER, default=TEAM)) == [("requests", None)]


def test_pin_of_no_index_is_never_misrouted() -> None:
    tree = from_source("acme-tree", Tree(path="../libs/tree", digest=f"sha256:{'0' * 64}"))
    assert misrouted(ROUTER, lock(tree, index=PUBLIC.identity)) == []


def test_pin_of_another_index_is_told_with_both() -> None:
    requests, core = LOCK.pins
    assert locked_elsewhere(LOCK, requests, PRIVATE) == (
        "`requests` was locked from https://public.example/simple/, "
        "and the index `private` (codeartifact:acme/python) claims it"
    )
    assert locked_elsewhere(LOCK, core, None) == (
        "`acme-core` was locked from codeartifact:acme/python, and no index claims it now"
    )


def entry(name: str, **fields: str) -> IndexSettings:
    return IndexSettings(name=name, packages=(NamePattern(f"{name}-*"),), **fields)  # type: ignore[arg-type]


def test_routes_are_those_of_the_configuration() -> None:
    settings = Settings(
        root=Path(),
        index_url=PUBLIC.identity,
        region="eu-west-1",
        profile="dev",
        indexes=(
            entry("private", domain="acme", repository="python", domain_owner="111122223333"),
            entry("team", index_url="https://team.example/simple", region="us-east-1"),
        ),
    )
    router = index_router(settings)
    assert [(index.name, index.identity, index.region, index.profile) for index in router.indexes] == [
        ("", "https://public.example/simple/", "eu-west-1", "dev"),
        ("private", "codeartifact:111122223333/acme/python", "eu-west-1", "dev"),
        ("team", "https://team.example/simple/", "us-east-1", "dev"),
    ]
    assert router.index_of(NormalizedName("team-x")).name == "team"
    over = index_router(settings, index_url="https://mine.example/simple/")
    assert over.index_of(NormalizedName("requests")).identity == "https://mine.example/simple/"
    assert over.index_of(NormalizedName("team-x")).name == "team"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"index_url": "https://team.example/simple"}, "`team` is the same as the index of all other projects"),
        ({"indexes": (entry("one", index_url="https://team.example/simple"),)}, "`team` is the same as `one`"),
    ],
)
def test_index_that_is_named_twice_is_told(settings: dict[str, object], said: str) -> None:
    indexes = (*settings.get("indexes", ()), entry("team", index_url="https://team.example/simple/"))  # type: ignore[misc]
    with pytest.raises(SameIndexError, match=said) as caught:
        index_router(Settings(root=Path(), **{**settings, "indexes": indexes}))  # type: ignore[arg-type]
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    assert caught.value.hint
