from dataclasses import replace

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ca_vendor.selection import (
    DistributionFile,
    Formats,
    ProjectMissingError,
    explain_version,
    listed_versions,
    newest_usable,
    select_files,
)
from ca_vendor.target import Glibc, find_target
from tests.unit.selection.pages import listed, page

ARM = find_target("python3.11-arm64")
ONE = Version("1.0")


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ("cp311-cp311-manylinux_2_28_aarch64", "needs glibc 2.28"),
        ("cp311-cp311-manylinux_2_28_aarch64.manylinux_2_31_aarch64", "needs glibc 2.28"),
        ("cp312-cp312-manylinux_2_17_aarch64", "is for cp312-cp312"),
        ("cp311-cp311-manylinux2014_x86_64", "is for manylinux2014_x86_64"),
        ("cp311-cp311-musllinux_1_2_aarch64", "is for musllinux_1_2_aarch64"),
        ("cp311-cp311-macosx_11_0_arm64", "is for macosx_11_0_arm64"),
        ("py2-none-any", "is for py2-none"),
    ],
)
def test_reason_names_what_is_in_the_way(tags: str, reason: str) -> None:
    [text] = explain_version(page([f"foo-1.0-{tags}.whl"]), ONE, ARM).reasons
    assert text == f"`foo-1.0-{tags}.whl` {reason}"


def test_legacy_name_tells_the_glibc_it_needs() -> None:
    ancient = replace(find_target("python3.9-x86_64"), glibc=Glibc(2, 10))
    [text] = explain_version(page(["foo-1.0-cp39-cp39-manylinux2014_x86_64.whl"]), ONE, ancient).reasons
    assert text.endswith("needs glibc 2.17")


def test_fitting_wheel_is_excluded_by_its_requires_python_or_by_hashes() -> None:
    files: list[DistributionFile | str] = [
        listed("foo-1.0-py3-none-any.whl", requires_python=">=3.12"),
        "foo-1.0-py2.py3-none-any.whl",
    ]
    assert explain_version(page(files), ONE, ARM).reasons == (
        "`foo-1.0-py2.py3-none-any.whl` is excluded by the hashes in requirements.in",
        "`foo-1.0-py3-none-any.whl` requires Python >=3.12",
    )


def test_most_promising_file_comes_first_and_the_sdist_last() -> None:
    files = [
        "foo-1.0.tar.gz",
        "foo-1.0-cp312-cp312-manylinux_2_17_aarch64.whl",
        "foo-1.0-cp311-cp311-win_arm64.whl",
        "foo-1.0-cp311-cp311-manylinux_2_31_aarch64.whl",
        "foo-2.0-py3-none-any.whl",
        "foo-1.0.exe",
    ]
    unavailable = explain_version(page(files), ONE, ARM)
    assert [reason.split("` ")[1] for reason in unavailable.reasons] == [
        "needs glibc 2.31",
        "is for win_arm64",
        "is for cp312-cp312",
        "is an sdist, excluded by `only-binary`",
    ]
    assert unavailable.has_sdist


def test_version_of_wheels_alone_has_no_sdist() -> None:
    assert not explain_version(page(["foo-1.0-py2-none-any.whl"]), ONE, ARM).has_sdist


def test_listed_versions_are_of_wheels_and_sdists_newest_first() -> None:
    files = ["foo-1.0.tar.gz", "foo-1!0.1-py3-none-any.whl", "foo-2.0-py2-none-any.whl", "bar-9.0-py3-none-any.whl"]
    assert listed_versions(page([*files, "foo-3.0.exe"])) == (Version("1!0.1"), Version("2.0"), ONE)


@pytest.mark.parametrize(
    ("versions", "specifier", "newest"),
    [
        (["1.0", "2.0"], "", "2.0"),
        (["1.0", "2.0"], "<2", "1.0"),
        (["1.0", "2.0rc1"], "", "1.0"),
        (["2.0rc1", "2.0a1"], "", "2.0rc1"),
        (["1.0", "2.0rc1"], ">=2.0rc1", "2.0rc1"),
        (["1.0", "1.0+cu121"], "==1.0", "1.0+cu121"),
        (["1.0"], ">1", None),
        ([], "", None),
    ],
)
def test_newest_usable_is_final_where_there_is_a_final_one(
    versions: list[str], specifier: str, newest: str | None
) -> None:
    selection = select_files(page(f"foo-{version}-py3-none-any.whl" for version in versions), ARM)
    expected = Version(newest) if newest else None
    assert newest_usable(selection, SpecifierSet(specifier) if specifier else None) == expected


def test_yanked_version_is_not_recommended() -> None:
    files: list[DistributionFile | str] = ["foo-1.0-py3-none-any.whl", listed("foo-2.0-py3-none-any.whl", yanked="")]
    assert newest_usable(select_files(page(files), ARM)) == ONE


@pytest.mark.parametrize(("parent", "details"), [("", ()), ("bar==1", ("`bar==1` requires it",))])
def test_missing_project_says_who_requires_it(parent: str, details: tuple[str, ...]) -> None:
    error = ProjectMissingError("foo", "https://index.example/simple/", required_by=parent)
    assert error.details == details
    assert "`foo`" in error.message


@pytest.mark.parametrize(
    ("file", "formats", "reason"),
    [
        ("foo-1.0.tar.gz", Formats(), "is an sdist of what is compiled"),
        (listed("foo-1.0.tar.gz", requires_python=">=3.13"), Formats(), "requires Python >=3.13"),
        ("foo-1.0.tar.gz", Formats(no_binary=frozenset({"foo"})), "is excluded by the hashes in requirements.in"),
        ("foo-1.0-py3-none-any.whl", Formats(no_binary=frozenset({"foo"})), "is a wheel, excluded by `no-binary`"),
    ],
)
def test_what_is_in_the_way_of_a_file(file: DistributionFile | str, formats: Formats, reason: str) -> None:
    [told] = explain_version(page([file]), ONE, ARM, formats=formats).reasons

    assert told.split("` ", 1)[1] == reason
