from dataclasses import replace
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.config import BundleSettings, Settings
from ca_vendor.errors import ConfigurationError, InputError
from ca_vendor.lock import Lock
from ca_vendor.target import find_target
from ca_vendor.workflows.bundle_settings import (
    NoSuchBundleError,
    UnusableProviderError,
    with_additions,
    with_providers,
)
from ca_vendor.workflows.layers import Provider, changed_provisions, conflicts, in_order, providers_of
from ca_vendor.workflows.project import Bundle
from tests.unit.lock.locks import lock, pin

ARM, X86 = find_target("python3.12-arm64"), find_target("python3.12-x86_64")
FOO = NormalizedName("foo")


def bundle(name: str, *, by: str = "", users: tuple[str, ...] = (), file: str = "requirements.in") -> Bundle:
    return Bundle(name=name, requirements=Path("/p") / name / file, target=ARM, provided_by=by, users=users)


LAYER = bundle("shared", users=("Shared",))


def test_layers_come_before_what_they_provide_for() -> None:
    orders, reports = bundle("orders", by="shared"), bundle("reports")
    assert list(in_order([orders, LAYER, reports])) == [(LAYER, reports), (orders,)]
    assert providers_of([orders, reports], [orders, reports, LAYER]) == (LAYER,)
    assert providers_of([orders, LAYER], [orders, LAYER]) == ()
    assert providers_of([reports], [orders, reports, LAYER]) == ()


@pytest.mark.parametrize("name", ["shared", "Shared"])
def test_provider_is_named_by_its_bundle_or_its_layer(name: str) -> None:
    found = {each.name: each.provided_by for each in with_providers([bundle("orders", by=name), LAYER])}
    assert found == {"orders": "shared", "shared": ""}


@pytest.mark.parametrize(
    ("bundles", "error", "problem"),
    [
        ([bundle("orders", by="shard"), LAYER], NoSuchBundleError, "there is no bundle `shard`"),
        ([bundle("orders", by="orders")], UnusableProviderError, "which is itself"),
        ([bundle("orders", by="b"), bundle("b", by="shared"), LAYER], UnusableProviderError, "provides in turn"),
        (
            [bundle("orders", by="x86"), replace(bundle("x86"), target=X86)],
            UnusableProviderError,
            "is for python3.12-x",
        ),
    ],
)
def test_provider_that_cannot_be_is_refused(bundles: list[Bundle], error: type[Exception], problem: str) -> None:
    with pytest.raises(error) as caught:
        list(with_providers(bundles))
    assert isinstance(caught.value, InputError | ConfigurationError)
    assert problem in caught.value.message
    assert caught.value.hint


def add(entry: BundleSettings, *more: BundleSettings, to: Bundle = LAYER) -> Bundle:
    [changed] = with_additions([to], Settings(root=Path("/p"), bundles=(entry, *more)))
    return changed


def test_entry_adds_to_the_bundle_of_its_name() -> None:
    entry = BundleSettings(name="shared", extras=(FOO,), groups=(FOO,), provided_by="x", exclude=frozenset({FOO}))
    changed = add(
        entry, to=replace(bundle("shared", file="pyproject.toml"), exclude=frozenset({NormalizedName("bar")}))
    )
    assert (changed.extras, changed.groups, changed.provided_by) == ((FOO,), (FOO,), "x")
    assert changed.exclude == {"foo", "bar"}
    assert add(BundleSettings(requirements="a.in", target="t", name="shared")) == LAYER


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([BundleSettings(name="share")], "there is no bundle `share`, which `name`"),
        ([BundleSettings(name="shared"), BundleSettings(name="shared")], "two entries"),
        ([BundleSettings(name="shared", extras=(FOO,))], "has a requirements.in"),
    ],
)
def test_entry_that_adds_nothing_is_refused(entries: list[BundleSettings], problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        add(*entries)
    assert problem in caught.value.message


def test_demands_that_the_layer_does_not_satisfy_are_found() -> None:
    provider = Provider.of(lock(pin("foo", "2.0rc1"), pin("bar", "1.0")))
    demands = {
        FOO: {"-r requirements.in": Requirement("foo>=1"), "baz==1.0": Requirement("foo>=3")},
        NormalizedName("other"): {"-r requirements.in": Requirement("other>9")},
    }
    [conflict] = conflicts(demands, provider)
    assert conflict.message == "`baz==1.0` requires `foo>=3`, and `orders`, which provides it, has 2.0rc1"


def provided(**versions: str) -> Lock:
    return lock(pin("own"), provider="shared", provided={NormalizedName(n): Version(v) for n, v in versions.items()})


@pytest.mark.parametrize(
    ("own", "provider", "expected"),
    [
        (lock(pin("foo")), lock(pin("foo", "2.0")), []),
        (provided(foo="1.0"), lock(pin("foo"), pin("more")), []),
        (provided(foo="1.0"), None, ["`shared`, which provides for it, is not locked"]),
        (
            provided(foo="1.0"),
            lock(pin("foo", "2.0")),
            ["it was locked with `foo==1.0` of `shared`, which has 2.0 now"],
        ),
        (provided(foo="1.0"), lock(), ["it was locked with `foo==1.0` of `shared`, which has it no more"]),
        (provided(), lock(pin("own")), ["`own` is in `shared` too, which provides for it"]),
    ],
)
def test_disagreement_is_found_from_both_sides(own: Lock, provider: Lock | None, expected: list[str]) -> None:
    assert list(changed_provisions(own, provider)) == expected
