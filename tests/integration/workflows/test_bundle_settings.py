"""What a bundle is made of besides its requirements.in: pyproject.toml, a layer, exclusions, the workspace."""

import json
import shutil
from pathlib import Path

import pytest

from ca_vendor.emulator import Emulator
from ca_vendor.errors import ExitCode
from ca_vendor.lock import Lock, Tree, parse_lock
from tests.distributions import build_wheel
from tests.integration.workflows.conftest import Command, tree
from tests.integration.workflows.test_sources import library

ORDERS, REPORTS = Path("src/orders"), Path("src/reports")
LAYER = """\
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layers/shared, CompatibleRuntimes: [python3.12]}
    Metadata: {BuildMethod: python3.12, BuildArchitecture: arm64}
"""


def locked(bundle: str = "orders") -> Lock:
    path = Path("vendor") / f"pylock.{bundle}.toml"
    return parse_lock(path.read_text(), path=path)


def pins(bundle: str = "orders") -> dict[str, str]:
    return {pin.name: str(pin.version) for pin in locked(bundle).pins}


def configure(text: str) -> None:
    Path("ca-vendor.toml").write_text(f'domain = "acme"\nrepository = "python"\n{text}')


def pyproject(directory: Path, text: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "requirements.in").unlink(missing_ok=True)
    (directory / "pyproject.toml").write_text(text)


def succeed(ca_vendor: Command, *commands: str) -> None:
    for command in commands:
        result = ca_vendor(*command.split())
        assert result.code == 0, (command, result.out, result.err)


@pytest.fixture
def packages(packages: Path) -> Path:
    """The private packages, and one that requires the SDK."""
    build_wheel(packages, "boto3", "1.40.1", requires=["botocore"])
    build_wheel(packages, "botocore", "1.40.1")
    build_wheel(packages, "acme-picky", "1.0", requires=["acme-core>=1.1"])
    build_wheel(packages, "acme-aws", "1.2", requires=["boto3>=1.40", "acme-json"])
    return packages


@pytest.fixture
def layer(project: Path) -> Path:
    """A layer that has acme-core and what that requires, which provides for `orders`."""
    template = project / "template.yaml"
    template.write_text(template.read_text() + LAYER)
    directory = project / "layers/shared"
    directory.mkdir(parents=True)
    (directory / "requirements.in").write_text("acme-core==1.0.0\n")
    configure('[[bundle]]\nname = "orders"\nprovided-by = "Shared"\n')
    return directory / "requirements.in"


def test_pyproject_is_an_input_with_the_extras_and_groups_that_are_chosen(project: Path, ca_vendor: Command) -> None:
    pyproject(
        ORDERS,
        """
        [project]
        name = "orders"
        version = "1"
        dependencies = ["acme-core"]
        [project.optional-dependencies]
        fast = ["acme-json"]
        [dependency-groups]
        base = ["acme-source"]
        lambda = [{include-group = "base"}]
        """,
    )
    succeed(ca_vendor, "lock orders")
    assert pins() == {"acme-core": "1.1.0", "acme-native": "2.1"}
    assert "    # via pyproject.toml\n" in (ORDERS / "requirements.txt").read_text()

    configure('[[bundle]]\nname = "orders"\nextras = ["Fast"]\ngroups = ["lambda"]\n')
    assert ca_vendor("check", "orders").code == ExitCode.STALE
    succeed(ca_vendor, "lock orders", "fetch orders", "check orders")
    assert pins() == {"acme-core": "1.1.0", "acme-native": "2.1", "acme-json": "1.0", "acme-source": "1.0"}
    text = (ORDERS / "requirements.txt").read_text()
    assert "# via pyproject.toml (extra fast)" in text
    assert "# via pyproject.toml (group lambda)" in text
    assert "change pyproject.toml" in text
    assert locked().requirements == "../src/orders/pyproject.toml"


@pytest.mark.parametrize(
    ("python", "says"),
    [
        (">=3.13", "it is for Python >=3.13, and python3.12-arm64 has 3.12."),
        ("new", "`requires-python` is no specifier: `new`"),
    ],
)
def test_pyproject_for_another_python_is_refused(project: Path, ca_vendor: Command, python: str, says: str) -> None:
    pyproject(ORDERS, f'[project]\nname = "orders"\nrequires-python = "{python}"\n')
    result = ca_vendor("lock", "orders")
    assert (result.code, says in result.err, "hint: " in result.err) == (ExitCode.INPUT, True, True), result.err


