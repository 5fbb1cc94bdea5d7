"""pip-compile and uv, unmodified, behind the view of an index in memory."""

import threading
from collections.abc import Iterator

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.errors import IndexUnavailableError
from ca_vendor.resolver import Resolution, ResolverFailedError, ResolverName, Seeds, resolve
from ca_vendor.view import serve_view
from tests.unit.view.index import MemoryIndex


@pytest.fixture(params=ResolverName, ids=lambda name: name.value)
def name(request: pytest.FixtureRequest) -> ResolverName:
    found: ResolverName = request.param
    return found


@pytest.fixture
def index() -> MemoryIndex:
    """Projects whose newest files are not the target's, and whose markers are not the host's."""
    index = MemoryIndex()
    index.add("Foo.Bar", "1.0+cu121", ["baz[x]>=1 ; platform_machine == 'aarch64'", "never ; os_name == 'nt'"])
    index.add("Foo.Bar", "2.0", tag="cp313-cp313-manylinux_2_17_aarch64")
    index.add("baz", "1.0", ["qux ; extra == 'X'"], extras=["X"])
    index.add("baz", "1.5", ["qux ; extra == 'X'"], extras=["X"])
    index.add("baz", "2.0rc1")
    index.add("baz", "9.0", requires_python=">=3.13")
    index.add("qux", "1!1.0", requires_python=">=3.12,<3.13")
    return index


def resolved(
    name: ResolverName,
    index: MemoryIndex,
    *requirements: str,
    constraints: tuple[str, ...] = (),
    prereleases: bool = False,
    seeds: Seeds | None = None,
) -> dict[NormalizedName, Version]:
    with index.view() as view, serve_view(view) as served:
        task = Resolution(
            index_url=served.url,
            requirements=requirements,
            constraints=constraints,
            allow_prereleases=prereleases,
            seeds=seeds or Seeds(),
            abort=served.failed.is_set,
        )
        try:
            pins = resolve(name, task)
        except ResolverFailedError as error:
            raise served.failure or error from None
    return {NormalizedName(project): Version(version) for project, version in pins.items()}


FOO_BAR, BAZ, QUX = NormalizedName("foo-bar"), NormalizedName("baz"), NormalizedName("qux")


def test_target_decides_whatever_the_host_is(name: ResolverName, index: MemoryIndex) -> None:
    expected = {FOO_BAR: Version("1.0+cu121"), BAZ: Version("1.5"), QUX: Version("1!1.0")}
    assert resolved(name, index, "foo-bar") == expected


def test_constraints_prereleases_and_earlier_pins_are_honoured(name: ResolverName, index: MemoryIndex) -> None:
    assert resolved(name, index, "baz", prereleases=True) == {BAZ: Version("2.0rc1")}
    assert resolved(name, index, "baz", constraints=("baz<1.5", "unused>5")) == {BAZ: Version("1.0")}
    kept = Seeds(pins={BAZ: Version("1.0")})
    assert resolved(name, index, "baz", seeds=kept) == {BAZ: Version("1.0")}
    assert resolved(name, index, "baz", seeds=Seeds(pins=kept.pins, upgrade=(BAZ,))) == {BAZ: Version("1.5")}


def test_conflict_is_told_with_who_requires_what(name: ResolverName, index: MemoryIndex) -> None:
    index.add("baz", "0.5")
    with pytest.raises(ResolverFailedError, match="the requirements contradict each other") as caught:
        resolved(name, index, "foo-bar", "baz<1")
    told = " ".join(caught.value.causes)
    assert "baz" in told
    assert "foo-bar" in told
    assert "127.0.0.1" not in caught.value.output


def test_failure_of_the_index_ends_the_resolver_with_that_reason(name: ResolverName, index: MemoryIndex) -> None:
    index.errors["baz"] = error = IndexUnavailableError("down")
    with pytest.raises(IndexUnavailableError) as caught:
        resolved(name, index, "foo-bar")
    assert caught.value is error


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert not [thread for thread in threading.enumerate() if thread.name == "view-server"]
