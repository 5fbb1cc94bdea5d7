import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock
from packaging.utils import canonicalize_name
from packaging.version import Version

from ca_vendor.errors import ExitCode
from ca_vendor.lock import (
    LOCK_NAME,
    Archive,
    Build,
    BuildRequirement,
    Checkout,
    InvalidLockError,
    Lock,
    LockedFile,
    Missing,
    Sdist,
    Tree,
    parse_lock,
    render_lock,
)
from ca_vendor.target import TargetDescription, find_target, known_target_names
from tests.unit.lock.locks import INDEX, from_source, lock, pin
from tests.unit.properties import PROPERTY

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PATH = Path("vendor/pylock.orders.toml")
UPLOADED = datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=timezone.utc)
FULL = lock(
    pin("foo", "1!2.0+cu121", requires=("bar",), origins=("-c limits.txt", "-r requirements.in")),
    pin("foo-bar", size=123, upload_time=UPLOADED),
)

PRIVATE, ELSEWHERE = "codeartifact:acme/python", "https://acme.example/simple/"
TWO_INDEXES = lock(pin("bar"), replace(pin("foo"), index=PRIVATE), indexes={PRIVATE: ELSEWHERE})

BUILD = Build(
    builder="host",
    requirements=(BuildRequirement(name=canonicalize_name("hatchling"), version=Version("1.27.0"), sha256="b" * 64),),
)


def archive(filename: str, **fields: Any) -> LockedFile:
    return LockedFile(**{"filename": filename, "url": f"{INDEX}{filename}", "sha256": "a" * 64, **fields})


LEFT_OUT = lock(
    pin("foo"),
    extras=(canonicalize_name("fast"),),
    groups=(canonicalize_name("lambda"),),
    exclude=(canonicalize_name("boto3"),),
    missing=(Missing(required_by="foo==1.0", requirement="boto3[crt]>=1.40"),),
    provider="shared",
    provided={canonicalize_name("bar"): Version("1!2.0+cu121")},
)

FOUND = "found-1.0-py3-none-any.whl"
CHECKOUT = Checkout(url="https://host/x.git", commit="c" * 40, revision="main", subdirectory="a")
SOURCES = (
    from_source("built", Sdist(file=archive("built-1.0.tar.gz", size=5, upload_time=UPLOADED)), BUILD),
    from_source(
        "checkout", Checkout(url="https://host/x.git", commit="c" * 40, revision="main", subdirectory="a"), BUILD
    ),
    from_source(
        "found",
        Archive(file=archive("found-1.0-py3-none-any.whl", url=None), path="../wheels/found-1.0-py3-none-any.whl"),
    ),
    from_source("linked", Archive(file=archive("linked.zip"), subdirectory="python"), Build(builder="container")),
    from_source("tree", Tree(path="../libs/tree", digest=f"sha256:{'d' * 64}"), BUILD),
)


@pytest.mark.parametrize(
    "original",
    [
        lock(),
        FULL,
        lock(pin("foo", url="https://index.example/simple/foo/1.0/foo-1.0-py3-none-any.whl?x=%20")),
        lock(pin("foo"), index="codeartifact:acme/python"),
        TWO_INDEXES,
        lock(replace(pin("foo"), index=PRIVATE), index="", index_url="", indexes={PRIVATE: ELSEWHERE}),
        lock(
            target=find_target(
                "python3.15-x86_64",
                described={"python3.15-x86_64": TargetDescription(python_full_version="3.15.2", glibc="2.39")},
            )
        ),
        lock(requirements='../söme "dir"/requirements.in'),
        lock(*SOURCES),
        LEFT_OUT,
    ],
    ids=[
        "empty",
        "full",
        "quoted-url",
        "codeartifact",
        "two-indexes",
        "no-default",
        "described-target",
        "odd-path",
        "sources",
        "left-out",
    ],
)
def test_lock_is_read_back_as_it_was_written(original: Lock) -> None:
    assert parse_lock(render_lock(original), path=PATH) == original


