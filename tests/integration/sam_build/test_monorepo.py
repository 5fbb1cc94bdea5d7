"""The example monorepo from lock to build: its libraries built once, what the layer has left out, no network."""

import json
import shutil
import subprocess
import sys
import tarfile
from collections import defaultdict
from pathlib import Path

import pytest

from ca_vendor import toml
from ca_vendor.emulator import Emulator
from ca_vendor.lock import Lock, Tree, parse_lock
from tests.distributions import build_sdist, build_wheel
from tests.integration.sam_build.conftest import require_cut, require_sam
from tests.sam_matrix.artifacts import differences
from tests.sam_matrix.workshop import Workshop, open_workshop
from tests.truth.interpreters import find_interpreter

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[3] / "examples"
RUNTIME = "python3.12"
FUNCTIONS = {
    "Orders": {"shop-store"},
    "Receipts": set[str](),
    "Refunds": {"shop-store"},
    "Reports": {"acme-core", "shop-money", "shop-store"},
    "Search": {"acme-core"},
    "Notify": {"acme-core", "shop-events", "shop-money"},
}
SHARED = {"acme-core", "shop-events", "shop-money"}
EVENTS = {
    "Orders": {"body": '{"prices": ["5.10"]}'},
    "Receipts": {"prices": ["5.10"]},
    "Refunds": {"number": 1, "cents": 5},
    "Reports": {"prices": ["5.10"]},
    "Search": {"least": "1", "prices": ["0.5", "5.10"]},
    "Notify": {"number": 1, "prices": ["5.10"]},
}
CALL = "import app, json, sys; print(app.handler(json.loads(sys.argv[1]), None))"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """The private package that the libraries require, from its own source."""
    source = EXAMPLES / "packages" / "acme-core" / "acme_core"
    files = {f"acme_core/{path.name}": path.read_bytes() for path in source.glob("*.py")}
    build_wheel(tmp_path / "packages", "acme-core", "1.4.0", files=files)
    return tmp_path / "packages"


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """A copy of the example."""
    workshop = open_workshop(tmp_path / "work")
    generated = shutil.ignore_patterns(".aws-sam", "vendor", "requirements.txt", "__pycache__")
    shutil.copytree(EXAMPLES / "monorepo", workshop.root, dirs_exist_ok=True, ignore=generated)
    return workshop


def with_a_backend_in_the_tree(library: Path, scratch: Path) -> None:
    """Let a library be built by a file of its own, and into another wheel each time."""
    path = library / "pyproject.toml"
    project = toml.loads(path.read_text())["project"]
    sdist = build_sdist(scratch, project["name"], project["version"], requires=project["dependencies"], files={})
    with tarfile.open(sdist) as archive:
        for name in ("PKG-INFO", "_backend.py"):
            content = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/{name}")
            assert content is not None
            (library / name).write_bytes(content.read())
    backend = library / "_backend.py"
    module = project["name"].replace("-", "_")
    unlike = f'    import uuid\n    entries["{module}/_built.txt"] = uuid.uuid4().bytes\n    record = []\n'
    backend.write_text(backend.read_text().replace("    record = []\n", unlike))
    text = path.read_text()
    text = text.replace('requires = ["flit_core>=3.12,<4"]', "requires = []")
    path.write_text(text.replace('"flit_core.buildapi"', '"_backend"\nbackend-path = ["."]'))


def locks(workshop: Workshop) -> dict[str, Lock]:
    paths = sorted((workshop.root / "vendor").glob("pylock.*.toml"))
    return {lock.bundle: lock for lock in (parse_lock(path.read_text(), path=path) for path in paths)}


def vendor(workshop: Workshop, packages: Path) -> str:
    """Lock, fetch and check; return what was said. No index hears of a name of ours."""
    said = ""
    with Emulator(packages=packages) as emulator:
        for command in ("lock", "fetch", "check"):
            done = workshop.ca_vendor(command, extra=emulator.environment(), cut=False).succeeded()
            said += done.err
        asked = [request.path for request in emulator.requests]
    assert not any(name in path for path in asked for name in ("shop", "boto", "orders", "notify"))
    return said


def see_that_it_is_as_locked(workshop: Workshop) -> None:
    found = locks(workshop)
    assert {pin.name for pin in found["layer"].pins} == SHARED
    for function, names in FUNCTIONS.items():
        lock = found[function.lower()]
        assert {pin.name for pin in lock.pins} == names, function
        assert lock.provider == ("layer" if lock.target.architecture.value == "arm64" else "")
    assert {lock.target.name for lock in found.values()} == {"python3.12-arm64", "python3.12-x86_64"}


def see_that_it_builds(workshop: Workshop) -> None:
    """Build with no network, and call each handler with its artifact and its layer alone."""
    workshop.ca_vendor("build", "--parallel").succeeded()
    layer = workshop.artifact("Shared") / "python"
    assert differences(workshop, layer, "layer", source="layer") == []
    interpreter = find_interpreter(RUNTIME.removeprefix("python"))
    assert interpreter is not None
    for function, event in EVENTS.items():
        artifact = workshop.artifact(function)
        assert differences(workshop, artifact, function.lower(), source=function.lower()) == []
        paths = f"{artifact}:{layer}" if locks(workshop)[function.lower()].provider else f"{artifact}"
        argv = [f"{interpreter.executable}", "-c", CALL, json.dumps(event)]
        done = subprocess.run(
            argv, cwd=artifact, env={"PYTHONPATH": paths}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (function, done.stderr)


def test_each_library_is_built_once_and_everything_is_built_with_no_network(
    workshop: Workshop, packages: Path, tmp_path: Path
) -> None:
    require_sam(RUNTIME)
    require_cut()
    for library in sorted((workshop.root / "libs").iterdir()):
        with_a_backend_in_the_tree(library, tmp_path / "made")

    said = vendor(workshop, packages)

    assert "`shop-store==0.1.0` requires `boto3>=1.34`, which is excluded: the runtime's own is used" in said
    see_that_it_is_as_locked(workshop)
    wheels = defaultdict[str, set[str]](set)
    for lock in locks(workshop).values():
        for pin in lock.pins:
            wheels[pin.name].add(pin.file.sha256)
            assert isinstance(pin.source, Tree) == pin.name.startswith("shop-")
    # Built anew, each would be another wheel.
    assert {name: len(digests) for name, digests in wheels.items()} == dict.fromkeys(SHARED | {"shop-store"}, 1)
    see_that_it_builds(workshop)

    money = workshop.root / "libs/money/src/shop_money/__init__.py"
    money.write_text(money.read_text().replace("4.90", "5.90"))
    told = workshop.ca_vendor("check", cut=False)
    assert sorted({line.split(":")[0] for line in told.out.splitlines()}) == ["layer", "notify", "reports"]


@pytest.mark.network
def test_example_is_built_by_the_backend_it_names(workshop: Workshop, packages: Path) -> None:
    require_sam(RUNTIME)
    require_cut()
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", f"{packages}"]
    subprocess.run([*download, "flit_core>=3.12,<4"], check=True)
    vendor(workshop, packages)
    see_that_it_is_as_locked(workshop)
    see_that_it_builds(workshop)