def test_requirements_in_wins_over_pyproject_and_it_is_said(project: Path, ca_vendor: Command) -> None:
    (ORDERS / "pyproject.toml").write_text('[project]\nname = "orders"\ndependencies = ["acme-json"]\n')
    result = ca_vendor("lock", "orders")
    assert "note: `src/orders/requirements.in` is used, and the pyproject.toml beside it is not" in result.err
    assert "acme-orders" in pins()


def test_pyproject_from_the_command_line_stays_what_it_was_locked_as(project: Path, ca_vendor: Command) -> None:
    pyproject(
        Path("jobs/nightly"), '[project]\nname = "n"\ndependencies = []\n[dependency-groups]\nrun = ["acme-json"]\n'
    )
    Path("template.yaml").unlink()
    succeed(
        ca_vendor,
        "lock jobs/nightly/pyproject.toml --target python3.12-arm64 --group run",
        "fetch nightly",
        "check nightly",
    )
    assert pins("nightly") == {"acme-json": "1.0"}
    assert ca_vendor("lock", "--group", "run").code == ExitCode.USAGE


def test_function_leaves_out_what_its_layer_provides(
    project: Path, layer: Path, ca_vendor: Command, emulator: Emulator
) -> None:
    succeed(ca_vendor, "lock", "fetch", "check")
    assert pins("shared") == {"acme-core": "1.0.0"}
    assert pins() == {"acme-json": "1.0", "acme-orders": "0.3.0"}
    assert locked().provider == "shared"
    assert {name: str(version) for name, version in locked().provided.items()} == {"acme-core": "1.0.0"}
    assert "acme-core" not in (ORDERS / "requirements.txt").read_text()
    assert pins("reports") == {"acme-core": "1.1.0", "acme-native": "2.1"}

    before, asked = tree(project), len(emulator.requests)
    succeed(ca_vendor, "lock", "fetch")
    assert (tree(project), len(emulator.requests)) == (before, asked)

    [orders] = json.loads(ca_vendor("status", "orders", "--json").out)
    assert (orders["provided_by"], orders["provided_bytes"] > 0) == ("shared", True)
    assert "Orders (with shared)" in ca_vendor("status", "orders").out


def test_layer_and_function_agree_or_it_is_said(layer: Path, ca_vendor: Command) -> None:
    succeed(ca_vendor, "lock", "fetch")
    layer.write_text("acme-core>=1.1\n")
    succeed(ca_vendor, "lock shared")
    checked = ca_vendor("check", "orders")
    assert checked.code == ExitCode.STALE
    assert checked.out == (
        "orders: it was locked with `acme-core==1.0.0` of `shared`, which has 1.1.0 now → ca-vendor lock\n"
    )
    assert ca_vendor("fetch", "orders").code == ExitCode.STALE
    stale = ca_vendor("lock", "--check", "orders")
    assert (stale.code, "has 1.1.0 now" in stale.out) == (ExitCode.STALE, True)
    succeed(ca_vendor, "lock", "fetch", "check")
    assert {name: str(version) for name, version in locked().provided.items()} == {
        "acme-core": "1.1.0",
        "acme-native": "2.1",
    }

    layer.write_text("acme-core\nacme-json\n")
    succeed(ca_vendor, "lock shared")
    assert "`acme-json` is in `shared` too" in ca_vendor("check", "orders").out
    Path("vendor/pylock.shared.toml").unlink()
    assert "`shared`, which provides for it, is not locked" in ca_vendor("check", "orders").out


def test_layer_is_locked_with_its_function_and_keeps_its_pins(layer: Path, ca_vendor: Command) -> None:
    succeed(ca_vendor, "lock orders")
    assert pins("shared") == {"acme-core": "1.0.0"}
    [orders] = json.loads(ca_vendor("status", "orders", "--json").out)
    assert (orders["state"], orders["provided_bytes"]) == ("locked", None)
    layer.write_text("acme-core\n")
    succeed(ca_vendor, "lock --upgrade orders")
    assert pins("shared")["acme-core"] == "1.0.0"  # still allowed, and the layer was not to be upgraded
    succeed(ca_vendor, "lock --upgrade")
    assert pins("shared")["acme-core"] == "1.1.0"


