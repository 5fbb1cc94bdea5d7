import random

import pytest
from packaging.version import Version

from ca_vendor.selection import ALL, DistributionFile, Formats, UseWheel, select_files, tag_rank
from ca_vendor.selection.select import python_fits
from ca_vendor.target import find_target
from tests.unit.selection.pages import listed, page

ARM = find_target("python3.12-arm64")
INTEL = find_target("python3.11-x86_64")
ANY = "foo-1.0-py3-none-any.whl"
NATIVE = "foo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"


def chosen(*files: DistributionFile | str, version: str = "1.0") -> str | None:
    use = select_files(page(files), INTEL).get(Version(version))
    return use.file.filename if use else None


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (NATIVE, ANY),
        (NATIVE, "foo-1.0-cp38-abi3-manylinux2014_x86_64.whl"),
        ("foo-1.0-cp38-abi3-manylinux2014_x86_64.whl", ANY),
        ("foo-1.0-cp311-cp311-manylinux_2_26_x86_64.whl", "foo-1.0-cp311-cp311-manylinux1_x86_64.whl"),
        ("foo-1.0-cp311-abi3-manylinux2014_x86_64.whl", "foo-1.0-cp38-abi3-manylinux2014_x86_64.whl"),
        ("foo-1.0-2-py3-none-any.whl", "foo-1.0-1-py3-none-any.whl"),
        ("foo-1.0-10-py3-none-any.whl", "foo-1.0-9-py3-none-any.whl"),
        ("foo-1.0-1-py3-none-any.whl", ANY),
        ("foo-1.0-1b-py3-none-any.whl", "foo-1.0-1a-py3-none-any.whl"),
        (NATIVE, "foo-1.0-99-py3-none-any.whl"),
    ],
)
def test_preferred_file_wins_in_either_order(better: str, worse: str) -> None:
    assert chosen(better, worse) == chosen(worse, better) == better


def test_last_of_two_equal_files_wins() -> None:
    assert chosen(listed(ANY, size=1), listed("Foo-1.0-py3-none-any.whl")) == "Foo-1.0-py3-none-any.whl"


def test_yanked_file_is_taken_only_where_there_is_no_other() -> None:
    yanked = listed(NATIVE, yanked="broken")
    assert chosen(yanked, ANY) == chosen(ANY, yanked) == ANY
    assert chosen(yanked) == NATIVE


@pytest.mark.parametrize(
    "filename",
    [
        "foo-1.0-cp312-cp312-manylinux2014_x86_64.whl",
        "foo-1.0-cp311-cp311-manylinux_2_27_x86_64.whl",
        "foo-1.0-cp311-cp311-musllinux_1_1_x86_64.whl",
        "foo-1.0-cp311-cp311-win_amd64.whl",
        "foo-1.0-py2-none-any.whl",
        "foo-1.0-py36+-none-any.whl",
        "foo-1.0.tar.gz",
        "foo-1.0-py3.11.egg",
        "bar-1.0-py3-none-any.whl",
        "foo-1.0-py3-none-any.whl.asc",
    ],
)
def test_unusable_file_leaves_its_version_out(filename: str) -> None:
    assert chosen(filename) is None


def test_versions_are_one_however_they_are_written() -> None:
    selection = select_files(page(["foo-1.0-py3-none-any.whl", "foo-1.0.0-py3-none-any.whl"]), INTEL)
    assert len(selection) == 1


def test_local_versions_and_epochs_are_versions_of_their_own() -> None:
    names = ["foo-1.0", "foo-1.0+cu121", "foo-1!1.0"]
    selection = select_files(page(f"{name}-py3-none-any.whl" for name in names), INTEL)
    assert set(selection) == {Version("1.0"), Version("1.0+cu121"), Version("1!1.0")}


