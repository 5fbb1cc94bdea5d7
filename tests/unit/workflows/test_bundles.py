from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ca_vendor.config import BundleSettings, Settings
from ca_vendor.errors import ConfigurationError, InputError, TargetError
from ca_vendor.target import TargetDescription
from ca_vendor.workflows.bundles import (
    ConflictingTargetsError,
    NoBundlesError,
    UnknownBundleError,
    ad_hoc_bundle,
    choose_bundles,
    find_bundles,
    find_locked_bundles,
)
from ca_vendor.workflows.project import Project
from tests.unit.workflows.projects import Workplace

TEMPLATE = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
FUNCTION = (
    "  {id}:\n    Type: AWS::Serverless::Function\n"
    "    Properties: {{CodeUri: {code}, Handler: a.b, Runtime: {runtime}, Architectures: [arm64]}}\n"
)

Write = Callable[..., Project]


def function(name: str, code: str, runtime: str = "python3.12") -> str:
    return FUNCTION.format(id=name, code=code, runtime=runtime)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a template with these functions, and these requirements files; return the project."""

    def write(*functions: str, requirements: tuple[str, ...] = (), **settings: object) -> Project:
        if functions:
            (tmp_path / "template.yaml").write_text(TEMPLATE + "".join(functions))
        for path in requirements:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text("")
        return Project(settings=Settings(root=tmp_path, **settings))  # type: ignore[arg-type]

    return write


def found(project: Project) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        bundle.name: (f"{project.shown(bundle.requirements)} {bundle.target}", bundle.users)
        for bundle in find_bundles(project).managed
    }


def test_functions_of_one_directory_share_a_bundle_named_after_it(write: Write) -> None:
    project = write(
        function("One", "src/orders"), function("Two", "src/orders/"), requirements=("src/orders/requirements.in",)
    )
    assert found(project) == {"orders": ("src/orders/requirements.in python3.12-arm64", ("One", "Two"))}
    assert find_bundles(project).managed[0].compiled == project.root / "src/orders/requirements.txt"


def test_directories_of_one_name_are_named_after_their_paths(write: Write) -> None:
    project = write(
        function("One", "a/app"),
        function("Two", "b/app"),
        requirements=("a/app/requirements.in", "b/app/requirements.in"),
    )
    assert set(found(project)) == {"a-app", "b-app"}


def test_what_is_not_managed_is_told_with_the_reason(write: Write) -> None:
    project = write(function("Bare", "src/bare"), function("Web", "src/web", "nodejs22.x"))
    unmanaged = dict(find_bundles(project).unmanaged)
    assert unmanaged["Bare"] == "there is no `src/bare/requirements.in`"
    assert "nodejs22.x" in unmanaged["Web"]
    with pytest.raises(NoBundlesError) as caught:
        choose_bundles(find_bundles(project), ())
    assert any("Bare" in line for line in caught.value.details)


PROJECT = '[project]\nname = "x"\n'


def test_pyproject_is_an_input_where_there_is_no_requirements_in(write: Write) -> None:
    project = write(
        function("One", "src/orders"),
        function("Two", "src/tool"),
        function("Three", "src/both"),
        function("Four", "."),
        requirements=("src/both/requirements.in",),
        source=None,
    )
    for path, text in {"orders": PROJECT, "tool": "[tool.ruff]\n", "both": PROJECT}.items():
        (project.root / f"src/{path}").mkdir(exist_ok=True)
        (project.root / f"src/{path}/pyproject.toml").write_text(text)
    (project.root / "pyproject.toml").write_text(PROJECT)
    ours = Project(settings=replace(project.settings, source=project.root / "pyproject.toml"))
    assert found(ours) == {
        "both": ("src/both/requirements.in python3.12-arm64", ("Three",)),
        "orders": ("src/orders/pyproject.toml python3.12-arm64", ("One",)),
    }
    bundles = find_bundles(ours)
    assert [bundle.compiled.name for bundle in bundles.managed] == ["requirements.txt"] * 2
    assert bundles.notices == ("`src/both/requirements.in` is used, and the pyproject.toml beside it is not",)
    assert dict(bundles.unmanaged).keys() == {"Two", "Four"}
    assert len(found(project)) == 3  # of a root that is no configuration of ours


def test_our_own_configuration_is_an_input_where_it_is_named(write: Write) -> None:
    entry = BundleSettings(requirements="pyproject.toml", target="python3.12-arm64", name="root")
    project = write(bundles=(entry,))
    path = project.root / "pyproject.toml"
    path.write_text(PROJECT)
    ours = Project(settings=replace(project.settings, source=path))
    assert found(ours) == {"root": ("pyproject.toml python3.12-arm64", ())}


def test_two_inputs_of_one_requirements_txt_are_refused(write: Write) -> None:
    entries = tuple(
        BundleSettings(requirements=f"a/{name}", target="python3.12-arm64", name=name[0])
        for name in ("requirements.in", "pyproject.toml")
    )
    project = write(requirements=("a/requirements.in", "a/pyproject.toml"), bundles=entries)
    with pytest.raises(ConfigurationError, match=r"would both write `a/requirements\.txt`"):
        find_bundles(project)


def test_one_directory_for_two_targets_is_refused(write: Write) -> None:
    project = write(
        function("One", "src/a"), function("Two", "src/a", "python3.13"), requirements=("src/a/requirements.in",)
    )
    with pytest.raises(ConflictingTargetsError, match="is used for 2 targets") as caught:
        find_bundles(project)
    assert caught.value.details == ("python3.12-arm64: One", "python3.13-arm64: Two")


def test_configured_bundle_wins_over_the_templates(write: Write) -> None:
    entry = BundleSettings(requirements="src/a/requirements.in", target="python3.13-x86_64", name="mine")
    project = write(function("One", "src/a"), requirements=("src/a/requirements.in",), bundles=(entry,))
    assert found(project) == {"mine": ("src/a/requirements.in python3.13-x86_64", ())}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("tools/requirements.in", "tools"),
        ("tools/extra.in", "tools-extra"),
        ("my tools!/requirements.in", "my-tools"),
        ("---/requirements.in", "bundle"),
        ("!/requirements.in", "bundle"),
    ],
)
def test_bundle_is_named_after_its_file(write: Write, path: str, name: str) -> None:
    project = write(requirements=(path,), bundles=(BundleSettings(requirements=path, target="python3.12-arm64"),))
    assert list(found(project)) == [name]


def test_described_target_may_be_used(write: Write) -> None:
    described = {"python3.15-arm64": TargetDescription(python_full_version="3.15.1", glibc="2.34")}
    entry = BundleSettings(requirements="a/requirements.in", target="python3.15-arm64")
    assert found(write(requirements=("a/requirements.in",), bundles=(entry,), targets=described))


@pytest.mark.parametrize(
    ("bundles", "requirements", "error", "message"),
    [
        ((("a.in", "python3.12-arm64", None),), (), ConfigurationError, r"there is no `a\.in`"),
        ((("a.in", "python2.7-arm64", None),), ("a.in",), TargetError, "unknown target"),
        (
            (("a.in", "python3.12-arm64", "x"), ("b.in", "python3.12-arm64", "x")),
            ("a.in", "b.in"),
            ConfigurationError,
            "two bundles are named `x`",
        ),
    ],
    ids=["missing", "target", "repeated"],
)
def test_unusable_bundle_is_refused(
    write: Write,
    bundles: tuple[tuple[str, str, str | None], ...],
    requirements: tuple[str, ...],
    error: type[Exception],
    message: str,
) -> None:
    entries = tuple(BundleSettings(requirements=path, target=target, name=name) for path, target, name in bundles)
    with pytest.raises(error, match=message):
        find_bundles(write(requirements=requirements, bundles=entries))


def test_configured_template_is_read(write: Write) -> None:
    project = write(requirements=("infra/app/requirements.in",), template="infra/stack.yaml")
    (project.root / "infra/stack.yaml").write_text(TEMPLATE + function("One", "app"))
    assert list(found(project)) == ["app"]


def test_bundles_are_chosen_by_name_function_file_or_directory(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write(
        function("One", "src/a"),
        function("Two", "src/b"),
        requirements=("src/a/requirements.in", "src/b/requirements.in"),
    )
    bundles = find_bundles(project)
    monkeypatch.chdir(project.root)
    for name in ("a", "One", "src/a/requirements.in", "src/a", "./src/a/", str(project.root / "src/a")):
        assert [bundle.name for bundle in choose_bundles(bundles, [name])] == ["a"]
    assert [bundle.name for bundle in choose_bundles(bundles, ["Two", "a", "b"])] == ["b", "a"]
    assert choose_bundles(bundles, ()) == bundles.managed
    with pytest.raises(UnknownBundleError, match="there is no bundle `c`") as caught:
        choose_bundles(bundles, ["c"])
    assert caught.value.details == ("known: a, b",)


def test_file_and_target_from_the_command_line_make_a_bundle(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write(requirements=("x/requirements.in",))
    monkeypatch.chdir(project.root)
    bundle = ad_hoc_bundle(project, Path("x/../x/requirements.in"), "python3.12-arm64")
    assert (bundle.name, bundle.requirements, bundle.ad_hoc) == ("x", project.root / "x/requirements.in", True)


@pytest.mark.parametrize(
    ("path", "message"), [("missing.in", "there is no file"), ("requirements.txt", r"is not named \*\.in")]
)
def test_file_from_the_command_line_that_cannot_be_used_is_told(
    write: Write, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    project = write(requirements=("requirements.txt",))
    monkeypatch.chdir(project.root)
    with pytest.raises(InputError, match=message):
        ad_hoc_bundle(project, Path(path), "python3.12-arm64")


def test_bundle_locked_from_the_command_line_is_found_by_its_lock(place: Workplace) -> None:
    bundle = place.bundle("adhoc", "")
    place.lock(bundle)
    gone = place.bundle("gone", "")
    place.lock(gone)
    gone.requirements.unlink()
    [found_again] = find_locked_bundles(place.project).managed
    assert (found_again.name, found_again.requirements, found_again.ad_hoc) == ("adhoc", bundle.requirements, True)