def test_requirement_that_the_layer_does_not_satisfy_is_told(layer: Path, ca_vendor: Command) -> None:
    (ORDERS / "requirements.in").write_text("acme-core>=1.1\n")
    before = tree(Path.cwd())
    result = ca_vendor("lock")
    assert result.code == ExitCode.RESOLUTION
    assert "`-r requirements.in` requires `acme-core>=1.1`, and `shared`, which provides it, has 1.0.0" in result.err
    assert "hint: require `acme-core>=1.1` in `shared` too" in result.err
    assert tree(Path.cwd()) == before


@pytest.mark.parametrize("resolver", ["pip-compile", "uv"])
def test_requirement_of_a_pin_that_the_layer_does_not_satisfy_is_told(
    layer: Path, ca_vendor: Command, resolver: str
) -> None:
    (ORDERS / "requirements.in").write_text("acme-picky\n")
    result = ca_vendor("lock", "--resolver", resolver)
    assert result.code == ExitCode.RESOLUTION
    assert "`acme-picky==1.0` requires `acme-core>=1.1`, and `shared`, which provides it, has 1.0.0" in result.err


def test_layer_of_the_project_s_own_library_provides_it(project: Path, layer: Path, ca_vendor: Command) -> None:
    library(project / "libs/common", "common", requires=("acme-json",))
    layer.write_text("../../libs/common\n")
    (ORDERS / "requirements.in").write_text("common\nacme-native\n")
    succeed(ca_vendor, "lock", "fetch", "check")
    assert pins() == {"acme-native": "2.1"}
    assert sorted(locked().provided) == ["acme-json", "common"]


def test_excluded_projects_are_left_out_with_what_only_they_need(
    project: Path, emulator: Emulator, ca_vendor: Command
) -> None:
    configure('exclude = ["Boto3"]\n')
    (ORDERS / "requirements.in").write_text("acme-aws\nboto3<2\n")
    result = ca_vendor("lock", "orders")
    assert result.code == 0, result.err
    own = "which is excluded: the runtime's own is used"
    assert f"warning: `acme-aws==1.2` requires `boto3>=1.40`, {own}" in result.err
    assert f"warning: `-r requirements.in` requires `boto3<2`, {own}" in result.err
    assert pins() == {"acme-aws": "1.2", "acme-json": "1.0"}
    assert [str(each) for each in locked().missing] == [
        "`-r requirements.in` requires `boto3<2`",
        "`acme-aws==1.2` requires `boto3>=1.40`",
    ]
    assert not any("boto" in request.path for request in emulator.requests)
    succeed(ca_vendor, "fetch orders", "check orders")
    assert "warning" not in ca_vendor("lock", "orders").err

    configure("")
    assert ca_vendor("check", "orders").code == ExitCode.STALE
    succeed(ca_vendor, "lock orders")
    assert "botocore" in pins()
    configure('[[bundle]]\nname = "orders"\nexclude = ["acme-json"]\n')
    assert "what runs the function must have it" in ca_vendor("lock", "orders").err


MEMBERS = """\
[project]
name = "{name}"
version = "0.1"
dependencies = {requires}
[build-system]
requires = []
build-backend = "_backend"
backend-path = ["."]
"""


def member(root: Path, name: str, *requires: str) -> Path:
    """Write a library of the workspace, with a static `[project]` and the in-tree backend."""
    library(root, name, requires=requires)
    (root / "pyproject.toml").write_text(MEMBERS.format(name=name, requires=json.dumps(requires)))
    return root


