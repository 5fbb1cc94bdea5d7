import json
import os
from pathlib import Path

import pytest

from ca_vendor.sam import (
    BuildSettings,
    CodeResource,
    NestedTemplateError,
    NotATemplateError,
    Origin,
    ResourceKind,
    SkipReason,
    Template,
    TemplateError,
    TemplateTooLargeError,
    Workflow,
    read_template,
)

FUNCTION = "{Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.12, CodeUri: CODE}}"


def write(directory: Path, text: str, name: str = "template.yaml") -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def function(code: str) -> str:
    return FUNCTION.replace("CODE", code)


def reasons(template: Template) -> dict[str, SkipReason]:
    return {item.logical_id: item.reason for item in template.skipped}


def test_a_function_and_a_layer(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
Globals:
  Function: {Runtime: python3.12, Architectures: [arm64]}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src/orders/, Handler: app.handler}
  Shared:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile, BuildArchitecture: arm64}
    Properties: {ContentUri: layer, CompatibleRuntimes: [python3.13], CompatibleArchitectures: [arm64, x86_64]}
""",
    )
    template = read_template(path)
    assert template == Template(
        path=path,
        files=(path,),
        resources=(
            CodeResource(
                logical_id="Orders",
                kind=ResourceKind.FUNCTION,
                code_directory=tmp_path / "src/orders",
                runtime="python3.12",
                architecture="arm64",
                build_method=None,
                workflow=Workflow.PIP,
                origin=Origin(template=path, line=5),
            ),
            CodeResource(
                logical_id="Shared",
                kind=ResourceKind.LAYER,
                code_directory=tmp_path / "layer",
                runtime="python3.13",
                architecture="arm64",
                build_method="makefile",
                workflow=Workflow.MAKEFILE,
                compatible_architectures=("arm64", "x86_64"),
                origin=Origin(template=path, line=8),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ("{Type: AWS::Serverless::Function, Properties: {Runtime: nodejs20.x}}", SkipReason.OTHER_RUNTIME),
        ("{Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023}}", SkipReason.OTHER_RUNTIME),
        ("{Type: AWS::Serverless::Function}", SkipReason.NO_RUNTIME),
        ("{Type: AWS::Serverless::Function, Properties: {InlineCode: pass}}", SkipReason.INLINE_CODE),
        ("{Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: pass}}}", SkipReason.INLINE_CODE),
        ("{Type: AWS::Serverless::Function, Properties: {CodeUri: s3://b/k}}", SkipReason.CODE_IN_S3),
        ("{Type: AWS::Lambda::Function, Properties: {Code: {S3Bucket: b, S3Key: k}}}", SkipReason.CODE_IN_S3),
        ("{Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: {Bucket: b}}}", SkipReason.CODE_IN_S3),
        ("{Type: AWS::Serverless::Function, Properties: {CodeUri: a.zip}}", SkipReason.PREBUILT_ARCHIVE),
        ("{Type: AWS::Serverless::Function, Properties: {PackageType: Image}}", SkipReason.PREBUILT_IMAGE),
        ("{Type: AWS::Serverless::Function, Metadata: {SkipBuild: true}}", SkipReason.SKIP_BUILD),
        ("{Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: l}}", SkipReason.NO_BUILD_METHOD),
        ("{Type: AWS::Serverless::LayerVersion, Metadata: {BuildMethod: python-uv}}", SkipReason.OTHER_BUILD_METHOD),
        ("{Type: AWS::Serverless::LayerVersion, Metadata: {BuildMethod: makefile}}", SkipReason.NO_RUNTIME),
        ("{Type: AWS::Serverless::LayerVersion, Metadata: {BuildMethod: {a: b}}}", SkipReason.UNDECIDED),
        ("{Type: AWS::Serverless::Function, Properties: {Runtime: !ImportValue x}}", SkipReason.UNDECIDED),
        (
            "{Type: AWS::Serverless::Function, Properties: {Runtime: python3.12, Architectures: [a, b]}}",
            SkipReason.UNDECIDED,
        ),
        ("{Type: AWS::Serverless::Application, Properties: {Location: https://x.invalid/t}}", SkipReason.REMOTE_STACK),
        (
            "{Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a, SemanticVersion: '1'}}}",
            SkipReason.REMOTE_STACK,
        ),
        ("{Type: AWS::CloudFormation::Stack}", SkipReason.REMOTE_STACK),
    ],
)
def test_what_is_not_ours_is_listed_with_the_reason(tmp_path: Path, resource: str, reason: SkipReason) -> None:
    template = read_template(write(tmp_path, f"Resources:\n  X: {resource}\n"))
    assert (template.resources, template.images) == ((), ())
    assert reasons(template) == {"X": reason}


def test_other_resources_are_no_matter(tmp_path: Path) -> None:
    text = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n  R: 5\n  S: {Type: [x]}\n  T: {}\n"
    assert read_template(write(tmp_path, text)) == Template(
        path=tmp_path / "template.yaml", resources=(), files=(tmp_path / "template.yaml",)
    )


def test_images_are_listed_apart(tmp_path: Path) -> None:
    text = """
