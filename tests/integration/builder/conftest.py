"""A host's view of nothing, and of this machine's index, and builders that use them."""

import os
import pwd
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from ca_vendor.builder import BuildSettings, HostBuilder, Source
from ca_vendor.selection import DistributionFile, ProjectMissingError, ProjectPage
from ca_vendor.view import ServedHostView, serve_host_view
from tests.distributions import build_sdist

ROOT = Path(__file__).parents[3]


def no_page(name: NormalizedName) -> ProjectPage:
    raise ProjectMissingError(name, "https://index.example/simple/")


def no_file(name: NormalizedName, file: DistributionFile) -> Path:
    raise AssertionError(name, file)


def is_hidden(directory: Path) -> bool:
    """Whether builds do not see a directory for a reason of its own: it is temporary, or in the user's home."""
    places = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path.home()]
    places.append(Path(pwd.getpwuid(os.getuid()).pw_dir))
    return any(directory.resolve().is_relative_to(place.resolve()) for place in places)


@pytest.fixture
def world() -> Iterator[Path]:
    """A directory that builds see: this checkout may be in a home, or be temporary."""
    places = [ROOT, *map(Path, ("/srv", "/opt", "/var/lib", "/usr/local"))]
    base = next((place for place in places if os.access(place, os.W_OK) and not is_hidden(place)), None)
    if base is None:
        pytest.skip("needs a directory to write to, neither in the home nor temporary")
    with tempfile.TemporaryDirectory(prefix=".victim-", dir=base) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def view() -> Iterator[ServedHostView]:
    """The view of an index that has nothing."""
    with serve_host_view(pages=no_page, ensure_file=no_file) as served:
        yield served


@pytest.fixture
def settings(view: ServedHostView, tmp_path: Path) -> BuildSettings:
    project = tmp_path / "project"
    project.mkdir()
    return BuildSettings(index_url=view.url, hidden=(project,), abort=view.failed.is_set)


@pytest.fixture
def builder(settings: BuildSettings) -> HostBuilder:
    return HostBuilder(settings)


MakeSource = Callable[[Mapping[str, str]], Source]


@pytest.fixture
def make_source(tmp_path: Path) -> MakeSource:
    """Make an sdist whose files replace those of the default one; its backend is in the tree."""

    def make(root_files: Mapping[str, str]) -> Source:
        sdist = build_sdist(tmp_path / "sdists", "foo", "1.0", metadata_version="2.1", root_files=root_files)
        return Source(path=sdist, shown="foo==1.0")

    return make