def test_workspace_serves_its_libraries_by_name_and_no_index_is_asked(
    project: Path, emulator: Emulator, ca_vendor: Command
) -> None:
    member(project / "libs/common", "common", "acme-json")
    member(project / "libs/billing", "billing", "common>=0.1")
    member(project / "libs/unused", "unused", "no-such-project")
    configure('workspace = ["libs/*"]\n')
    (ORDERS / "requirements.in").write_text("billing\n")
    (REPORTS / "requirements.in").write_text("common\n")

    succeed(ca_vendor, "lock", "fetch", "check")

    assert pins() == {"acme-json": "1.0", "billing": "0.1", "common": "0.1"}
    assert all(isinstance(pin.source, Tree) for pin in locked().pins if pin.name != "acme-json")
    asked = [request.path for request in emulator.requests]
    assert not any(name in target for target in asked for name in ("common", "billing", "unused", "no-such"))

    (project / "libs/common/src/common.py").write_text("x = 3\n")
    assert ca_vendor("check").out.count("`libs/common` has changed since it was locked") == 2
    configure("")
    assert "`libs/billing` is neither named nor in the workspace any more" in ca_vendor("check", "orders").out


def test_name_that_becomes_one_of_the_workspace_makes_its_locks_stale(project: Path, ca_vendor: Command) -> None:
    succeed(ca_vendor, "lock reports", "fetch reports", "check reports")
    member(project / "libs/core", "acme-core")
    configure('workspace = ["libs/*"]\n')
    assert ca_vendor("check", "reports").out == (
        "reports: `acme-core` is `libs/core` of the workspace, and was locked from elsewhere → ca-vendor lock\n"
    )
    assert ca_vendor("fetch", "reports").code == ExitCode.STALE
    succeed(ca_vendor, "lock reports", "fetch reports", "check reports")
    assert pins("reports") == {"acme-core": "0.1"}


def test_build_requirement_of_the_workspace_is_asked_of_no_index(
    project: Path, emulator: Emulator, ca_vendor: Command
) -> None:
    tool = member(project / "libs/tool", "acme-json")
    common = member(project / "libs/common", "common")
    text = (common / "pyproject.toml").read_text()
    (common / "pyproject.toml").write_text(text.replace("requires = []", 'requires = ["acme-json"]'))
    configure('workspace = ["libs/*"]\n')
    (ORDERS / "requirements.in").write_text("common\n")
    result = ca_vendor("lock", "orders")
    assert result.code == ExitCode.CONFIGURATION, result.err
    assert "`acme-json` is a project of the workspace, so no index is asked for it" in result.err
    assert not any("acme-json" in request.path for request in emulator.requests)
    shutil.rmtree(tool)


@pytest.mark.parametrize(
    ("configuration", "requirement", "code", "says"),
    [
        ('workspace = ["lib/*"]', "", ExitCode.CONFIGURATION, "`lib/*` of `workspace` matches no directory"),
        ('workspace = ["libs/*"]', "./copy", ExitCode.INPUT, "`common` is required from two places"),
        ('workspace = ["libs/*", "copy"]', "", ExitCode.CONFIGURATION, "`copy` and `libs/common` are both `common`"),
        ('workspace = ["old"]', "", ExitCode.CONFIGURATION, "`old` is in the workspace and tells no name of its own"),
        ('[[bundle]]\nname = "order"', "", ExitCode.CONFIGURATION, "did you mean `orders`?"),
        ('[[bundle]]\nname = "orders"\nextras = ["x"]', "", ExitCode.CONFIGURATION, "has a requirements.in"),
        ('[[bundle]]\nname = "orders"\nprovided-by = "Report"', "", ExitCode.CONFIGURATION, "mean `Reports`?"),
        ('[[bundle]]\nname = "orders"\nprovided-by = "Reports"', "", ExitCode.INPUT, "it is for python3.12-arm64"),
    ],
)
def test_configuration_that_cannot_be_used_is_told(
    project: Path, ca_vendor: Command, configuration: str, requirement: str, code: ExitCode, says: str
) -> None:
    member(project / "libs/common", "common")
    member(project / "copy", "common")
    (project / "old").mkdir()
    (project / "old/setup.py").write_text("")
    configure(f"{configuration}\n")
    (ORDERS / "requirements.in").write_text(f"{requirement}\n")
    before = tree(project)

    result = ca_vendor("lock", "orders")

    assert (result.code, says in result.err) == (code, True), result.err
    assert "hint: " in result.err
    assert tree(project) == before