PROJECTS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True).map(canonicalize_name)
VERSIONS = st.sampled_from(["0", "1.0", "1!2.0", "1.0+cu121", "2.0rc1", "1.0.post1.dev3", "2024.1.1"])
TIMES = st.none() | st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(timezone.utc))


@st.composite
def locks(draw: st.DrawFn) -> Lock:
    names = sorted(draw(st.sets(PROJECTS, max_size=5)))
    pins = [
        pin(
            name,
            draw(VERSIONS),
            requires=tuple(sorted(draw(st.sets(st.sampled_from(names), max_size=3)))),
            origins=tuple(draw(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=2))),
            size=draw(st.none() | st.integers(0, 2**40)),
            upload_time=draw(TIMES),
        )
        for name in names
    ]
    text = st.text(st.characters(codec="utf-8"), max_size=8)
    target = find_target(draw(st.sampled_from(known_target_names())))
    fields = {
        "provider": draw(text),
        "provided": draw(st.dictionaries(PROJECTS, VERSIONS.map(Version), max_size=3)),
        "exclude": tuple(sorted(draw(st.sets(PROJECTS, max_size=2)))),
        "extras": tuple(sorted(draw(st.sets(PROJECTS, max_size=2)))),
        "groups": tuple(sorted(draw(st.sets(PROJECTS, max_size=2)))),
        "missing": tuple(draw(st.lists(st.builds(Missing, required_by=text, requirement=text), max_size=2))),
    }
    return lock(*pins, target=target, requirements=draw(text), index=draw(text), input_digest=draw(text), **fields)


@PROPERTY
@given(locks())
def test_any_lock_is_read_back_as_it_was_written(original: Lock) -> None:
    text = render_lock(original)
    assert parse_lock(text, path=PATH) == original
    assert render_lock(parse_lock(text, path=PATH)) == text


def test_package_names_the_index_that_it_comes_from() -> None:
    document = Pylock.from_dict(tomllib.loads(render_lock(TWO_INDEXES)))
    assert [(package.name, package.index) for package in document.packages] == [("bar", INDEX), ("foo", ELSEWHERE)]
    read = parse_lock(render_lock(TWO_INDEXES), path=PATH)
    assert [read.index_of(pin) for pin in read.pins] == [INDEX, PRIVATE]
    assert [read.index_url_of(pin) for pin in read.pins] == [INDEX, ELSEWHERE]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda document: document["tool"]["ca-vendor"].pop("indexes"),
        lambda document: document["tool"]["ca-vendor"].update(indexes=[PRIVATE]),
        lambda document: document["tool"]["ca-vendor"].update(indexes={PRIVATE: 1}),
        lambda document: document["packages"][1]["tool"]["ca-vendor"].update(index="https://evil.example/"),
        lambda document: document["packages"][1]["tool"]["ca-vendor"].update(index=1),
    ],
    ids=["no-indexes", "no-table", "no-url", "none-of-them", "no-text"],
)
def test_pin_of_an_index_that_the_lock_does_not_name_is_refused(tamper: Callable[[dict[str, Any]], None]) -> None:
    document = tomllib.loads(render_lock(TWO_INDEXES))
    tamper(document)
    with pytest.raises(InvalidLockError):
        parse_lock(tomli_w.dumps(document), path=PATH)


def test_lock_is_valid_for_other_tools() -> None:
    document = Pylock.from_dict(tomllib.loads(render_lock(FULL)))
    document.validate()
    assert str(document.lock_version) == "1.0"
    assert document.created_by == "ca-vendor"
    assert document.requires_python == "==3.12.*"
    assert [str(marker) for marker in document.environments or []] == [
        'sys_platform == "linux" and platform_machine == "aarch64"'
    ]
    first, second = document.packages
    assert (first.name, str(first.version), first.index) == ("foo", "1!2.0+cu121", INDEX)
    assert first.dependencies == [{"name": "bar"}]
    assert second.wheels is not None
    assert second.wheels[0].size == 123
    assert second.wheels[0].upload_time == UPLOADED


