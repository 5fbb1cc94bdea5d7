import os
from pathlib import Path

import pytest

from ca_vendor.builder import digest_tree
from ca_vendor.builder.trees import copy_tree
from ca_vendor.files import UnreadableError
from tests.integration.workflows.conftest import tree


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "common"
    for name in ("pyproject.toml", "src/common/__init__.py", "src/common/build/__init__.py", "src/common/dist/x.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


LEFT_OUT = (
    ".git/config",
    "src/.git/config",
    ".venv/pyvenv.cfg",
    "env/pyvenv.cfg",
    "build/lib/common.py",
    "dist/common-1.0.tar.gz",
    "common.egg-info/PKG-INFO",
    "src/common.egg-info/PKG-INFO",
    "src/common/__pycache__/x.pyc",
    ".aws-sam/build/x",
)


def test_copy_has_all_but_what_no_build_needs(source: Path, tmp_path: Path) -> None:
    before = tree(source)
    for name in LEFT_OUT:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch()
    copy_tree(source, tmp_path / "copy")
    assert tree(tmp_path / "copy") == before


def test_packages_named_build_and_unpacked_sdists_keep_what_they_have(source: Path, tmp_path: Path) -> None:
    for name in ("build/__init__.py", "PKG-INFO", "common.egg-info/PKG-INFO"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).touch()
    copy_tree(source, tmp_path / "copy")
    assert {"build/__init__.py", "PKG-INFO", "common.egg-info/PKG-INFO"} <= tree(tmp_path / "copy").keys()


def test_links_inside_stay_links_and_others_are_copied(source: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/LICENSE").write_text("license")
    (source / "LICENSE").symlink_to("../shared/LICENSE")
    (source / "docs").symlink_to(tmp_path / "shared")
    (source / "alias.py").symlink_to(source / "src/common/__init__.py")
    (source / "gone").symlink_to("nowhere")
    copy_tree(source, tmp_path / "copy")
    copy = tmp_path / "copy"
    assert not (copy / "LICENSE").is_symlink()
    assert (copy / "docs/LICENSE").read_text() == (copy / "LICENSE").read_text() == "license"
    assert (copy / "alias.py").readlink() == Path("src/common/__init__.py")


@pytest.mark.parametrize("target", ["..", ".", "src"])
def test_link_to_a_directory_above_does_not_lead_on_for_ever(source: Path, tmp_path: Path, target: str) -> None:
    (source / "src/common/up").symlink_to(source / target if target != ".." else source.parent)
    copy_tree(source, tmp_path.parent / f"{tmp_path.name}-copy")
    assert len(digest_tree(source)) == 64


def test_modes_and_times_are_the_same_whatever_they_were(source: Path, tmp_path: Path) -> None:
    (source / "pyproject.toml").chmod(0o600)
    (source / "run.sh").touch()
    (source / "run.sh").chmod(0o700)
    copy_tree(source, tmp_path / "copy")
    modes = [(tmp_path / "copy" / name).stat().st_mode & 0o777 for name in ("pyproject.toml", "run.sh")]
    assert modes == [0o644, 0o755]
    assert {path.stat().st_mtime for path in (tmp_path / "copy").rglob("*") if path.is_file()} == {315532800}


def test_digest_is_of_what_a_build_sees(source: Path) -> None:
    first = digest_tree(source)
    os.utime(source / "pyproject.toml", (1, 1))
    (source / "dist").mkdir()
    (source / "dist/x.whl").touch()
    assert digest_tree(source) == first


CHANGES = {
    "content": lambda root: (root / "pyproject.toml").write_text("other"),
    "name": lambda root: (root / "pyproject.toml").rename(root / "other.toml"),
    "new": lambda root: (root / "new.py").touch(),
    "execute bit": lambda root: (root / "pyproject.toml").chmod(0o755),
    "link": lambda root: (root / "new.py").symlink_to("pyproject.toml"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_digest_tells_every_change(source: Path, change: str) -> None:
    first = digest_tree(source)
    CHANGES[change](source)
    assert digest_tree(source) != first


def test_digest_is_the_same_elsewhere(source: Path, tmp_path: Path) -> None:
    (source / "alias.py").symlink_to(source / "pyproject.toml")
    copy_tree(source, tmp_path / "elsewhere/common")
    assert digest_tree(tmp_path / "elsewhere/common") == digest_tree(source)


@pytest.mark.parametrize("read", [digest_tree, lambda source: copy_tree(source, source.parent / "copy")])
def test_tree_that_is_not_there_is_told(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(UnreadableError, match="missing"):
        read(tmp_path / "missing")
