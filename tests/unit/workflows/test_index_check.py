import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ca_vendor.errors import IndexUnavailableError
from ca_vendor.lock import Lock, Tree
from ca_vendor.workflows.index_check import check_online
from ca_vendor.workflows.project import Bundle
from tests.distributions import build_wheel
from tests.loopback import Loopback, Received, Reply
from tests.unit.lock.locks import from_source
from tests.unit.workflows.projects import Workplace

FOO, BAR = "foo-1.0-py3-none-any.whl", "bar-1.0-py3-none-any.whl"
RELOCK_FOO, RELOCK_BAR = (f"ca-vendor lock --upgrade-package {name}" for name in ("foo", "bar"))


@dataclass
class Index:
    """An index on loopback, with the pages that a test gives it."""

    server: Loopback
    pages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.server.url}simple/"

    def names(self) -> list[str]:
        """Return the projects that were asked for."""
        return sorted(path.split("/")[2] for path in self.server.paths)


def serving() -> Index:
    def answer(request: Received) -> Reply:
        files = index.pages.get(request.path.split("/")[2])
        if files is None:
            return Reply(status=404)
        body = json.dumps({"meta": {"api-version": "1.0"}, "files": files}).encode()
        return Reply(body=body, headers={"Content-Type": "application/json"})

    index = Index(Loopback(answer))
    return index


@dataclass
class Online:
    """A locked bundle of ``foo`` and ``bar``, its index, and another index."""

    place: Workplace
    bundle: Bundle
    lock: Lock
    index: Index
    other: Index

    def found(self, *, claims: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
        session = self.place.session(index=self.index.url, claims=claims)
        return [(each.bundle, each.problem, each.mend) for each in check_online(session, [self.bundle])]

    def relock(self, **changes: object) -> None:
        self.lock = replace(self.lock, **changes)  # type: ignore[arg-type]
        self.place.write_lock(self.lock)

    def move(self, name: str) -> None:
        """Let a pin come from the other index."""
        pins = tuple(replace(pin, index=self.other.url) if pin.name == name else pin for pin in self.lock.pins)
        self.relock(pins=pins, indexes={self.other.url: self.other.url})
        self.other.pages[name] = self.index.pages.pop(name)


@pytest.fixture
def online(place: Workplace) -> Iterator[Online]:
    index, other = serving(), serving()
    with index.server, other.server:
        wheels = [build_wheel(place.wheels, "foo", "1.0", requires=["bar"]), build_wheel(place.wheels, "bar", "1.0")]
        bundle = place.bundle()
        lock = place.lock(bundle, *wheels, index=index.url)
        for pin in lock.pins:
            file = {"filename": pin.file.filename, "url": pin.file.filename, "hashes": {"sha256": pin.file.sha256}}
            index.pages[pin.name] = [file]
        yield Online(place, bundle, lock, index, other)


def test_index_that_still_has_what_is_locked(online: Online) -> None:
    assert online.found() == []
    assert online.index.names() == ["bar", "foo"]
    assert online.other.names() == []


def test_file_of_an_index_without_hashes(online: Online) -> None:
    online.index.pages["foo"][0]["hashes"] = {}
    assert online.found() == []


def test_file_that_was_yanked(online: Online) -> None:
    online.index.pages["foo"][0]["yanked"] = "leaks\n secrets"
    online.index.pages["bar"][0]["yanked"] = True
    assert online.found() == [
        ("orders", f"`{BAR}` was yanked", RELOCK_BAR),
        ("orders", f"`{FOO}` was yanked: leaks secrets", RELOCK_FOO),
    ]


def test_file_that_is_gone(online: Online) -> None:
    online.index.pages["foo"][0]["filename"] = "foo-2.0-py3-none-any.whl"
    del online.index.pages["bar"]
    url = online.index.url
    assert online.found() == [
        ("orders", f"there is no project `bar` on {url} any more", RELOCK_BAR),
        ("orders", f"{url} does not list `{FOO}` any more", RELOCK_FOO),
    ]


def test_file_that_was_published_anew(online: Online) -> None:
    online.index.pages["foo"][0]["hashes"] = {"sha256": "0" * 64}
    [(_, problem, mend)] = online.found()
    then = next(pin.file.sha256[:12] for pin in online.lock.pins if pin.name == "foo")
    assert problem == f"{online.index.url} lists `{FOO}` with sha256 000000000000…, and {then}… was locked"
    assert mend == f"find out who changed it, then {RELOCK_FOO}"


def test_private_project_that_another_index_has_too(online: Online) -> None:
    online.move("foo")
    claims = {"fo*": online.other.url}
    assert online.found(claims=claims) == []
    assert online.index.names() == ["bar", "foo"]
    online.index.pages["foo"] = []
    assert online.found(claims=claims) == []
    online.index.pages["foo"] = [{"filename": "foo-99.0.tar.gz", "url": "x", "hashes": {}}]
    [(bundle, problem, mend)] = online.found(claims=claims)
    whose = f"`foo` comes from the index `index-0` ({online.other.url})"
    assert (bundle, problem) == ("", f"{whose}, and {online.index.url} has a project of that name too")
    assert mend == "find out whose it is; if both are meant, set `private = false` for `index-0`"


def test_projects_that_are_meant_to_be_on_both(online: Online) -> None:
    online.move("foo")
    online.index.pages["foo"] = online.other.pages["foo"]
    session = online.place.session(index=online.index.url, claims={"fo*": online.other.url})
    [claim] = session.router.claims
    session.router = replace(session.router, claims=(replace(claim, is_private=False),))
    assert check_online(session, [online.bundle]) == []
    assert online.index.names() == ["bar"]


def test_name_of_no_private_project_is_asked_of_no_other_index(online: Online) -> None:
    assert online.found(claims={"acme-*": online.other.url}) == []
    assert online.other.names() == []


def test_pin_of_another_index_than_configured_is_asked_of_none(online: Online) -> None:
    """The offline check tells of it; its name may be private now."""
    assert online.found(claims={"fo*": online.other.url}) == []
    assert (online.index.names(), online.other.names()) == (["bar"], [])


def test_pin_that_no_index_offers_is_asked_of_none(online: Online) -> None:
    online.relock(pins=(from_source("tree", Tree(path="../libs/tree", digest=f"sha256:{'0' * 64}")),))
    assert online.found() == []
    assert online.index.names() == []


@pytest.mark.parametrize("text", [None, "<<<<<<< HEAD\n"])
def test_lock_that_is_missing_or_broken_is_the_offline_check_s(online: Online, text: str | None) -> None:
    path = online.place.project.lock_path("orders")
    path.unlink()
    if text is not None:
        path.write_text(text)
    assert online.found() == []


def test_index_that_cannot_be_asked_is_no_difference(online: Online, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CA_VENDOR_TIMEOUT", "1")
    online.index.server.answer = lambda _: Reply(status=503)
    with pytest.raises(IndexUnavailableError):
        online.found()
    assert online.place.notes.lines[-1] == "end"