Resources:
  I:
    Type: AWS::Serverless::Function
    Metadata: {DockerContext: ./img, Dockerfile: Dockerfile.dev}
    Properties: {PackageType: Image, Architectures: [arm64]}
  Loaded:
    Type: AWS::Serverless::Function
    Metadata: {DockerContext: ./img, Dockerfile: Dockerfile.dev}
    Properties: {PackageType: Image, ImageUri: image.tar}
"""
    path = write(tmp_path, text)
    write(tmp_path, "", "image.tar")
    template = read_template(path)
    (image,) = template.images
    assert (image.context_directory, image.dockerfile, image.architecture) == (
        tmp_path / "img",
        "Dockerfile.dev",
        "arm64",
    )
    assert reasons(template) == {"Loaded": SkipReason.PREBUILT_IMAGE}


@pytest.mark.parametrize("text", ["", "[]", "just text", "{}", "Resources: []", "Resources:", "Resources: {}", "[a]"])
def test_what_is_no_template_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotATemplateError) as caught:
        read_template(write(tmp_path, text))
    assert caught.value.hint
    assert str(caught.value).startswith(f"`{tmp_path / 'template.yaml'}`: not a SAM or CloudFormation template: ")


class TestProjectRoot:
    def test_code_outside_is_not_followed(self, tmp_path: Path) -> None:
        text = f"Resources:\n  In: {function('./a')}\n  Out: {function('../../elsewhere')}\n  Root: {function('..')}\n"
        template = read_template(
            write(tmp_path, text, "project/infra/template.yaml"), project_root=tmp_path / "project"
        )
        assert [resource.logical_id for resource in template.resources] == ["In", "Root"]
        (skipped,) = template.skipped
        assert (skipped.logical_id, skipped.reason) == ("Out", SkipReason.OUTSIDE_PROJECT)
        assert skipped.detail == str(tmp_path / "elsewhere")

    def test_a_link_that_leads_out_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        path = write(tmp_path, f"Resources:\n  F: {function('src')}\n", "project/template.yaml")
        (tmp_path / "project/src").symlink_to(tmp_path / "elsewhere")
        template = read_template(path, project_root=tmp_path / "project")
        assert reasons(template) == {"F": SkipReason.OUTSIDE_PROJECT}

    def test_a_nested_template_outside_is_not_read(self, tmp_path: Path) -> None:
        text = "Resources:\n  A: {Type: AWS::Serverless::Application, Properties: {Location: ../other.yaml}}\n"
        template = read_template(write(tmp_path, text, "project/t.yaml"), project_root=tmp_path / "project")
        assert reasons(template) == {"A": SkipReason.OUTSIDE_PROJECT}
        assert template.files == (tmp_path / "project/t.yaml",)


def test_parameters(tmp_path: Path) -> None:
    text = f"Parameters:\n  Dir: {{Type: String}}\nResources:\n  F: {function('!Ref Dir')}\n"
    path = write(tmp_path, text)
    without = read_template(path)
    assert without.unset_parameters == ("Dir",)
    assert without.resources[0].code_directory == tmp_path / "Dir"
    given = read_template(path, parameter_overrides={"Dir": "given"})
    assert given.unset_parameters == ()
    assert given.resources[0].code_directory == tmp_path / "given"
    settings = BuildSettings(parameter_overrides={"Dir": "set"})
    assert read_template(path, settings=settings).resources[0].code_directory == tmp_path / "set"
    assert read_template(path, settings=settings, parameter_overrides={}).unset_parameters == ("Dir",)


class TestNestedStacks:
    APPLICATION = "{Type: AWS::Serverless::Application, Properties: {Location: PLACE}}"

    def nest(self, place: str) -> str:
        return self.APPLICATION.replace("PLACE", place)

    def test_paths_are_relative_to_the_nested_template(self, tmp_path: Path) -> None:
        root = write(tmp_path, f"Resources:\n  F: {function('src')}\n  Child: {self.nest('child/t.yaml')}\n")
        child = write(tmp_path, f"Parameters: {{P: {{}}}}\nResources:\n  F: {function('src')}\n", "child/t.yaml")
        template = read_template(root)
        assert {item.logical_id: item.code_directory for item in template.resources} == {
            "F": tmp_path / "src",
            "Child/F": tmp_path / "child/src",
        }
        assert template.files == (root, child)
        assert template.unset_parameters == ("Child/P",)
        assert template.resources[1].origin == Origin(template=child, line=3)

    def test_a_file_url(self, tmp_path: Path) -> None:
        child = write(tmp_path, f"Resources:\n  F: {function('src')}\n", "my child/t.yaml")
        root = write(tmp_path, f"Resources:\n  A: {self.nest(child.as_uri())}\n")
        (resource,) = read_template(root).resources
        assert resource.code_directory == tmp_path / "my child/src"

    def test_a_template_that_is_a_link_counts_where_it_leads(self, tmp_path: Path) -> None:
        child = write(tmp_path, f"Resources:\n  F: {function('src')}\n", "real/t.yaml")
        root = write(tmp_path, f"Resources:\n  A: {self.nest('link.yaml')}\n")
        (tmp_path / "link.yaml").symlink_to(child)
        (resource,) = read_template(root).resources
        assert resource.code_directory == tmp_path / "real/src"

    def test_a_missing_one_is_an_error_of_its_parent(self, tmp_path: Path) -> None:
        root = write(tmp_path, f"Resources:\n  A: {self.nest('none.yaml')}\n")
        with pytest.raises(NestedTemplateError) as caught:
            read_template(root)
        assert (caught.value.path, caught.value.line, caught.value.stack) == (root, 2, "A")

    def test_a_malformed_one_is_an_error_of_its_own(self, tmp_path: Path) -> None:
        root = write(tmp_path, f"Resources:\n  A: {self.nest('b.yaml')}\n")
        write(tmp_path, f"Resources:\n  B: {self.nest('c.yaml')}\n", "b.yaml")
        write(tmp_path, "nothing", "c.yaml")
        with pytest.raises(NotATemplateError) as caught:
            read_template(root)
        assert caught.value.path == tmp_path / "c.yaml"

    def test_one_within_itself_is_an_error(self, tmp_path: Path) -> None:
        root = write(tmp_path, f"Resources:\n  A: {self.nest('b.yaml')}\n")
        write(tmp_path, f"Resources:\n  B: {self.nest('./template.yaml')}\n", "b.yaml")
        with pytest.raises(NestedTemplateError, match="nested in itself"):
            read_template(root)

    def test_their_number_is_bounded(self, tmp_path: Path) -> None:
        for level in range(12):
            resources = "".join(f"  N{i}: {self.nest(f'{level + 1}.yaml')}\n" for i in range(4))
            write(tmp_path, f"Resources:\n{resources}", f"{level}.yaml")
        write(tmp_path, f"Resources:\n  F: {function('src')}\n", "12.yaml")
        with pytest.raises(TemplateTooLargeError):
            read_template(tmp_path / "0.yaml")


def test_paths_that_no_system_opens(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    for path in (Path("a\0b"), tmp_path / "loop.yaml", tmp_path / ("x" * 300)):
        with pytest.raises(TemplateError):
            read_template(path)
        root = write(tmp_path, json.dumps({"Resources": {"A": {
            "Type": "AWS::Serverless::Application", "Properties": {"Location": str(path)},
        }}}))  # fmt: skip
        with pytest.raises(NestedTemplateError):
            read_template(root)


def test_a_resource_that_is_a_function_stays_as_it_is(tmp_path: Path) -> None:
    text = "Resources:\n  F: {Fn::Transform: x, Type: AWS::Lambda::Function, Properties: {Runtime: !Ref R, Code: a}}\n"
    (skipped,) = read_template(write(tmp_path, text)).skipped
    assert skipped.reason is SkipReason.UNDECIDED


def test_a_relative_path_is_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, f"Resources:\n  F: {function('src')}\n", "infra/template.yaml")
    monkeypatch.chdir(tmp_path)
    (resource,) = read_template(Path("infra/template.yaml")).resources
    assert resource.code_directory == tmp_path / "infra/src"


def test_a_path_is_joined_before_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "far/away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far/away")
    path = write(tmp_path, f"Resources:\n  F: {function('link/../src')}\n")
    (resource,) = read_template(path).resources
    assert resource.code_directory == tmp_path / "src"


@pytest.mark.parametrize("code", ['"a\\0b"', '"' + "x" * 5000 + '"', f'"{"x/" * 9000}"'])
def test_code_that_is_no_path(tmp_path: Path, code: str) -> None:
    template = read_template(write(tmp_path, f"Resources:\n  F: {function(code)}\n"))
    assert len(template.resources) + len(template.skipped) == 1


def test_json_has_no_lines(tmp_path: Path) -> None:
    content = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.12"}}}}
    (resource,) = read_template(write(tmp_path, json.dumps(content), "template.json")).resources
    assert resource.origin.line is None
    assert resource.code_directory == tmp_path


def test_errors_name_file_and_line(tmp_path: Path) -> None:
    path = write(tmp_path, "Resources:\n  F: {a: *nowhere}\n")
    with pytest.raises(TemplateError) as caught:
        read_template(path)
    assert str(caught.value).startswith(f"`{path}:2`: ")


def test_reading_takes_no_working_directory(tmp_path: Path) -> None:
    before = Path.cwd()
    read_template(write(tmp_path, f"Resources:\n  F: {function('src')}\n"))
    assert Path.cwd() == before
    assert os.listdir(tmp_path) == ["template.yaml"]  # noqa: PTH208 - names alone


@pytest.mark.parametrize("transform", ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"])
def test_conditions_that_lean_on_one_another_are_bounded(tmp_path: Path, transform: str) -> None:
    conditions: dict[str, object] = {
        f"C{number}": {
            "Fn::And": [{"Condition": f"C{number + 1}"}, {"Fn::Or": [{"Condition": f"C{number + 1}"}, True]}]
        }
        for number in range(2000)
    }
    code = {"Fn::If": ["C0", "a", "b"]}
    functions = {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.12", "Code": code}}}
    template = {"Transform": transform, "Conditions": conditions, "Resources": functions}
    (resource,) = read_template(write(tmp_path, json.dumps(template), "template.json")).resources
    assert resource.code_directory == tmp_path
