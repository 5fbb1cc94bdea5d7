import pytest
from packaging.requirements import Requirement

from ca_vendor.errors import CaVendorError, ResolutionError, TargetError
from ca_vendor.resolver import ResolverFailedError
from ca_vendor.selection import ProjectMissingError
from ca_vendor.view import Policy
from ca_vendor.workflows.explain import NoSuchVersionError, NotOldEnoughError, NoUsableFileError, explain_failure
from tests.unit.view.index import MemoryIndex, eventually

FAILED = ResolverFailedError("pip-compile", (), "output")


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex()


def explained(index: MemoryIndex, *requirements: str, parents: int = 0, policy: Policy | None = None) -> CaVendorError:
    """Return why requirements have no solution; wait until those of others are known."""
    with index.view(policy) as view:
        view.crawl(("-r requirements.in", Requirement(text)) for text in requirements)
        assert eventually(lambda: len(view.demands()) == len(requirements) + parents)
        return explain_failure(FAILED, view, {})


def test_project_that_is_missing_is_told_with_who_requires_it(index: MemoryIndex) -> None:
    index.add("foo", requires=["missing"])
    reason = explained(index, "foo", parents=1)
    assert isinstance(reason, ProjectMissingError)
    assert reason.required_by == "foo==1.0"
    assert reason.details == ("`foo==1.0` requires it",)


def test_version_that_does_not_exist_is_told_with_the_newest_that_do(index: MemoryIndex) -> None:
    for version in ("1.0", "2.0", "3.0", "4.0"):
        index.add("foo", version)
    reason = explained(index, "foo>=5")
    assert isinstance(reason, NoSuchVersionError)
    assert isinstance(reason, ResolutionError)
    assert "`foo>=5`, which `-r requirements.in` requires" in reason.message
    assert reason.details == ("newest there: 4.0, 3.0, 2.0",)


def test_version_without_a_fitting_file_is_told_with_one_that_fits(index: MemoryIndex) -> None:
    index.add("foo", "1.0")
    index.add("foo", "2.0", tag="cp313-cp313-manylinux_2_17_aarch64")
    reason = explained(index, "foo>=2")
    assert isinstance(reason, NoUsableFileError)
    assert isinstance(reason, TargetError)
    assert reason.message == "no file of `foo==2.0` fits python3.12-arm64 (glibc 2.34)"
    assert reason.details == ("`foo-2.0-cp313-cp313-manylinux_2_17_aarch64.whl` is for cp313-cp313",)
    assert reason.hint == "`foo==1.0` fits; require that, or move the function to python3.13"


def test_dependency_without_a_fitting_file_is_told_with_who_requires_it(index: MemoryIndex) -> None:
    index.add("bar", requires=["foo"])
    index.add("foo", "2.0", tag="cp312-cp312-win_amd64")
    reason = explained(index, "bar", parents=1)
    assert reason.message.startswith("no file of `foo==2.0`, which `bar==1.0` requires, fits")
    assert reason.hint == "ask its maintainer for a wheel, or publish one to your repository"


def test_many_files_that_do_not_fit_are_told_in_part(index: MemoryIndex) -> None:
    for minor in range(10):
        index.add("foo", "1.0", tag=f"cp3{minor}-cp3{minor}-win_amd64")
    reason = explained(index, "foo")
    assert len(reason.details) == 7
    assert reason.details[-1] == "and 4 more"


def test_conflict_is_what_the_resolver_says(index: MemoryIndex) -> None:
    index.add("foo")
    assert explained(index, "foo") is FAILED


def young(*filenames: str) -> Policy:
    """Return a policy by which some files are too young."""
    return Policy(objection=lambda _, file: "too young" if file.filename.startswith(filenames) else "")


def test_versions_that_are_all_too_young_are_told_with_their_age(index: MemoryIndex) -> None:
    for version in ("1.0", "2.0", "2.1"):
        index.add("foo", version)
    reason = explained(index, "foo>=2", policy=young("foo-2"))
    assert isinstance(reason, NotOldEnoughError)
    assert isinstance(reason, ResolutionError)
    assert reason.message == "no version that satisfies `foo>=2`, which `-r requirements.in` requires, is old enough"
    assert reason.details == ("`foo==2.1`: too young", "`foo==2.0`: too young")
    assert "`minimum-age-except`" in reason.hint


def test_conflict_is_told_with_what_was_left_out(index: MemoryIndex) -> None:
    for version in ("1.0", "2.0"):
        index.add("foo", version)
    failed = ResolverFailedError("pip-compile", ("one", "two"), "output")
    with index.view(young("foo-2")) as view:
        view.crawl([("-r requirements.in", Requirement("foo"))])
        assert eventually(lambda: len(view.demands()) == 1)
        assert explain_failure(failed, view, {}) is failed
    assert failed.details == ("one", "two", "`foo==2.0` was left out: too young")
