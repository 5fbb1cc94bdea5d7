"""Whatever a template holds, reading it ends in a result or in an error that is explained to the user."""

import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from ca_vendor.errors import InputError
from ca_vendor.sam import parse_parameter_overrides, read_samconfig, read_template
from ca_vendor.sam.documents import parse_document
from tests.unit.properties import PROPERTY

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=15,
)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["P", "Yes", "AWS::Region", "AWS::NoValue", "${P}", "${x}", "src", "a.b", "python3.12", "arm64"]),
)
KEYS = st.sampled_from(
    [
        *("Ref", "Fn::Sub", "Fn::Join", "Fn::Split", "Fn::Select", "Fn::FindInMap", "Fn::If", "Fn::Equals", "Fn::Not"),
        *("Fn::And", "Fn::Or", "Fn::GetAtt", "Fn::Length", "Fn::ToJsonString", "Fn::Base64", "Fn::Transform"),
        *("Condition", "Fn::ForEach::L", "Default", "Type", "DefaultValue", "x"),
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)
TYPES = st.sampled_from(
    [
        "AWS::Serverless::Function",
        "AWS::Serverless::LayerVersion",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Serverless::WebFunction",
        "AWS::Serverless::Application",
        "AWS::CloudFormation::Stack",
    ]
)
PROPERTIES = st.dictionaries(
    st.sampled_from(
        [
            *("CodeUri", "Code", "ContentUri", "Content", "Runtime", "Architectures", "PackageType", "ImageUri"),
            *("InlineCode", "CompatibleRuntimes", "CompatibleArchitectures", "Location", "TemplateURL", "Parameters"),
            "Fn::ForEach::P",
        ]
    ),
    VALUES,
    max_size=5,
)
METADATA = st.dictionaries(
    st.sampled_from(
        [
            *("BuildMethod", "BuildArchitecture", "SkipBuild", "DockerContext", "Dockerfile", "SamResourceId"),
            *("aws:cdk:path", "aws:asset:path", "aws:asset:property", "aws:asset:dockerfile-path", "SamNormalized"),
        ]
    ),
    st.one_of(VALUES, st.sampled_from(["Code", "Code.ImageUri", "a.b.c", "S/F/Resource", "makefile"])),
    max_size=5,
)
RESOURCES = st.dictionaries(
    st.sampled_from(["F", "G", "P", "Fn::ForEach::L", "Fn::ForEach::M"]),
    st.one_of(
        VALUES,
        st.fixed_dictionaries(
            {"Type": TYPES},
            optional={
                "Properties": st.one_of(VALUES, PROPERTIES),
                "Metadata": st.one_of(VALUES, METADATA),
                "Condition": VALUES,
                "IgnoreGlobals": VALUES,
            },
        ),
        st.tuples(SCALARS, VALUES, st.dictionaries(st.text(max_size=5), VALUES, max_size=2)).map(list),
    ),
    max_size=4,
)
TEMPLATES = st.fixed_dictionaries(
    {"Resources": st.one_of(RESOURCES, VALUES)},
    optional={
        "Transform": st.sampled_from(["AWS::LanguageExtensions", ["AWS::LanguageExtensions"], 5, None]),
        "Parameters": st.one_of(VALUES, st.dictionaries(st.sampled_from(["P", "Q"]), VALUES, max_size=2)),
        "Mappings": VALUES,
        "Conditions": st.one_of(VALUES, st.dictionaries(st.sampled_from(["Yes", "x"]), VALUES, max_size=2)),
        "Globals": st.one_of(VALUES, st.fixed_dictionaries({"Function": st.one_of(VALUES, PROPERTIES)})),
    },
)


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def assert_explained(error: InputError) -> None:
    assert error.hint
    assert error.message


@PROPERTY
@given(template=TEMPLATES)
def test_any_template_is_read_or_explained(template: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "template.json"
    path.write_text(_without_surrogates(json.dumps(template)), encoding="utf-8")
    try:
        read = read_template(path, project_root=tmp_path)
    except InputError as error:
        assert_explained(error)
        return
    for resource in read.resources:
        assert resource.code_directory.is_absolute()
        assert resource.code_directory.is_relative_to(tmp_path)


@PROPERTY
@given(text=st.text(max_size=200))
def test_any_text_is_parsed_or_explained(text: str) -> None:
    try:
        parse_document(_without_surrogates(text), path=Path("t"))
    except InputError as error:
        assert_explained(error)


@PROPERTY
@given(data=st.binary(max_size=200))
def test_any_file_is_read_or_explained(data: bytes, tmp_path: Path) -> None:
    for name in ("samconfig.toml", "samconfig.yaml", "template.yaml"):
        path = tmp_path / name
        path.write_bytes(data)
        try:
            read_samconfig(path) if name.startswith("samconfig") else read_template(path)
        except InputError as error:
            assert_explained(error)


@PROPERTY
@given(content=PLAIN)
def test_what_yaml_and_json_write_is_what_is_read(content: object) -> None:
    for text in (yaml.safe_dump({"": content}), json.dumps({"": content})):
        assert parse_document(text, path=Path("t")).content == {"": content}


@PROPERTY
@given(stated=VALUES)
def test_any_overrides_are_parsed_or_explained(stated: object) -> None:
    try:
        values = parse_parameter_overrides(stated)
    except InputError as error:
        assert_explained(error)
        return
    assert all(isinstance(text, str) for pair in values.items() for text in pair)
