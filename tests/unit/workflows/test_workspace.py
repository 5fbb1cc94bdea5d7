from pathlib import Path

import pytest

from ca_vendor.config import Settings
from ca_vendor.errors import ExitCode
from ca_vendor.requirement import PathReference
from ca_vendor.workflows.routing import OwnProjectError, index_router
from ca_vendor.workflows.workspace import WorkspaceError, member_line, read_workspace


def library(root: Path, path: str, text: str | None = None) -> Path:
    directory = root / path
    directory.mkdir(parents=True)
    (directory / "pyproject.toml").write_text(text or f'[project]\nname = "Acme_{directory.name}"\n')
    return directory


def test_each_project_is_found_by_its_name(tmp_path: Path) -> None:
    core, billing = library(tmp_path, "libs/core"), library(tmp_path, "libs/Billing")
    tool = library(tmp_path, "tools/tool", '[project]\nname = "tool"\n')
    (tmp_path / "libs/__pycache__").mkdir()
    (tmp_path / "libs/README.md").touch()
    settings = Settings(root=tmp_path, workspace=("libs/*", "tools/tool", "libs/core"))
    assert read_workspace(settings) == {"acme-billing": billing, "acme-core": core, "tool": tool}
    assert read_workspace(Settings(root=tmp_path)) == {}


def test_member_is_named_as_a_reference_would(tmp_path: Path) -> None:
    core = library(tmp_path, "libs/core")
    settings = Settings(root=tmp_path, workspace=("libs/*",))
    [name] = read_workspace(settings)
    line = member_line(name, core, settings)
    assert (line.direct.name, line.direct.text) == ("acme-core", "libs/core")
    assert line.direct.reference == PathReference(path=core, place="libs/core")


@pytest.mark.parametrize(
    ("texts", "patterns", "message"),
    [
        ({}, ("libs/*",), "`libs/*` of `workspace` matches no directory with a project in it"),
        ({"libs/a": "x ="}, ("libs/*",), "`libs/a/pyproject.toml` is not TOML"),
        ({"libs/a": "[tool.x]\n"}, ("libs/*",), "`libs/a` is in the workspace and tells no name of its own"),
        ({"libs/a": "project = 1\n"}, ("libs/*",), "tells no name of its own"),
        ({"libs/a": "[project]\nname = 1\n"}, ("libs/*",), "tells no name of its own"),
        ({"libs/a": '[project]\nname = "a b"\n'}, ("libs/*",), "tells no name of its own"),
        ({"a": '[project]\nname = "x"\n', "b": '[project]\nname = "X"\n'}, ("*",), "`a` and `b` are both `x`"),
    ],
)
def test_workspace_that_cannot_be_used_is_told(
    tmp_path: Path, texts: dict[str, str], patterns: tuple[str, ...], message: str
) -> None:
    for path, text in texts.items():
        library(tmp_path, path, text)
    with pytest.raises(WorkspaceError) as caught:
        read_workspace(Settings(root=tmp_path, workspace=patterns))
    assert message in caught.value.message
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    assert caught.value.hint


def test_project_that_only_setup_py_describes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old/setup.py").touch()
    with pytest.raises(WorkspaceError, match="tells no name of its own"):
        read_workspace(Settings(root=tmp_path, workspace=("old",)))


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    directory = library(tmp_path, "a")
    (directory / "pyproject.toml").write_bytes(b"\xff")
    with pytest.raises(WorkspaceError, match="is not UTF-8"):
        read_workspace(Settings(root=tmp_path, workspace=("a",)))


def test_no_index_is_routed_to_for_the_workspace(tmp_path: Path) -> None:
    library(tmp_path, "core")
    settings = Settings(root=tmp_path, workspace=("core",), index_url="https://index.example/simple/")
    router = index_router(settings)
    [name] = read_workspace(settings)
    with pytest.raises(OwnProjectError, match="is a project of the workspace"):
        router.index_of(name)
