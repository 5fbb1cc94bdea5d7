import os
import sys
from pathlib import Path

import pytest

from ca_vendor.builder import BuildSettings, confinement, sandbox
from ca_vendor.builder.confinement import Surroundings, can_confine, import_paths
from ca_vendor.process import Command


def task(directory: Path, *hidden: Path) -> sandbox.Task:
    command = Command(argv=("program",), environment={}, directory=directory)
    surroundings = Surroundings(port=8080, hidden=hidden)
    return confinement._task(command, surroundings, scratch=directory, control=3)


def test_home_project_and_named_credentials_are_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "link").symlink_to("project")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("KUBECONFIG", "relative")
    hidden = task(tmp_path, tmp_path / "link")["hidden"]
    assert {str(tmp_path / name) for name in ("home", "project", "credentials")} <= set(hidden)
    assert all(map(os.path.isabs, hidden))


def test_user_that_nobody_knows_has_no_home_to_hide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    assert str(tmp_path) in task(tmp_path, tmp_path)["hidden"]


def test_temporary_directory_is_empty_wherever_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert {str(tmp_path), os.path.realpath("/tmp")} <= set(task(tmp_path)["empty"])


def test_the_root_is_never_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    assert "/" not in task(tmp_path, Path("/"))["hidden"]


def test_python_and_what_the_frontend_imports_are_kept(tmp_path: Path) -> None:
    kept = task(tmp_path)["kept"]
    for path in (sys.prefix, sys.base_prefix, Path(sandbox.__file__).parent):
        assert os.path.realpath(path) in kept
    import build
    import packaging

    for module in (build, packaging):
        assert module.__file__ is not None
        assert str(Path(module.__file__).parents[1]) in import_paths()


def test_other_names_of_what_is_kept_are_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "python").symlink_to("real")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "python"))
    arranged = task(tmp_path)
    assert arranged["links"][str(tmp_path / "python")] == str(tmp_path / "real")
    assert str(tmp_path / "real") in arranged["kept"]


def test_port_is_the_views() -> None:
    assert BuildSettings(index_url="http://127.0.0.1:8080/x/simple/").port == 8080


def test_only_linux_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not can_confine((Path("/never-asked-before"),))
