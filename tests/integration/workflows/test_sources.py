"""What no index offers as a wheel, through lock, fetch and check: sdists, source trees, archives, commits."""

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ca_vendor.emulator import Emulator
from ca_vendor.errors import ExitCode
from ca_vendor.lock import Archive, Checkout, Pin, Sdist, Tree, parse_lock
from tests.distributions import build_sdist, build_wheel
from tests.integration.builder.engines import write_stand_in
from tests.integration.workflows.conftest import Command, tree

WHEELHOUSE = Path("vendor/wheelhouse/python3.12-arm64")
REQUIREMENTS = Path("src/orders/requirements.in")


def pin(name: str, bundle: str = "orders") -> Pin:
    path = Path("vendor") / f"pylock.{bundle}.toml"
    [found] = [each for each in parse_lock(path.read_text(), path=path).pins if each.name == name]
    return found


def wheels() -> list[str]:
    return sorted(path.name for path in WHEELHOUSE.iterdir())


def forget(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str = "another") -> None:
    """Become another machine: no wheelhouse, and a store with nothing in it."""
    shutil.rmtree(WHEELHOUSE, ignore_errors=True)
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path / name))


def library(root: Path, name: str, *, requires: tuple[str, ...] = (), code: str = "x = 1\n", backend: str = "") -> Path:
    """Write a source tree whose backend needs nothing, or a setuptools one without its metadata in pyproject.toml."""
    sdist = build_sdist(root.parent / "made", name, "0.1", requires=requires, files={f"{name}.py": code})
    root.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-xzf", sdist, "-C", root, "--strip-components=1"], check=True)
    if backend:
        (root / "_backend.py").write_text(backend)
    return root


