from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_vendor.requirement import GitReference, PathReference, UrlReference, evaluate_inputs, read_inputs
from ca_vendor.requirement.references import DirectRequirement, InvalidReferenceError, parse_direct
from ca_vendor.target import find_target
from tests.unit.properties import PROPERTY

HEX = "0123456789abcdef" * 4
COMMIT = "0123456789" * 4
ARM = find_target("python3.12-arm64")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a library, a function, a wheel and an sdist."""
    for directory in ("libs/common", "src/orders", "wheels"):
        (tmp_path / directory).mkdir(parents=True)
    for file in ("wheels/foo-1.0-py3-none-any.whl", "wheels/foo-1.0.tar.gz"):
        (tmp_path / file).touch()
    return tmp_path


def parse(text: str, root: Path, *, editable: bool = False) -> DirectRequirement:
    direct = parse_direct(text, base=root / "src/orders", root=root, editable=editable)
    assert direct is not None
    return direct


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("../../libs/common", "libs/common"),
        ("./libs/common", "libs/common"),
        ("libs/common", "libs/common"),
        ("libs/common/", "libs/common"),
        (".", "src/orders"),
        ("wheels/foo-1.0-py3-none-any.whl", "wheels/foo-1.0-py3-none-any.whl"),
        ("file:../../wheels/foo-1.0.tar.gz", "wheels/foo-1.0.tar.gz"),
        ("file:libs/common", "libs/common"),
    ],
)
def test_path_counts_from_its_file_or_from_the_project(root: Path, text: str, path: str) -> None:
    direct = parse(text, root)

    assert direct.reference == PathReference(path=root / path, place=path)
    assert (direct.name, direct.extras, direct.marker) == (None, frozenset(), None)


def test_absolute_paths_and_urls_of_files(root: Path) -> None:
    there = PathReference(path=root / "libs/common", place="libs/common")

    assert parse(f"{root}/libs/common", root).reference == there
    assert parse(f"common @ file://{root}/libs/common", root).reference == there
    assert parse(f"common @ file://localhost{root}/libs/c%6Fmmon", root).reference == there


def test_subdirectory_of_a_file_is_kept_and_of_a_directory_is_gone_into(root: Path) -> None:
    archive = parse("foo @ file:../../wheels/foo-1.0.tar.gz#subdirectory=py/foo", root).reference
    assert archive == PathReference(
        path=root / "wheels/foo-1.0.tar.gz", place="wheels/foo-1.0.tar.gz", subdirectory="py/foo"
    )
    tree = parse(f"common @ file://{root}/libs#subdirectory=common", root).reference
    assert tree == PathReference(path=root / "libs/common", place="libs/common")
    with pytest.raises(ValueError, match="nothing at `missing`"):
        parse("common @ file:libs#subdirectory=missing", root)


def test_name_extras_and_marker_are_kept(root: Path) -> None:
    named = parse("Common.Lib[Dev,x_y] @ file:libs/common ; python_version > '3.8'", root)
    bare = parse("./libs/common[Dev, x_y] ; python_version > '3.8'", root)

    assert (named.name, bare.name) == ("common-lib", None)
    assert named.extras == bare.extras == {"dev", "x-y"}
    assert str(named.marker) == str(bare.marker) == 'python_version > "3.8"'


def test_editable_is_noted(root: Path) -> None:
    assert parse("libs/common", root, editable=True).reference_is_editable
    assert not parse("./libs/common", root).reference_is_editable


@pytest.mark.parametrize(
    ("text", "reference", "filename"),
    [
        ("foo @ https://x/a/foo-1.0-py3-none-any.whl", ("https://x/a/foo-1.0-py3-none-any.whl", None, ""), None),
        (f"https://x/foo-1.0.zip#sha256={HEX}", ("https://x/foo-1.0.zip", HEX, ""), None),
        (
            "https://x/f%6Fo.zip?a=b#subdirectory=py/lib",
            ("https://x/f%6Fo.zip?a=b", None, "py/lib"),
            "foo.zip",
        ),
    ],
)
def test_url_is_split_from_its_fragment(
    root: Path, text: str, reference: tuple[str, str | None, str], filename: str | None
) -> None:
    url, sha256, subdirectory = reference
    found = parse(text, root).reference

    assert found == UrlReference(url=url, sha256=sha256, subdirectory=subdirectory)
    assert filename is None or (isinstance(found, UrlReference) and found.filename == filename)


@pytest.mark.parametrize(
    ("text", "url", "revision", "subdirectory"),
    [
        ("lib @ git+https://x/lib.git", "https://x/lib.git", "", ""),
        ("git+https://x/lib.git@v1#egg=lib", "https://x/lib.git", "v1", ""),
        ("lib @ git+ssh://git@x/lib.git@main", "ssh://git@x/lib.git", "main", ""),
        (f"lib @ git+file:///x/lib@{COMMIT}#subdirectory=py", "file:///x/lib", COMMIT, "py"),
    ],
)
def test_git_url_is_split_from_its_revision(root: Path, text: str, url: str, revision: str, subdirectory: str) -> None:
    direct = parse(text, root)

    assert direct.reference == GitReference(url=url, revision=revision, subdirectory=subdirectory)
    assert direct.name == "lib"
    assert isinstance(direct.reference, GitReference)
    assert direct.reference.is_pinned == (revision == COMMIT)


@pytest.mark.parametrize("text", ["foo", "foo==1.0", "foo[a]>=1 ; python_version > '3'", "common", "foo bar", ""])
def test_what_names_no_place_is_left_to_the_index(root: Path, text: str) -> None:
    assert parse_direct(text, base=root, root=root) is None


def test_lines_keep_their_place_and_markers_are_judged(root: Path) -> None:
    requirements = root / "src/orders/requirements.in"
    requirements.write_text(
        "requests\n"
        "../../libs/common ; platform_machine == 'aarch64'\n"
        "-e ../../libs/common ; platform_machine == 'x86_64'\n"
        f"./wheels/foo-1.0-py3-none-any.whl --hash=sha256:{HEX}\n"
        "--only-binary Foo.Bar,baz --no-binary foo-bar\n"
        "--no-binary=foo-bar\n"
    )

    inputs = evaluate_inputs(read_inputs(requirements, root=root), ARM)

    assert [str(line.requirement) for line in inputs.requirements] == ["requests"]
    common, wheel = inputs.direct
    assert (common.number, common.origin, common.direct.marker) == (2, "-r requirements.in", None)
    assert (wheel.number, wheel.hashes) == (4, (HEX,))
    assert inputs.only_binary == {"baz"}
    assert inputs.no_binary == {"foo-bar"}


_PARTS = ["./", "git+", "https://x/", "file:", "@", "#", "[", "]", " ;", "lib", ".whl", "egg=", "sha256=", "%00", "\0"]


@PROPERTY
@given(st.lists(st.sampled_from(_PARTS) | st.text(max_size=3), max_size=10).map("".join), st.booleans())
def test_any_text_is_a_reference_or_none_or_an_explained_error(text: str, editable: bool) -> None:
    with suppress(InvalidReferenceError):
        direct = parse_direct(text, base=Path(), root=Path(), editable=editable)
        assert direct is None or direct.text
