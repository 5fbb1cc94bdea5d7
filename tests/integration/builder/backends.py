"""A small project for each backend that most pure packages are built with."""

from collections.abc import Mapping

MODULE = '"""A module."""\n\n__version__ = "1.0"\n'

_PROJECT = """\
[project]
name = "foo"
version = "1.0"
description = "A project of one package"
requires-python = ">=3.9"
dependencies = ["bar>=1", 'baz; os_name == "nt"']
[project.optional-dependencies]
fast = ["qux"]
[project.scripts]
foo = "foo:main"
"""

_PACKAGE = {"foo/__init__.py": MODULE, "foo/data.txt": "data\n", "foo/sub/__init__.py": "", "README.md": "# Foo\n"}

_SETUP = """\
from setuptools import find_packages, setup

setup(
    name="foo",
    version="1.0",
    packages=find_packages(),
    package_data={"foo": ["*.txt"]},
    install_requires=["bar>=1"],
    extras_require={"fast": ["qux"]},
    entry_points={"console_scripts": ["foo = foo:main"]},
)
"""

BACKENDS: Mapping[str, Mapping[str, str]] = {
    "setuptools, setup.py alone": {"setup.py": _SETUP},
    "setuptools": {
        "pyproject.toml": '[build-system]\nrequires = ["setuptools>=61"]\nbuild-backend = "setuptools.build_meta"\n'
        f'{_PROJECT}[tool.setuptools]\npackages = ["foo", "foo.sub"]\n[tool.setuptools.package-data]\nfoo = ["*.txt"]\n'
    },
    "hatchling": {
        "pyproject.toml": f'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n{_PROJECT}'
    },
    "flit": {
        "pyproject.toml": '[build-system]\nrequires = ["flit_core>=3.4"]\n'
        f'build-backend = "flit_core.buildapi"\n{_PROJECT}'
    },
    "poetry-core": {
        "pyproject.toml": "[build-system]\n"
        f'requires = ["poetry-core>=2"]\nbuild-backend = "poetry.core.masonry.api"\n{_PROJECT}'
    },
    "pdm-backend": {
        "pyproject.toml": f'[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n{_PROJECT}'
    },
}


def project_files(backend: str) -> dict[str, str]:
    """Return the files of a project of that backend, by path."""
    return {**_PACKAGE, **BACKENDS[backend]}