def test_sdist_is_locked_and_becomes_a_wheel(
    project: Path, emulator: Emulator, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    REQUIREMENTS.write_text("acme-source\n")
    locked = ca_vendor("lock", "orders")
    assert locked.code == 0, locked.err
    assert "built from source: acme_source-1.0-py3-none-any.whl" in locked.err
    assert isinstance(pin("acme-source").source, Sdist)

    fetched = ca_vendor("fetch", "orders", "--json")
    assert fetched.code == 0, fetched.err
    assert json.loads(fetched.out)["downloaded"] == []
    assert wheels() == ["acme_source-1.0-py3-none-any.whl"]
    digest = hashlib.sha256((WHEELHOUSE / wheels()[0]).read_bytes()).hexdigest()
    assert f"--hash=sha256:{digest}" in REQUIREMENTS.with_suffix(".txt").read_text()
    assert ca_vendor("check", "orders").code == 0

    before, asked = tree(project), len(emulator.requests)
    assert ca_vendor("lock", "orders").code == ca_vendor("fetch", "orders").code == 0
    assert (tree(project), len(emulator.requests)) == (before, asked)

    forget(monkeypatch, tmp_path)
    again = ca_vendor("fetch", "orders", "--json")
    assert json.loads(again.out)["downloaded"] == ["acme_source-1.0.tar.gz"]
    assert json.loads(again.out)["built"] == ["acme_source-1.0-py3-none-any.whl"]
    assert tree(project) == before


DATED = """\
import pathlib, time, zipfile
INFO = "{stem}.dist-info"
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "{stem}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as archive:
        archive.writestr("made.py", repr(time.time_ns()))
        archive.writestr(INFO + "/METADATA", pathlib.Path("PKG-INFO").read_text())
        archive.writestr(INFO + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(INFO + "/RECORD", "")
    return name
"""


def test_build_that_depends_on_the_machine_is_told_and_nothing_is_lost(
    packages: Path, project: Path, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    library(project / "libs/dated", "dated", backend=DATED.format(stem="dated-0.1"))
    REQUIREMENTS.write_text("./libs/dated\n")
    assert ca_vendor("lock", "orders").code == 0
    forget(monkeypatch, tmp_path)
    before = tree(project)

    result = ca_vendor("fetch", "orders")

    assert result.code == ExitCode.INTEGRITY
    assert "`dated==0.1` was built here to another wheel than the locked one" in result.err
    assert "commit the wheelhouse" in result.err
    assert tree(project) == before


def test_source_tree_is_vendored_and_its_changes_are_noticed(project: Path, ca_vendor: Command) -> None:
    library(project / "libs/common", "common", requires=("acme-core",))
    REQUIREMENTS.write_text("-e ../../libs/common\n")
    locked = ca_vendor("lock", "orders")
    assert locked.code == 0, locked.err
    assert "`-e ../../libs/common` is vendored as a normal wheel" in locked.err
    source = pin("common").source
    assert isinstance(source, Tree)
    assert source.path == "../libs/common"
    assert ca_vendor("fetch", "orders").code == 0
    assert "common-0.1-py3-none-any.whl" in wheels()
    assert any(name.startswith("acme_core-1.1.0") for name in wheels())
    assert ca_vendor("check", "orders").code == 0
    first = (WHEELHOUSE / "common-0.1-py3-none-any.whl").read_bytes()

    (project / "libs/common/src/common.py").write_text("x = 2\n")
    checked = ca_vendor("check", "orders")
    assert (checked.code, checked.out) == (
        9,
        "orders: `libs/common` has changed since it was locked → ca-vendor lock\n",
    )
    assert ca_vendor("fetch", "orders").code == ExitCode.STALE
    stale = ca_vendor("lock", "--check", "orders")
    assert (stale.code, "common==0.1" in stale.out) == (9, True)
    assert (
        ca_vendor("lock", "orders").code == ca_vendor("fetch", "orders").code == ca_vendor("check", "orders").code == 0
    )
    assert (WHEELHOUSE / "common-0.1-py3-none-any.whl").read_bytes() != first


def test_library_of_many_functions_is_built_once(
    project: Path, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each build of it would make other bytes."""
    library(project / "libs/common", "common", backend=DATED.format(stem="common-0.1"))
    REQUIREMENTS.write_text("../../libs/common\n")
    Path("src/reports/requirements.in").write_text("common @ file:../../libs/common\nacme-core\n")

    assert ca_vendor("lock").code == ca_vendor("fetch").code == 0

    assert pin("common").file == pin("common", "reports").file
    # An unrelated change builds nothing anew, on whatever machine.
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path / "another"))
    REQUIREMENTS.write_text("../../libs/common\nacme-json\n")
    before = pin("common")
    assert ca_vendor("lock", "orders").code == 0
    assert pin("common") == before


def test_libraries_may_require_each_other_by_reference(project: Path, ca_vendor: Command) -> None:
    library(project / "libs/common", "common")
    library(project / "libs/billing", "billing", requires=(f"common @ file://{project}/libs/common",))
    REQUIREMENTS.write_text("./libs/billing\n./libs/common\n")

    result = ca_vendor("lock", "orders")

    assert result.code == 0, result.err
    assert pin("billing").dependencies == ("common",)
    assert ca_vendor("fetch", "orders").code == ca_vendor("check", "orders").code == 0


def test_extras_of_a_source_tree_are_followed(project: Path, ca_vendor: Command) -> None:
    sdist = build_sdist(project / "made", "common", "0.1", requires=["acme-json; extra == 'fast'"], extras=["fast"])
    REQUIREMENTS.write_text(f"{sdist.relative_to(project)}[fast]\n")

    assert ca_vendor("lock", "orders").code == 0
    assert pin("common").dependencies == ("acme-json",)
    assert ca_vendor("fetch", "orders").code == ca_vendor("check", "orders").code == 0


def test_wheel_and_sdist_by_path(
    project: Path, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wheel = build_wheel(project / "wheels", "found", "1.0")
    build_sdist(project / "wheels", "other", "2.0")
    REQUIREMENTS.write_text("found @ file:wheels/found-1.0-py3-none-any.whl\n./wheels/other-2.0.tar.gz\n")
    assert ca_vendor("lock", "orders").code == 0
    assert isinstance(pin("found").source, Archive)
    assert pin("found").build is None
    assert pin("other").build is not None
    forget(monkeypatch, tmp_path)

    assert ca_vendor("fetch", "orders").code == ca_vendor("check", "orders").code == 0
    assert (WHEELHOUSE / wheel.name).read_bytes() == wheel.read_bytes()

    build_wheel(project / "wheels", "found", "1.0", files={"found.py": "y = 1\n"})
    assert "`wheels/found-1.0-py3-none-any.whl` has changed" in ca_vendor("check", "orders").out


def test_archives_by_url_are_held_to_their_hash(
    project: Path, emulator: Emulator, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ca_vendor("lock", "reports")
    url = pin("acme-core", "reports").file.url
    sha256 = pin("acme-core", "reports").file.sha256
    REQUIREMENTS.write_text(f"acme-core @ {url}#sha256={sha256}\n")
    result = ca_vendor("lock", "orders")
    assert result.code == 0, result.err
    assert isinstance(pin("acme-core").source, Archive)
    forget(monkeypatch, tmp_path)
    assert ca_vendor("fetch", "orders").code == ca_vendor("check", "orders").code == 0

    forget(monkeypatch, tmp_path, "third")
    REQUIREMENTS.write_text(f"acme-core @ {url}#sha256={'0' * 64}\n")
    assert ca_vendor("lock", "orders").code == ExitCode.INTEGRITY


def commit(repository: Path) -> str:
    git = ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    if not (repository / ".git").exists():
        subprocess.run(["git", "init", "-q", "-b", "main", str(repository)], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_branch_is_pinned_to_its_commit(
    project: Path, ca_vendor: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository = library(tmp_path / "repository" / "python", "remote", code="x = 1\n").parent
    first = commit(repository)
    REQUIREMENTS.write_text(f"remote @ git+file://{repository}@main#subdirectory=python\n")
    assert ca_vendor("lock", "orders").code == 0
    source = pin("remote").source
    assert isinstance(source, Checkout)
    assert (source.commit, source.revision, source.subdirectory) == (first, "main", "python")

    (repository / "python/src/remote.py").write_text("x = 2\n")
    second = commit(repository)
    before = tree(project)
    assert ca_vendor("lock", "orders").code == 0
    assert tree(project) == before
    forget(monkeypatch, tmp_path)
    assert ca_vendor("fetch", "orders").code == ca_vendor("check", "orders").code == 0
    with zipfile.ZipFile(WHEELHOUSE / "remote-0.1-py3-none-any.whl") as wheel:
        assert wheel.read("remote.py") == b"x = 1\n"

    assert ca_vendor("lock", "--upgrade-package", "remote", "orders").code == 0
    source = pin("remote").source
    assert isinstance(source, Checkout)
    assert source.commit == second
    REQUIREMENTS.write_text(f"remote @ git+file://{repository}@nowhere#subdirectory=python\n")
    result = ca_vendor("lock", "orders")
    assert result.code == ExitCode.INDEX
    assert f"git could not check out `nowhere` of `file://{repository}`" in result.err


@pytest.mark.parametrize(
    ("configuration", "arguments", "code"),
    [
        ("", (), 0),
        ('only-binary = [":all:"]\n', (), ExitCode.TARGET),
        ('only-binary = ["acme-source"]\n', (), ExitCode.TARGET),
        ('only-binary = [":all:"]\nno-binary = ["Acme.Source"]\n', (), 0),
        ("", ("--only-binary", ":all:"), ExitCode.TARGET),
        ('only-binary = [":all:"]\n', ("--no-binary", "acme-source"), 0),
        ("", ("--only-binary", "a,b", "--no-binary", "b"), ExitCode.USAGE),
        ('only-binary = ["b"]\nno-binary = ["b"]\n', (), ExitCode.CONFIGURATION),
        ('only-binary = ["a b"]\n', (), ExitCode.CONFIGURATION),
        ('builder = "none"\n', (), ExitCode.CONFIGURATION),
    ],
)
def test_formats_are_a_choice(
    project: Path, ca_vendor: Command, configuration: str, arguments: tuple[str, ...], code: int
) -> None:
    REQUIREMENTS.write_text("acme-source\n")
    with Path("ca-vendor.toml").open("a") as file:
        file.write(configuration)

    result = ca_vendor("lock", "orders", *arguments)

    assert result.code == code, result.err
    if code == 0:
        # What was chosen is in the lock; another choice makes another lock.
        assert "unchanged" in ca_vendor("lock", "orders", *arguments).err
        assert ca_vendor("fetch", "orders").code == ca_vendor("check", "orders").code == 0


def test_sdist_can_be_preferred(packages: Path, project: Path, ca_vendor: Command) -> None:
    REQUIREMENTS.write_text("acme-json\n")
    assert ca_vendor("lock", "orders").code == 0
    assert pin("acme-json").source is None
    missing = ca_vendor("lock", "orders", "--no-binary", "acme-json")
    assert missing.code == ExitCode.TARGET
    assert "is a wheel, excluded by `no-binary`" in missing.err


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("wrong @ file:libs/common", ExitCode.INPUT, "`file:libs/common` is `common`, not `wrong`"),
        ("./libs/common\n./libs/copy", ExitCode.INPUT, "`common` is required from two places"),
        ("./libs/none", ExitCode.INPUT, "there is nothing at `./libs/none`"),
        ("./libs", ExitCode.BUILD, "`libs` cannot be built"),
        ("./wheels/found-1.0-cp310-cp310-win_amd64.whl", ExitCode.TARGET, "no file of `found==1.0` fits"),
        ("./libs/common\ncommon>=9", ExitCode.RESOLUTION, "`-r requirements.in` requires `common>=9`"),
        ("./wheels/broken-1.0.tar.gz", ExitCode.BUILD, "its archive is broken"),
        ("./wheels/broken-1.0-py3-none-any.whl", ExitCode.INTEGRITY, "is not a usable wheel"),
    ],
)
def test_what_cannot_be_used_is_told(project: Path, ca_vendor: Command, line: str, code: ExitCode, says: str) -> None:
    library(project / "libs/common", "common")
    library(project / "libs/copy", "common", code="x = 2\n")
    build_wheel(project / "wheels", "found", "1.0", tag="cp310-cp310-win_amd64")
    for name in ("broken-1.0.tar.gz", "broken-1.0-py3-none-any.whl"):
        (project / "wheels" / name).write_bytes(b"no archive")
    REQUIREMENTS.write_text(f"{line}\n")
    before = tree(project)

    result = ca_vendor("lock", "orders")

    assert result.code == code, result.err
    assert says in result.err
    assert "hint: " in result.err
    assert tree(project) == before


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="needs Linux on x86_64")
def test_container_builds_in_the_image_that_is_configured(project: Path, ca_vendor: Command, tmp_path: Path) -> None:
    target = f"python3.{sys.version_info[1]}-x86_64"
    command = write_stand_in(tmp_path)
    with Path("ca-vendor.toml").open("a") as configuration:
        configuration.write(f'container-command = "{command}"\nbuild-image = "acme/{{runtime}}"\n')
    Path("job").mkdir()
    Path("job/requirements.in").write_text("acme-source\n")
    locked = ca_vendor("lock", "job/requirements.in", "--target", target, "--builder", "container")
    assert locked.code == 0, locked.err
    [lock] = [path for path in Path("vendor").glob("pylock.*.toml") if "job" in path.name]
    [pinned] = parse_lock(lock.read_text(), path=lock).pins
    assert pinned.build is not None
    assert pinned.build.builder == "container"
    assert "does not confine" not in locked.err

    command.write_text("#!/bin/sh\necho no such image >&2\nexit 125\n")
    Path("job/requirements.in").write_text("acme-source>=1\n")
    shutil.rmtree(tmp_path / "store")
    shutil.rmtree("vendor")
    failed = ca_vendor("lock", "job/requirements.in", "--target", target, "--builder", "container")
    assert failed.code == ExitCode.BUILD
    assert f"there is no image `acme/python3.{sys.version_info[1]}`" in failed.err