@pytest.mark.parametrize(
    ("requires_python", "fits"),
    [
        (None, True),
        ("", True),
        (">=3.8", True),
        (">=3.12", False),
        (">=3.11.99", False),
        ("<3.12", True),
        (">=2.7, !=3.0.*, !=3.1.*", True),
        ("==3.11.*", True),
        (">=3.6.*", True),
        (">= 3.7, <4.0,", True),
        ("not a specifier", True),
    ],
    ids=str,
)
def test_requires_python_is_asked_of_the_target(requires_python: str | None, fits: bool) -> None:
    assert (chosen(listed(ANY, requires_python=requires_python)) == ANY) is fits


def test_patch_level_counts() -> None:
    assert python_fits(">3.9.17", "3.9.18")
    assert not python_fits(">3.9.18", "3.9.18")


def test_hashes_limit_the_choice() -> None:
    allowed, other = "a" * 64, "b" * 64
    files = [listed(ANY, hashes={"sha256": allowed}), listed(NATIVE, hashes={"sha256": other})]
    assert select_files(page(files), INTEL, hashes={allowed})[Version("1.0")].file.filename == ANY
    assert select_files(page([listed(ANY)]), INTEL, hashes={allowed}) == {}


def test_compressed_tag_set_ranks_as_its_best_tag() -> None:
    assert tag_rank("py2.py3-none-any", ARM) == tag_rank("py3-none-any", ARM)
    assert tag_rank("cp311.cp312-cp311.cp312-manylinux_2_17_aarch64.manylinux2014_aarch64", ARM) == tag_rank(
        "cp312-cp312-manylinux_2_17_aarch64", ARM
    )


def test_choice_does_not_depend_on_the_pages_order() -> None:
    files = [NATIVE, ANY, "foo-1.0-cp38-abi3-manylinux2014_x86_64.whl", "foo-1.0-3-py3-none-any.whl", "foo-1.0.tar.gz"]
    for seed in range(20):
        random.Random(seed).shuffle(files)
        assert chosen(*files) == NATIVE


SDIST = "foo-1.0.tar.gz"
FOREIGN = "foo-1.0-cp311-cp311-win_amd64.whl"
NO_BINARY = Formats(no_binary=frozenset({"foo"}))
ONLY_BINARY = Formats(only_binary=frozenset({"foo"}))


@pytest.mark.parametrize(
    ("files", "formats", "expected"),
    [
        ([SDIST], Formats(), SDIST),
        ([SDIST, ANY], Formats(), ANY),
        ([SDIST, FOREIGN], Formats(), None),
        ([SDIST, "foo-1.0-py2-none-any.whl"], Formats(), SDIST),
        ([SDIST, "foo-2.0-cp311-cp311-win_amd64.whl"], Formats(), SDIST),
        ([SDIST], ONLY_BINARY, None),
        ([SDIST, ANY], ONLY_BINARY, ANY),
        ([SDIST, ANY], NO_BINARY, SDIST),
        ([SDIST, FOREIGN], NO_BINARY, SDIST),
        ([ANY], NO_BINARY, None),
        ([SDIST], Formats(no_binary=frozenset({"foo"}), only_binary=frozenset({ALL})), SDIST),
        ([SDIST], Formats(only_binary=frozenset({"foo"}), no_binary=frozenset({ALL})), None),
        ([listed(SDIST, requires_python=">=3.12")], Formats(), None),
        ([listed(SDIST, yanked="x"), "foo-1.0.zip"], Formats(), "foo-1.0.zip"),
        ([SDIST, listed("foo-1.0.zip", yanked="x")], Formats(), SDIST),
        (["bar-1.0.tar.gz", "foo-1.0.linux-x86_64.tar.gz"], Formats(), None),
    ],
)
def test_sdist_stands_in_for_a_version_in_which_nothing_is_compiled(
    files: list[DistributionFile | str], formats: Formats, expected: str | None
) -> None:
    use = select_files(page(files), INTEL, formats=formats).get(Version("1.0"))

    assert (use.file.filename if use else None) == expected
    assert use is None or isinstance(use, UseWheel) == use.file.filename.endswith(".whl")


def test_what_both_settings_name_is_a_contradiction() -> None:
    assert Formats(only_binary=frozenset({"a", "b"}), no_binary=frozenset({"b", ALL})).contradictions() == ["b"]
