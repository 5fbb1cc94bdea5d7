"""What a command line of `sam build` is taken to build."""

from pathlib import Path

import pytest

from ca_vendor.config import read_settings
from ca_vendor.workflows.building import BuildPlan, build_environment, plan_build, sam_arguments
from ca_vendor.workflows.project import Project

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Machine: {Type: String, Default: arm64}}
Globals:
  Function: {Runtime: python3.12, Handler: app.handler}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/orders, Architectures: [!Ref Machine]}
  Reports:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/reports}
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image}
    Metadata: {Dockerfile: Dockerfile, DockerContext: src/image}
"""
BUNDLE = '[[bundle]]\nrequirements = "src/image/requirements.in"\ntarget = "python3.13-x86_64"\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and the current directory."""
    for name in ("orders", "reports", "image"):
        (tmp_path / "src" / name).mkdir(parents=True)
        (tmp_path / "src" / name / "requirements.in").touch()
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "ca-vendor.toml").write_text(BUNDLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plan(*arguments: str) -> BuildPlan:
    return plan_build(Project(settings=read_settings(Path())), arguments)


def built(plan: BuildPlan) -> list[str]:
    return [use.resource.logical_id for use in plan.uses] + [image.logical_id for image in plan.images]


def test_everything(root: Path) -> None:
    everything = plan()
    assert built(everything) == ["Orders", "Reports", "Image"]
    assert [target.name for target in everything.targets] == [
        "python3.13-x86_64",
        "python3.12-arm64",
        "python3.12-x86_64",
    ]
    assert [bundle.name for bundle in everything.checked] == ["orders", "reports", "image"]
    assert list(everything.code_directories) == [root / "src" / "image"]
    assert sam_arguments(everything) == ("build",)


def test_one_resource_and_none_of_some(root: Path) -> None:
    assert built(plan("Orders")) == ["Orders"]
    assert built(plan("--exclude", "Orders", "-x", "Image")) == ["Reports"]
    # The containers of what is not built are told nothing wrong: platforms are those of the whole template.
    assert plan("Orders").targets == plan().targets


def test_container(root: Path) -> None:
    contained = plan("--use-container", "-e", "MINE=1")
    assert sorted(path.name for path in contained.code_directories) == ["image", "orders", "reports"]
    said = sam_arguments(contained)
    assert said[:4] == ("build", "--use-container", "-e", "MINE=1")
    assert "PIP_FIND_LINKS=/tmp/samcli/source/.cache/ca-vendor" in said
    assert not [word for word in sam_arguments(plan()) if "PIP" in word]


def test_what_samconfig_tells_the_containers_is_kept_but_for_other_sources(root: Path) -> None:
    told = '["A=1", "Orders.A=2", "PIP_EXTRA_INDEX_URL=http://127.0.0.1:1/", "Orders.CODEARTIFACT_AUTH_TOKEN=secret"]'
    (root / "samconfig.toml").write_text(f"[default.build.parameters]\ncontainer_env_var = {told}\n")
    words = sam_arguments(plan("--use-container"))
    assert [word for word in words if word.endswith(("A=1", "A=2"))] == ["A=1", "Orders.A=2"]
    assert not [word for word in words if "EXTRA" in word or "secret" in word]
    # SAM itself does not read them there where the command line tells the containers anything.
    assert not [word for word in sam_arguments(plan("--use-container", "-e", "MINE=1")) if word.endswith("A=1")]


def test_parameters_and_samconfig(root: Path) -> None:
    of_dev = '[dev.build.parameters]\nparameter_overrides = "Machine=x86_64"\n'
    (root / "samconfig.toml").write_text(f"[default.build.parameters]\nuse_container = true\n{of_dev}")
    assert plan().in_container
    assert not plan("--no-use-container").in_container
    chosen = plan("--config-env", "dev")
    assert not chosen.in_container
    assert chosen.uses[0].resource.architecture == "x86_64"
    assert plan("--parameter-overrides", "Machine=x86_64").uses[0].resource.architecture == "x86_64"
    (root / "other.toml").write_text("")
    assert not plan("--config-file", "other.toml").in_container


def test_template_that_only_our_configuration_names(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "template.yaml").rename(root / "infra.yaml")
    (root / "ca-vendor.toml").write_text(f'template = "infra.yaml"\n{BUNDLE}')
    assert sam_arguments(plan("--cached")) == ("build", "--template-file", "infra.yaml", "--cached")
    assert sam_arguments(plan("-t", "infra.yaml")) == ("build", "-t", "infra.yaml")
    monkeypatch.chdir(root / "src")
    assert sam_arguments(plan()) == ("build", "--template-file", "../infra.yaml")
    monkeypatch.setenv("SAM_TEMPLATE_FILE", "../infra.yaml")
    assert sam_arguments(plan()) == ("build",)


def test_template_that_samconfig_names(root: Path) -> None:
    (root / "template.yaml").rename(root / "infra.yaml")
    (root / "samconfig.toml").write_text('[default.global.parameters]\ntemplate_file = "infra.yaml"\n')
    assert built(plan()) == ["Orders", "Reports", "Image"]
    assert sam_arguments(plan()) == ("build",)


def test_manifest_of_all_functions(root: Path) -> None:
    bundles = {use.bundle.name for use in plan("--manifest", "src/orders/requirements.txt").uses if use.bundle}
    assert bundles == {"orders"}


def test_project_without_a_template(root: Path) -> None:
    (root / "template.yaml").unlink()
    nothing = plan("--debug")
    assert sam_arguments(nothing) == ("build", "--debug")
    assert build_environment(nothing, {})["PIP_PLATFORM"].startswith("manylinux_2_34_x86_64")