def test_lock_file_is_named_after_its_bundle() -> None:
    match = LOCK_NAME.fullmatch("pylock.orders.toml")
    assert match is not None
    assert match[1] == "orders"
    assert not LOCK_NAME.fullmatch("pylock.toml")
    assert not LOCK_NAME.fullmatch("pylock.a.b.toml")


def change(*path: str | int, to: Any = None) -> Callable[[dict[str, Any]], None]:
    """Replace a value in a lock's document; remove it where ``to`` is left out."""

    def apply(document: dict[str, Any]) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        if to is None:
            del place[path[-1]]
        else:
            place[path[-1]] = to

    return apply


@pytest.mark.parametrize(
    ("name", "tamper"),
    [
        ("built", change("packages", 0, "sdist", "name", to="other-1.0.tar.gz")),
        ("built", change("packages", 0, "sdist", "hashes", to={"md5": "0" * 32})),
        ("built", change("packages", 0, "sdist", "url", to="ftp://host/built-1.0.tar.gz")),
        ("built", change("packages", 0, "tool", "ca-vendor", "wheel")),
        ("built", change("packages", 0, "tool", "ca-vendor", "wheel", "name", to="other-1.0-py3-none-any.whl")),
        ("built", change("packages", 0, "tool", "ca-vendor", "wheel", "name", to="../built-1.0-py3-none-any.whl")),
        ("built", change("packages", 0, "tool", "ca-vendor", "wheel", "sha256", to="x")),
        ("built", change("packages", 0, "tool", "ca-vendor", "build-requirements")),
        ("built", change("packages", 0, "tool", "ca-vendor", "build-requirements", 0, "version", to="x y")),
        ("checkout", change("packages", 0, "vcs", "type", to="hg")),
        ("checkout", change("packages", 0, "vcs", "commit-id", to="main")),
        ("linked", change("packages", 0, "archive", "url", to="file:///x.zip")),
        ("tree", change("packages", 0, "tool", "ca-vendor", "digest", to="md5:0")),
    ],
)
def test_source_that_cannot_be_used_is_refused(name: str, tamper: Callable[[dict[str, Any]], None]) -> None:
    [source] = [pin for pin in SOURCES if pin.name == name]
    document = tomllib.loads(render_lock(lock(source)))
    tamper(document)
    with pytest.raises(InvalidLockError):
        parse_lock(tomli_w.dumps(document), path=PATH)


WHEEL = ("packages", 0, "wheels", 0)
OWN = ("tool", "ca-vendor")


