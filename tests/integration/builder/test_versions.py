"""Projects whose version comes from git, built without their repository: real git, and real setuptools-scm."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ca_vendor.builder import BackendFailedError, BuildSettings, HostBuilder, Source
from ca_vendor.builder.versions import ARCHIVAL, add_version_of_commit
from ca_vendor.requirement import parse_metadata
from tests.integration.builder.live import serve_configured_index
from tests.integration.workflows.conftest import tree

SETUPTOOLS = """\
[build-system]
requires = ["setuptools>=80", "setuptools-scm>=8"]
build-backend = "setuptools.build_meta"
[project]
name = "foo"
dynamic = ["version"]
[tool.setuptools]
py-modules = ["foo"]
[tool.setuptools_scm]
"""
HATCH = """\
[build-system]
requires = ["hatchling", "hatch-vcs"]
build-backend = "hatchling.build"
[project]
name = "foo"
dynamic = ["version"]
[tool.hatch.version]
source = "vcs"
[tool.hatch.build.targets.wheel]
only-include = ["foo.py"]
"""


class Repository:
    """A repository with one project, committed and tagged."""

    def __init__(self, root: Path, *, project: str = "", pyproject: str = SETUPTOOLS) -> None:
        self.root, self.project = root, root / project
        self.project.mkdir(parents=True)
        (self.project / "pyproject.toml").write_text(pyproject)
        (self.project / "foo.py").write_text("x = 1\n")
        self.git("init", "--quiet")
        self.commit("first")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        argv = ["git", "-C", str(self.root), *identity, *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    @property
    def source(self) -> Source:
        return Source(path=self.project, shown="./foo")


@pytest.fixture
def online(tmp_path: Path) -> Iterator[HostBuilder]:
    with serve_configured_index(tmp_path / "store") as served:
        yield HostBuilder(BuildSettings(index_url=served.url))


def version(builder: HostBuilder, repository: Repository) -> str:
    return parse_metadata(builder.prepare_metadata(repository.source), filename="foo").version


@pytest.mark.network
@pytest.mark.parametrize("pyproject", [SETUPTOOLS, HATCH])
def test_version_is_the_tags(online: HostBuilder, tmp_path: Path, pyproject: str) -> None:
    repository = Repository(tmp_path / "repository", pyproject=pyproject)
    repository.git("tag", "v1.2.3")
    before = tree(repository.root)
    assert version(online, repository) == "1.2.3"
    repository.commit("second")
    short = repository.git("rev-parse", "--short", "HEAD")
    found = version(online, repository)
    assert found.startswith("1.2.4.dev1+g")
    assert found.removeprefix("1.2.4.dev1+g").startswith(short[:7])
    assert {name: data for name, data in tree(repository.root).items() if name in before and ".git/" not in name} == {
        name: data for name, data in before.items() if ".git/" not in name
    }


@pytest.mark.network
def test_project_below_the_repositorys_root_has_a_version(online: HostBuilder, tmp_path: Path) -> None:
    command = 'git_describe_command = ["git", "describe", "--long", "--match", "foo-v*"]\nroot = "../.."\n'
    repository = Repository(tmp_path / "mono", project="libs/foo", pyproject=SETUPTOOLS + command)
    repository.git("tag", "foo-v2.0")
    repository.git("tag", "other-v9.0")
    assert version(online, repository) == "2.0"


@pytest.mark.network
def test_tree_without_a_repository_is_told_with_what_to_do(online: HostBuilder, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    (repository.root / ".git").rename(tmp_path / "elsewhere")
    with pytest.raises(BackendFailedError) as caught:
        online.prepare_metadata(repository.source)
    assert "its version comes from git" in caught.value.hint


def add(repository: Repository, tmp_path: Path) -> str | None:
    copy, scratch = tmp_path / "copy", tmp_path / "scratch"
    copy.mkdir()
    scratch.mkdir()
    for name in os.listdir(repository.project):  # noqa: PTH208 - names
        if (repository.project / name).is_file():
            (copy / name).write_bytes((repository.project / name).read_bytes())
    add_version_of_commit(repository.project, copy, scratch=scratch)
    return (copy / ARCHIVAL).read_text() if (copy / ARCHIVAL).exists() else None


def test_description_is_of_the_nearest_tag_with_a_number(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.git("tag", "1.0")
    repository.git("tag", "latest")
    lines = (add(repository, tmp_path) or "").splitlines()
    commit = repository.git("rev-parse", "HEAD")
    assert lines[0] == f"node: {commit}"
    assert lines[1].startswith("node-date: 20")
    assert lines[2].startswith("describe-name: 1.0-0-g")


def test_repository_without_a_tag_tells_its_commit(tmp_path: Path) -> None:
    assert "describe-name" not in (add(Repository(tmp_path / "repository"), tmp_path) or "describe-name")


def test_file_that_git_fills_is_filled_and_one_that_is_filled_is_left(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    (repository.root / ARCHIVAL).write_text("node: $Format:%H$\n")
    (tmp_path / "1").mkdir()
    assert "node: $Format" not in (add(repository, tmp_path / "1") or "$Format")
    (repository.root / ARCHIVAL).write_text("node: abc\n")
    (tmp_path / "2").mkdir()
    assert add(repository, tmp_path / "2") == "node: abc\n"


@pytest.mark.parametrize("pyproject", ["", '[project]\nname = "foo"\nversion = "1"\n'])
def test_project_that_does_not_ask_git_is_left_alone(tmp_path: Path, pyproject: str) -> None:
    assert add(Repository(tmp_path / "repository", pyproject=pyproject), tmp_path) is None


@pytest.mark.parametrize(
    ("command", "tag"),
    [
        ('git_describe_command = "git describe --long --match=foo-*"', "foo-1"),
        ('[tool.setuptools_scm.scm.git]\ndescribe_command = ["git", "describe", "--match", "foo-*"]', "foo-1"),
        ('git_describe_command = "git describe --long"', "1.0"),
        ("git_describe_command = 3", "1.0"),
    ],
)
def test_tags_that_count_are_the_configurations(tmp_path: Path, command: str, tag: str) -> None:
    repository = Repository(tmp_path / "repository", pyproject=f"{SETUPTOOLS}{command}\n")
    repository.git("tag", "foo-1")
    repository.commit("second")
    repository.git("tag", "1.0")
    assert f"describe-name: {tag}-" in (add(repository, tmp_path) or "")
