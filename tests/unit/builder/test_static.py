from pathlib import Path

import pytest

from ca_vendor.builder import Source, UnusableSourceError, read_static_metadata
from ca_vendor.builder.static import MAX_METADATA_BYTES
from ca_vendor.requirement import parse_metadata
from tests.distributions import build_sdist, render_metadata
from tests.unit.builder.archives import write_archive


def read(path: Path, subdirectory: str = "") -> bytes | None:
    return read_static_metadata(Source(path=path, shown="foo==1.0", subdirectory=subdirectory))


def test_pkg_info_since_2_2_is_trusted(tmp_path: Path) -> None:
    sdist = build_sdist(tmp_path, "Foo", "1.0", requires=["bar>=1"], requires_python=">=3.9", dynamic=["License"])
    metadata = read(sdist)
    assert metadata is not None
    assert metadata.decode() == render_metadata("Foo", "1.0", ["bar>=1"], ">=3.9", dynamic=["License"])


@pytest.mark.parametrize("version", ["1.0", "1.2", "2.1", "nonsense"])
def test_pkg_info_before_2_2_is_not(tmp_path: Path, version: str) -> None:
    assert read(build_sdist(tmp_path, "foo", "1.0", metadata_version=version)) is None


@pytest.mark.parametrize("field", ["Requires-Dist", "requires-python", "PROVIDES-EXTRA", "Version"])
def test_pkg_info_with_what_matters_dynamic_is_not(tmp_path: Path, field: str) -> None:
    assert read(build_sdist(tmp_path, "foo", "1.0", dynamic=["Summary", field])) is None


@pytest.mark.parametrize("text", ["Metadata-Version: 2.4\nName: foo\n", "Metadata-Version: 2.4\nName: f\nVersion: x\n"])
def test_pkg_info_that_is_none_is_not(tmp_path: Path, text: str) -> None:
    assert read(build_sdist(tmp_path, "foo", "1.0", metadata=text)) is None


PROJECT = """\
[project]
name = "foo"
version = "1.0.0-rc1"
requires-python = ">=3.9"
dependencies = ["bar>=1", 'baz; os_name == "nt" or os_name == "posix"']
[project.optional-dependencies]
Fast_Path = ["qux", 'quux[x]>=2; python_version < "3.10"']
none = []
"""


def test_project_table_is_trusted_where_it_tells_all(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    metadata = read(tmp_path)
    assert metadata is not None
    core = parse_metadata(metadata, filename="foo")
    assert (core.name, core.version, core.requires_python) == ("foo", "1.0.0rc1", ">=3.9")
    assert core.provides_extra == ("fast-path", "none")
    assert core.requires_dist == (
        "bar>=1",
        'baz; os_name == "nt" or os_name == "posix"',
        'qux; extra == "fast-path"',
        'quux[x]>=2; python_version < "3.10" and extra == "fast-path"',
    )


def test_marker_with_or_holds_only_with_its_extra(tmp_path: Path) -> None:
    extra = """x = ['a; os_name == "nt" or os_name == "posix"']"""
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "foo"\nversion = "1"\n[project.optional-dependencies]\n{extra}\n'
    )
    lines = (read(tmp_path) or b"").decode().splitlines()
    assert lines[-1] == 'Requires-Dist: a; (os_name == "nt" or os_name == "posix") and extra == "x"'


DYNAMIC = ("name", "version", "dependencies", "optional-dependencies", "requires-python")


@pytest.mark.parametrize("field", DYNAMIC)
def test_project_table_that_leaves_something_to_the_backend_is_not(tmp_path: Path, field: str) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "foo"\nversion = "1"\ndynamic = ["readme", "{field}"]\n'
    )
    assert read(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not toml",
        "\udcff",
        "project = 1",
        '[project]\nname = "foo"',
        '[project]\nversion = "1"',
        '[project]\nname = "foo"\nversion = "1"\ndynamic = "version"',
        '[project]\nname = "foo"\nversion = "nonsense"',
        '[project]\nname = "foo"\nversion = "1"\ndependencies = ["not a requirement!"]',
        '[project]\nname = "foo"\nversion = "1"\ndependencies = [1]',
        '[project]\nname = "foo"\nversion = "1"\ndependencies = "bar"',
        '[project]\nname = "foo"\nversion = "1"\noptional-dependencies = {x = "bar"}',
        '[project]\nname = "foo"\nversion = "1"\nrequires-python = 3',
        '[project]\nname = "foo\\nEvil: 1"\nversion = "1"',
    ],
)
def test_project_table_that_cannot_be_read_is_left_to_the_backend(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read(tmp_path) is None


def test_sdist_with_old_pkg_info_is_trusted_for_its_project_table(tmp_path: Path) -> None:
    sdist = build_sdist(tmp_path, "foo", "1.0", metadata_version="2.1", root_files={"pyproject.toml": PROJECT})
    assert b"Requires-Dist: bar>=1" in (read(sdist) or b"")


def test_source_tree_is_trusted_for_its_project_table_alone(tmp_path: Path) -> None:
    (tmp_path / "PKG-INFO").write_text(render_metadata("foo", "1.0"))
    (tmp_path / "setup.py").touch()
    assert read(tmp_path) is None


def test_subdirectory_is_looked_into(tmp_path: Path) -> None:
    files = {"repo-abc/pyproject.toml": b"", "repo-abc/libs/foo/pyproject.toml": PROJECT.encode()}
    archive = write_archive(tmp_path / "repo.zip", files)
    assert b"Name: foo" in (read(archive, "libs/foo") or b"")
    assert read(archive) is None


def test_files_in_deeper_directories_do_not_count(tmp_path: Path) -> None:
    files = {"foo-1.0/tests/PKG-INFO": render_metadata("foo", "1.0").encode(), "foo-1.0/setup.py": b""}
    assert read(write_archive(tmp_path / "foo-1.0.tar.gz", files)) is None


def test_archive_with_several_roots_is_left_to_the_backend(tmp_path: Path) -> None:
    files = {"foo-1.0/PKG-INFO": render_metadata("foo", "1.0").encode(), "other/setup.py": b""}
    assert read(write_archive(tmp_path / "foo-1.0.tar.gz", files)) is None


def test_pkg_info_of_no_end_is_left_to_the_backend(tmp_path: Path) -> None:
    text = render_metadata("foo", "1.0").encode() + b"x" * MAX_METADATA_BYTES
    assert read(write_archive(tmp_path / "foo-1.0.tar.gz", {"foo-1.0/PKG-INFO": text})) is None


def test_broken_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "foo-1.0.tar.gz").write_bytes(b"nonsense")
    with pytest.raises(UnusableSourceError, match="its archive is broken"):
        read(tmp_path / "foo-1.0.tar.gz")
