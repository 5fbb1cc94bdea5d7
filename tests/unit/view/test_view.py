import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.errors import ExitCode
from ca_vendor.requirement import MetadataError
from ca_vendor.selection import ProjectMissingError
from ca_vendor.view import Hints, Policy, TargetView
from ca_vendor.view.crawl import TooManyVersionsError
from ca_vendor.view.view import MOST_VERSIONS
from tests.unit.view.index import MemoryIndex, eventually

FOO, ONE = NormalizedName("foo"), Version("1.0")


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex()


def crawl(view: TargetView, *requirements: str) -> None:
    view.crawl(("-r requirements.in", Requirement(text)) for text in requirements)


def test_view_has_only_versions_the_target_can_use(index: MemoryIndex) -> None:
    index.add("foo", "1.0")
    index.add("foo", "2.0", tag="cp313-cp313-manylinux_2_17_aarch64")
    index.add("foo", "3.0", requires_python=">=3.13")
    index.add("foo", "4.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    with index.view() as view:
        assert list(view.selection(FOO)) == [ONE]
        assert len(view.page(FOO).files) == 4


def test_page_and_metadata_are_fetched_once(index: MemoryIndex) -> None:
    index.add("foo", requires=["bar"])
    with index.view() as view:
        first = view.metadata(FOO, ONE)
        assert view.metadata(FOO, ONE) is first
        assert view.ask_metadata(FOO, ONE) is first
        view.selection(FOO)
    assert index.asked == ["foo", "foo-1.0-py3-none-any.whl"]
    assert first.requires_dist == ("bar",)


def test_hashes_limit_the_view(index: MemoryIndex) -> None:
    index.add("foo")
    index.add("bar")
    limits = {"foo": ["0" * 64]}
    policy = Policy(hashes=lambda name: limits.get(name, ()))
    with index.view(policy) as view:
        assert view.selection(FOO) == {}
        assert len(view.selection(NormalizedName("bar"))) == 1


def test_version_that_is_not_in_the_view_has_no_metadata(index: MemoryIndex) -> None:
    index.add("foo")
    with index.view() as view, pytest.raises(KeyError):
        view.metadata(FOO, Version("2.0"))


def test_failures_reach_whoever_asks(index: MemoryIndex) -> None:
    index.add("foo")
    index.errors["foo-1.0-py3-none-any.whl"] = MetadataError("foo.whl", "broken")
    with index.view() as view:
        with pytest.raises(MetadataError):
            view.metadata(FOO, ONE)
        with pytest.raises(ProjectMissingError):
            view.selection(NormalizedName("missing"))


def test_crawl_fetches_what_a_resolver_will_ask(index: MemoryIndex) -> None:
    index.add("foo", "1.0")
    index.add("foo", "2.0", ["bar[x]<3", "windows ; sys_platform == 'win32'", "baz ; python_version >= '3.12'"])
    index.add("bar", "2.0", ["qux ; extra == 'x'", "never ; extra == 'y'"], extras=["x", "y"])
    index.add("bar", "3.0", ["newer"])
    index.add("baz", "1.0", ["foo"])
    index.add("qux", "1.0", yanked="bad")
    index.add("qux", "0.9")
    with index.view() as view:
        crawl(view, "foo")
        expected = {f"{name}-py3-none-any.whl" for name in ("foo-2.0", "bar-2.0", "baz-1.0", "qux-0.9")}
        assert eventually(lambda: expected <= set(index.asked))
    assert set(index.asked) == expected | {"foo", "bar", "baz", "qux"}
    assert len(index.asked) == 8


def test_crawl_follows_an_extra_that_is_asked_for_later(index: MemoryIndex) -> None:
    index.add("foo", requires=["bar ; extra == 'x'"], extras=["x"])
    index.add("bar")
    with index.view() as view:
        crawl(view, "foo")
        assert eventually(lambda: "foo-1.0-py3-none-any.whl" in index.asked)
        crawl(view, "foo[x]")
        assert eventually(lambda: "bar-1.0-py3-none-any.whl" in index.asked)


def test_crawl_guesses_anew_when_a_requirement_narrows_the_choice(index: MemoryIndex) -> None:
    index.add("foo", "1.0")
    index.add("foo", "2.0")
    index.add("bar", "1.0", ["foo<2"])
    with index.view() as view:
        crawl(view, "foo", "bar")
        assert eventually(lambda: "foo-1.0-py3-none-any.whl" in index.asked)


def test_crawl_leaves_errors_to_the_resolver_and_goes_on(index: MemoryIndex) -> None:
    index.add("foo", requires=["missing", "broken", "odd ; 'x' in extras", "unusable", "last"])
    index.add("broken")
    index.add("unusable", tag="py2-none-any")
    index.add("last")
    index.errors["broken"] = OSError("no")
    with index.view() as view:
        crawl(view, "foo")
        assert eventually(lambda: "last-1.0-py3-none-any.whl" in index.asked)
        assert "odd" not in index.asked
        assert view.selection(NormalizedName("unusable")) == {}


def test_long_chain_of_requirements_is_followed_to_its_end(index: MemoryIndex) -> None:
    for number in range(400):
        index.add(f"p{number}", requires=[f"p{number + 1}"])
    index.add("p400")
    with index.view() as view:
        crawl(view, "p0")
        assert eventually(lambda: "p400-1.0-py3-none-any.whl" in index.asked)


def test_demands_tell_who_requires_what(index: MemoryIndex) -> None:
    index.add("foo", requires=["bar>=2 ; python_version >= '3'"])
    index.add("bar", "2.0")
    with index.view() as view:
        crawl(view, "foo", "bar<3")
        assert eventually(lambda: len(view.demands().get(NormalizedName("bar"), {})) == 2)
        demands = view.demands()[NormalizedName("bar")]
    assert {parent: str(requirement) for parent, requirement in demands.items()} == {
        "-r requirements.in": "bar<3",
        "foo==1.0": "bar>=2",
    }


def test_resolver_that_asks_for_very_many_versions_is_stopped_with_the_requirements_that_fight(
    index: MemoryIndex,
) -> None:
    for number in range(MOST_VERSIONS + 1):
        index.add("foo", f"{number}.0")
    index.add("bar", requires=["foo>5"])
    with index.view() as view:
        crawl(view, "foo<4", "bar")
        assert eventually(lambda: len(view.demands().get(FOO, {})) == 2)
        for number in range(MOST_VERSIONS):
            view.ask_metadata(FOO, Version(f"{number}.0"))
            view.ask_metadata(FOO, Version(f"{number}.0"))
        with pytest.raises(TooManyVersionsError, match=f"{MOST_VERSIONS + 1} versions of `foo`") as caught:
            view.ask_metadata(FOO, Version(f"{MOST_VERSIONS}.0"))
    assert caught.value.details == ("`-r requirements.in` requires `foo<4`", "`bar==1.0` requires `foo>5`")
    assert caught.value.exit_code is ExitCode.RESOLUTION


def test_version_that_may_not_be_locked_is_left_out_with_the_reason(index: MemoryIndex) -> None:
    index.add("foo", "1.0")
    index.add("foo", "2.0")
    policy = Policy(objection=lambda name, file: "too young" if f"{name}-2.0" in file.filename else "")
    with index.view(policy) as view:
        assert list(view.selection(FOO)) == [ONE]
        assert view.left_out(FOO) == {Version("2.0"): "too young"}
        with pytest.raises(KeyError):
            view.metadata(FOO, Version("2.0"))


@pytest.mark.parametrize(
    ("hints", "guessed"),
    [
        (Hints(), "3.0"),
        (Hints(preferred={FOO: Version("2.0")}), "2.0"),
        (Hints(constraints={FOO: SpecifierSet("<3")}), "2.0"),
        (Hints(preferred={FOO: Version("3.0")}, constraints={FOO: SpecifierSet("<2")}), "1.0"),
        (Hints(preferred={FOO: Version("2.5")}), "3.0"),
        (Hints(preferred={NormalizedName("bar"): Version("1.0")}), "3.0"),
    ],
)
def test_crawl_guesses_what_the_resolver_will_choose(index: MemoryIndex, hints: Hints, guessed: str) -> None:
    """Not merely the newest: a wheel may have to be downloaded for each guess."""
    for version in ("1.0", "2.0", "3.0"):
        index.add("foo", version)
    with index.view(hints=hints) as view:
        crawl(view, "foo")
        assert eventually(lambda: len(index.asked) == 2)
    assert index.asked == ["foo", f"foo-{guessed}-py3-none-any.whl"]
