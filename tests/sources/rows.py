"""The sources that are tried, and what must come of each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ca_vendor.errors import ExitCode
from tests.sources import private

X86 = "python3.11-x86_64"
ARM = "python3.11-arm64"

PURE = "py3-none-any"
PURE_TOO = "py2.py3-none-any"
COMPILED = "cp311-cp311-linux_x86_64"


@dataclass(frozen=True, slots=True, kw_only=True)
class Builds:
    """A wheel must come of it, with this tag."""

    tags: str

    def __str__(self) -> str:
        return f"`{self.tags}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It must be refused, with this exit code and these words, told or in the hint."""

    words: str
    code: ExitCode = ExitCode.BUILD

    def __str__(self) -> str:
        return f"refused: {self.words}"


Expectation = Builds | Refused

Prepare = Callable[[Path], None]
"""Puts into a project's directory what its requirement names there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One source.

    Attributes:
        name: of the project, normalised.
        requirement: a line of requirements.in; ``PROJECT`` in it is the project's directory.
        backend: for the table.
        host, container: what must come of it there.
        module: imported from the wheel that was built, on this machine; empty where that says nothing.
        target: that it is built for.
        has_wheels: whether the index has wheels of it, so that its sdist must be asked for.
        prepare: puts what the requirement names into the project.
        quick: whether it is tried on the host with every run of the tests.
    """

    name: str
    requirement: str
    backend: str
    host: Expectation
    container: Expectation
    module: str = ""
    target: str = X86
    has_wheels: bool = False
    prepare: Prepare | None = None
    quick: bool = False

    @property
    def title(self) -> str:
        """What the table calls it."""
        other = "" if self.target == X86 else f", for {self.target}"
        return f"`{self.requirement.replace('PROJECT', '…')}`{other}"


def _public(requirement: str, backend: str, tags: str, *, module: str, quick: bool = False, wheels: bool = True) -> Row:
    return Row(
        name=requirement.partition("==")[0],
        requirement=requirement,
        backend=backend,
        host=Builds(tags=tags),
        container=Builds(tags=tags),
        module=module,
        has_wheels=wheels,
        quick=quick,
    )


def _private(
    requirement: str, backend: str, *, prepare: Prepare | None = None, name: str = "", quick: bool = False
) -> Row:
    name = name or requirement.partition("==")[0]
    return Row(
        name=name,
        requirement=requirement,
        backend=backend,
        host=Builds(tags=PURE),
        container=Builds(tags=PURE),
        module=name.replace("-", "_"),
        prepare=prepare,
        quick=quick,
    )


def _broken(requirement: str, problem: str, words: str, *, prepare: Prepare | None = None, name: str = "") -> Row:
    expected = Refused(words=words)
    return Row(
        name=name or requirement.partition("==")[0],
        requirement=requirement,
        backend=problem,
        host=expected,
        container=expected,
        prepare=prepare,
    )


ROWS = (
    _public("docopt==0.6.2", "setuptools, setup.py alone", PURE_TOO, module="docopt", quick=True, wheels=False),
    _public("antlr4-python3-runtime==4.9.3", "setuptools, setup.py alone", PURE, module="antlr4", wheels=False),
    _public("sgmllib3k==1.0.0", "setuptools, setup.py alone", PURE, module="sgmllib", wheels=False),
    _public("future==1.0.0", "setuptools, setup.py alone", PURE, module="future"),
    _public("python-dateutil==2.9.0.post0", "setuptools, setuptools-scm", PURE_TOO, module="dateutil.tz"),
    _public("iniconfig==2.0.0", "hatchling, hatch-vcs", PURE, module="iniconfig", quick=True),
    _public("attrs==24.2.0", "hatchling, hatch-vcs, hatch-fancy-pypi-readme", PURE, module="attr"),
    _public("idna==3.10", "flit", PURE, module="idna", quick=True),
    _public("tomlkit==0.13.2", "poetry-core", PURE, module="tomlkit"),
    _public("findpython==0.6.2", "pdm-backend", PURE, module="findpython"),
    _public("lru-dict==1.3.0", "setuptools, C", COMPILED, module="lru"),
    _public("markupsafe==3.0.2", "setuptools, C", COMPILED, module="markupsafe._speedups"),
    _public("crcmod==1.7", "setuptools, setup.py alone, C", COMPILED, module="crcmod._crcfunext", wheels=False),
    _public("cymem==2.0.10", "setuptools, Cython", COMPILED, module="cymem.cymem"),
    _public("meson-python==0.17.1", "meson-python", PURE, module="mesonpy"),
    replace(
        _private("acme-meson==1.0", "private, meson-python, C"),
        host=Builds(tags=COMPILED),
        container=Builds(tags=COMPILED),
    ),
    Row(
        name="siphash24",
        requirement="siphash24==1.7",
        backend="meson-python, C; downloads while it builds",
        host=Refused(words="it wants to download something"),
        container=Refused(words="it wants to download something"),
        has_wheels=True,
    ),
    Row(
        name="rpds-py",
        requirement="rpds-py==0.22.3",
        backend="maturin, Rust",
        host=Refused(words="it needs a Rust toolchain"),
        container=Refused(words="it needs a Rust toolchain"),
        has_wheels=True,
    ),
    Row(
        name="docopt",
        requirement="docopt==0.6.2",
        backend="setuptools, setup.py alone",
        target=ARM,
        host=Builds(tags=PURE_TOO),
        container=Refused(words="this machine does not run"),
        module="docopt",
    ),
    Row(
        name="lru-dict",
        requirement="lru-dict==1.3.0",
        backend="setuptools, C",
        target=ARM,
        host=Refused(words=f"builds to a wheel `{COMPILED}`, which {ARM} does not load", code=ExitCode.TARGET),
        container=Refused(words="this machine does not run"),
        has_wheels=True,
    ),
    _private("acme-legacy==1.0", "private, setuptools, setup.py alone"),
    _private("acme-plugin==1.0", "private, and its build requirement a private sdist", quick=True),
    _private(
        "./libs/acme-common", "source tree, setuptools", prepare=private.common_tree, name="acme-common", quick=True
    ),
    _private(
        "-e ./libs/acme-common", "source tree, asked for as editable", prepare=private.common_tree, name="acme-common"
    ),
    _private(
        "acme-archive @ file://PROJECT/acme.zip#subdirectory=libs/acme-archive",
        "archive, subdirectory",
        prepare=private.archive,
        name="acme-archive",
    ),
    Row(
        name="acme-tagged",
        requirement="acme-tagged @ git+file://PROJECT/repository@v1.4",
        backend="git, hatchling, hatch-vcs",
        host=Builds(tags=PURE_TOO),
        container=Builds(tags=PURE_TOO),
        module="acme_tagged",
        prepare=private.repository,
    ),
    _broken("acme-truncated==1.0", "the archive ends too soon", "its archive is broken"),
    _broken("acme-escaping==1.0", "the archive leads out of its directory", "leads out of it"),
    _broken("acme-empty==1.0", "nothing says how to build it", "it has neither a pyproject.toml nor a setup.py"),
    _broken("acme-raising==1.0", "setup.py raises", "its backend failed"),
    _broken("acme-homeless==1.0", "a build requirement is nowhere", "its build requirements cannot be installed"),
    _broken("acme-downloading==1.0", "downloads while it builds", "it wants to download something"),
    _broken("acme-lying==1.0", "the wheel is of another version", "holds version 2.0"),
)