@pytest.mark.parametrize(
    "tamper",
    [
        change("lock-version"),
        change("lock-version", to="2.0"),
        change("lock-version", to=1),
        change("packages", to="none"),
        change("packages", 0, "name", to="Foo_Bar"),
        change("packages", 0, "name", to="bar"),
        change("packages", 0, "version"),
        change("packages", 0, "version", to="2.0"),
        change("packages", 0, "version", to="nonsense"),
        change("packages", 0, "version", to="9" * 5000),
        change("packages", 0, "wheels", to=[]),
        change("packages", 0, "tool", to={"ca-vendor": "x"}),
        change("packages", 0, "tool", to={"ca-vendor": {"origins": 3}}),
        change("packages", 0, "dependencies", to=[{"version": "1"}]),
        change("packages", 0, "dependencies", to=["bar"]),
        change(*WHEEL, "hashes", to={}),
        change(*WHEEL, "hashes", to={"md5": "0" * 32}),
        change(*WHEEL, "hashes", to={"sha256": "0" * 63}),
        change(*WHEEL, "hashes", to={"sha256": "A" * 64}),
        change(*WHEEL, "hashes", to={"sha256": 0}),
        change(*WHEEL, "url"),
        change(*WHEEL, "url", to="file:///etc/passwd"),
        change(*WHEEL, "url", to="https://[x/foo.whl"),
        change(*WHEEL, "url", to=""),
        change(*WHEEL, "name"),
        change(*WHEEL, "name", to="foo-1.0.tar.gz"),
        change(*WHEEL, "name", to="foo-2.0-py3-none-any.whl"),
        change(*WHEEL, "name", to="foo-1!2.0+cu121-py3-none-any/../../../evil.whl"),
        change(*WHEEL, "name", to="foo-1!2.0+cu121-py3-none-any/evil.whl"),
        change(*WHEEL, "name", to="foo-1!2.0+cu121-py3-none-any\\evil.whl"),
        change(*WHEEL, "name", to="../foo-1!2.0+cu121-py3-none-any.whl"),
        change(*WHEEL, "size", to="big"),
        change(*WHEEL, "size", to=True),
        change(*WHEEL, "upload-time", to="yesterday"),
        change("tool"),
        change("tool", to={"other": {}}),
        change(*OWN, to="x"),
        change(*OWN, "bundle"),
        change(*OWN, "input-digest"),
        change(*OWN, "index-url"),
        change(*OWN, "requirements", to=7),
        change(*OWN, "target", to="python2.7-arm64"),
        change(*OWN, "target", to="python3.13-arm64"),
        change(*OWN, "glibc", to="new"),
        change(*OWN, "python-full-version", to="3.12"),
        change(*OWN, "extras", to="fast"),
        change(*OWN, "groups", to=[1]),
        change(*OWN, "exclude", to={"a": 1}),
        change(*OWN, "provided-by", to=3),
        change(*OWN, "provided", to=[]),
        change(*OWN, "provided", to={"foo": "new"}),
        change(*OWN, "missing", to="x"),
        change(*OWN, "missing", to=[{"required-by": "x"}]),
    ],
    ids=lambda change: "-".join(map(str, change.__closure__[0].cell_contents))[-40:],
)
def test_tampered_lock_is_refused(tamper: Callable[[dict[str, Any]], None]) -> None:
    document = tomllib.loads(render_lock(FULL))
    tamper(document)
    with pytest.raises(InvalidLockError, match=r"`vendor/pylock\.orders\.toml` cannot be read as a lock") as caught:
        parse_lock(tomli_w.dumps(document), path=PATH)
    assert caught.value.exit_code is ExitCode.STALE
    assert "ca-vendor lock" in caught.value.hint


def test_second_wheel_of_a_pin_is_refused() -> None:
    document = tomllib.loads(render_lock(lock(pin("foo"))))
    document["packages"][0]["wheels"] *= 2
    with pytest.raises(InvalidLockError, match="`foo` has 2 wheels"):
        parse_lock(tomli_w.dumps(document), path=PATH)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "lock-version"),
        ("<<<<<<< HEAD\n", "it is not TOML"),
        ("a = " + "[" * 10_000, "it is not TOML"),
    ],
    ids=["empty", "merge-conflict", "deep"],
)
def test_what_is_no_lock_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidLockError) as caught:
        parse_lock(text, path=PATH)
    assert problem in caught.value.problem


def test_lock_of_another_tool_is_refused() -> None:
    text = 'lock-version = "1.0"\ncreated-by = "pip"\npackages = []\n'
    with pytest.raises(InvalidLockError, match="it was not written by ca-vendor"):
        parse_lock(text, path=PATH)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4) | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "ca-vendor", "origins", "x"]), inner)
    ),
    max_leaves=4,
).filter(lambda value: value is not None)


@PROPERTY
@given(st.data())
def test_any_document_is_a_lock_or_an_invalid_one(data: st.DataObject) -> None:
    document: Any = tomllib.loads(render_lock(FULL))
    place = document
    while isinstance(place, (dict, list)) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(place[key], (dict, list)):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    with suppress(InvalidLockError):
        parse_lock(_dumped(document), path=PATH)


def _dumped(document: dict[str, Any]) -> str:
    try:
        return tomli_w.dumps(document)
    except (TypeError, ValueError):
        return ""


@PROPERTY
@given(st.text(max_size=60))
def test_any_text_is_an_invalid_lock(text: str) -> None:
    with pytest.raises(InvalidLockError):
        parse_lock(text, path=PATH)
