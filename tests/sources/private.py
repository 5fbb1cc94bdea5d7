"""Private packages, whole and broken, and what requirements name in a project."""

import gzip
import io
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.distributions import build_sdist

_SETUPTOOLS = '[build-system]\nrequires = ["setuptools>=61"]\nbuild-backend = "setuptools.build_meta"\n'
_IN_TREE = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'

_SETUP = """\
from setuptools import setup

setup(name="{name}", version="1.0", py_modules=["{module}"])
"""

# A build backend that is a private package itself, and an sdist at that.
_TOOLS = '''\
"""A build backend that makes a wheel of one module."""

import pathlib
import zipfile


def build_wheel(directory, config_settings=None, metadata_directory=None):
    information = "acme_plugin-1.0.dist-info"
    with zipfile.ZipFile(pathlib.Path(directory, "acme_plugin-1.0-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("acme_plugin.py", "x = 1\\n")
        wheel.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\\nName: acme-plugin\\nVersion: 1.0\\n")
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{information}/RECORD", "")
    return "acme_plugin-1.0-py3-none-any.whl"
'''
_DOWNLOADING = "import urllib.request\nurllib.request.urlopen('http://example.com/data')\n"
_LYING = """\
import pathlib, zipfile

INFORMATION = "acme_lying-1.0.dist-info"
METADATA = "Metadata-Version: 2.1\\nName: acme-lying\\nVersion: {}\\n"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(pathlib.Path(directory, "acme_lying-1.0-py3-none-any.whl"), "w") as wheel:
        wheel.writestr(f"{INFORMATION}/METADATA", METADATA.format("2.0"))
        wheel.writestr(f"{INFORMATION}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
    return "acme_lying-1.0-py3-none-any.whl"

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    pathlib.Path(directory, INFORMATION).mkdir()
    pathlib.Path(directory, INFORMATION, "METADATA").write_text(METADATA.format("1.0"))
    return INFORMATION
"""


_MESON_PYTHON = '[build-system]\nrequires = ["meson-python>=0.15"]\nbuild-backend = "mesonpy"\n'
_MESON = """\
project('acme-meson', 'c', version: '1.0')
python = import('python').find_installation(pure: false)
python.extension_module('acme_meson', 'acme_meson.c', install: true)
"""
_MODULE = """\
#include <Python.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "acme_meson"};
PyMODINIT_FUNC PyInit_acme_meson(void) { return PyModule_Create(&module); }
"""


def publish(directory: Path) -> None:
    """Write the packages that the private index has."""
    _legacy(directory, "acme-legacy", _SETUP.format(name="acme-legacy", module="acme_legacy"))
    _legacy(directory, "acme-raising", "raise RuntimeError('it never built anywhere')\n")
    _sdist(directory, "acme-backend-tools", {}, files={"acme_backend_tools.py": _TOOLS})
    build_system = '[build-system]\nrequires = ["acme-backend-tools>=1"]\nbuild-backend = "acme_backend_tools"\n'
    _sdist(directory, "acme-plugin", {"pyproject.toml": build_system})
    project = '[project]\nname = "acme-meson"\nversion = "1.0"\n'
    meson = {"pyproject.toml": _MESON_PYTHON + project, "meson.build": _MESON, "acme_meson.c": _MODULE}
    _sdist(directory, "acme-meson", meson, files={})
    absent = '[build-system]\nrequires = ["acme-nowhere>=2"]\nbuild-backend = "acme_nowhere"\n'
    _sdist(directory, "acme-homeless", {"pyproject.toml": absent})
    _sdist(directory, "acme-downloading", {"pyproject.toml": _IN_TREE, "backend.py": _DOWNLOADING})
    _sdist(directory, "acme-lying", {"pyproject.toml": _IN_TREE, "backend.py": _LYING})
    whole = _sdist(directory, "acme-truncated", {"pyproject.toml": _IN_TREE})
    whole.write_bytes(whole.read_bytes()[:-80])
    _tar(directory / "acme_escaping-1.0.tar.gz", {"acme_escaping-1.0/setup.py": "", "../../escaped": "x"})
    _tar(directory / "acme_empty-1.0.tar.gz", {"acme_empty-1.0/README": "nothing"})


def common_tree(project: Path) -> None:
    """Write a library of the project's own, whose metadata is nowhere but in its setup.py."""
    _library(project / "libs" / "acme-common", "acme-common")


def archive(project: Path) -> None:
    """Write an archive with a library somewhere in it."""
    _library(project / "made" / "libs" / "acme-archive", "acme-archive")
    with zipfile.ZipFile(project / "acme.zip", "w") as file:
        for path in sorted((project / "made").rglob("*")):
            if path.is_file():
                file.write(path, f"acme-main/{path.relative_to(project / 'made')}")


def repository(project: Path) -> None:
    """Write a repository with a tagged commit."""
    root = project / "repository"
    root.mkdir()
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "acme-tagged"\ndynamic = ["version"]\n'
        '[tool.hatch.version]\nsource = "vcs"\n[tool.hatch.build.targets.wheel]\nonly-include = ["acme_tagged.py"]\n'
    )
    (root / "acme_tagged.py").write_text("x = 1\n")
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"], ["tag", "v1.4"]):
        subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True)


def _library(root: Path, name: str) -> None:
    module = name.replace("-", "_")
    root.mkdir(parents=True)
    (root / "pyproject.toml").write_text(_SETUPTOOLS)
    (root / "setup.py").write_text(_SETUP.format(name=name, module=module))
    (root / f"{module}.py").write_text("x = 1\n")


def _sdist(
    directory: Path, name: str, root_files: Mapping[str, str], *, files: Mapping[str, str] | None = None
) -> Path:
    return build_sdist(directory, name, "1.0", metadata_version="2.1", root_files=root_files, files=files)


def _legacy(directory: Path, name: str, setup: str) -> None:
    stem = f"{name.replace('-', '_')}-1.0"
    module = name.replace("-", "_")
    _tar(directory / f"{stem}.tar.gz", {f"{stem}/setup.py": setup, f"{stem}/{module}.py": "x = 1\n"})


def _tar(path: Path, files: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            file.addfile(member, io.BytesIO(text.encode()))
    path.write_bytes(gzip.compress(buffer.getvalue(), mtime=0))
