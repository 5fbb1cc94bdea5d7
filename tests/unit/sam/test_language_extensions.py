from collections.abc import Mapping
from pathlib import Path

import pytest

from ca_vendor.sam.budget import Budget
from ca_vendor.sam.documents import Document
from ca_vendor.sam.extension_functions import ExtensionFunctions
from ca_vendor.sam.language_extensions import expand_language_extensions, uses_language_extensions
from ca_vendor.sam.symbols import PSEUDO_PARAMETERS, UnresolvableError

PARAMETERS: dict[object, object] = {
    "Name": {"Type": "String", "Default": "orders"},
    "List": {"Type": "List<String>", "Default": "a, b"},
    "Unset": {"Type": "String"},
}
CONDITIONS = {
    "Yes": {"Fn::Equals": [1, "1"]},
    "No": {"Fn::Not": [{"Condition": "Yes"}]},
    "Loop": {"Fn::Or": [{"Condition": "Loop"}, {"Condition": "No"}]},
}


def functions() -> ExtensionFunctions:
    return ExtensionFunctions(
        values=PSEUDO_PARAMETERS,
        parameters=PARAMETERS,
        mappings={"M": {"k": {"s": "v"}}},
        conditions=CONDITIONS,
        budget=Budget(path=Path("t"), steps=10_000),
    )


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        (None, None),
        ({"Ref": "Name"}, "orders"),
        ({"Ref": "List"}, ["a", "b"]),
        ({"Ref": "Unset"}, {"Ref": "Unset"}),
        ({"Ref": "Resource"}, {"Ref": "Resource"}),
        ({"Ref": "AWS::NoValue"}, {"Ref": "AWS::NoValue"}),
        ({"Fn::GetAtt": ["F", {"Ref": "Name"}]}, {"Fn::GetAtt": ["F", "orders"]}),
        ({"Fn::Sub": "${Name}/${Unset}/${!Name}/${F.Arn}"}, "orders/${Unset}/${Name}/${F.Arn}"),
        ({"Fn::Sub": ["${x.y}${l}", {"x.y": True, "l": [1, 2]}]}, "true1,2"),
        ({"Fn::Join": ["-", ["a", 1, False, None]]}, "a-1-false-"),
        ({"Fn::Join": ["-", {"Ref": "Unset"}]}, {"Fn::Join": ["-", {"Ref": "Unset"}]}),
        ({"Fn::Split": ["-", "a-b"]}, ["a", "b"]),
        ({"Fn::Split": ["-", {"Ref": "Unset"}]}, {"Fn::Split": ["-", {"Ref": "Unset"}]}),
        ({"Fn::Select": ["1", {"Ref": "List"}]}, "b"),
        ({"Fn::Select": [1, {"Fn::GetAZs": ""}]}, {"Fn::Select": [1, {"Fn::GetAZs": ""}]}),
        ({"Fn::Length": {"Ref": "List"}}, 2),
        ({"Fn::Length": {"Ref": "Unset"}}, {"Fn::Length": {"Ref": "Unset"}}),
        ({"Fn::FindInMap": ["M", "k", "s"]}, "v"),
        ({"Fn::FindInMap": ["M", "x", "s", {"DefaultValue": {"Ref": "Name"}}]}, "orders"),
        ({"Fn::FindInMap": ["M", {"Ref": "Unset"}, "s"]}, {"Fn::FindInMap": ["M", {"Ref": "Unset"}, "s"]}),
        ({"Fn::ToJsonString": {"a": {"Ref": "Name"}}}, '{"a":"orders"}'),
        ({"Fn::Base64": "x"}, "eA=="),
        ({"Fn::Base64": {"Ref": "Unset"}}, {"Fn::Base64": {"Ref": "Unset"}}),
        ({"Fn::If": ["Yes", "a", {"Fn::Join": "malformed"}]}, "a"),
        ({"Fn::If": ["No", "a", {"Ref": "AWS::NoValue"}]}, None),
        ({"Fn::And": ["true", {"Condition": "Yes"}]}, True),
        ({"Fn::Or": ["false", {"Condition": "No"}]}, False),
    ],
    ids=str,
)
def test_what_the_transform_decides(value: object, resolved: object) -> None:
    assert functions().resolve(value) == resolved


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": []},
        {"Fn::Sub": 5},
        {"Fn::Sub": ["${x}", {"x": None}]},
        {"Fn::Join": ["-"]},
        {"Fn::Join": [5, []]},
        {"Fn::Split": ["", "x"]},
        {"Fn::Select": ["x", ["a"]]},
        {"Fn::Select": [5, ["a"]]},
        {"Fn::Select": [1.5, ["a"]]},
        {"Fn::Length": "text"},
        {"Fn::FindInMap": ["M"]},
        {"Fn::FindInMap": ["M", "k", "none"]},
        {"Fn::FindInMap": ["M", "k", ["s"]]},
        {"Fn::ToJsonString": "text"},
        {"Fn::If": ["Missing", 1, 2]},
        {"Fn::If": ["Loop", 1, 2]},
        {"Fn::Equals": [{"a": "b"}, 1]},
        {"Fn::Not": []},
    ],
    ids=str,
)
def test_what_is_malformed(value: object) -> None:
    with pytest.raises(UnresolvableError):
        functions().resolve(value)


def test_its_depth_is_bounded() -> None:
    value: object = "x"
    for _ in range(200):
        value = [value]
    with pytest.raises(UnresolvableError):
        functions().resolve(value)


@pytest.mark.parametrize(
    ("transform", "uses"),
    [
        (None, False),
        ("AWS::Serverless-2016-10-31", False),
        ("AWS::LanguageExtensions", True),
        (["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"], True),
        ([{"Name": "AWS::LanguageExtensions"}], False),
        ({"Name": "AWS::LanguageExtensions"}, False),
    ],
)
def test_the_transform_has_to_be_declared(transform: object, uses: bool) -> None:
    assert uses_language_extensions({"Transform": transform}) is uses


def expand(template: dict[object, object]) -> Mapping[object, object]:
    document = Document(path=Path("t"), content=template, lines={})
    return expand_language_extensions(
        document, template, values=PSEUDO_PARAMETERS, budget=Budget(path=Path("t"))
    ).template


def test_properties_without_value_are_removed() -> None:
    no_value = {"Ref": "AWS::NoValue"}
    resource = {
        "a": no_value,
        "b": [no_value, None, 1],
        "c": {"Fn::GetAtt": [no_value, "x"]},
        "DeletionPolicy": no_value,
    }
    assert expand({"Resources": {"R": resource}})["Resources"] == {
        "R": {"b": [1], "c": {"Fn::GetAtt": [no_value, "x"]}, "DeletionPolicy": no_value}
    }


def test_a_malformed_resource_stays_as_it_is() -> None:
    bad: dict[object, object] = {"Properties": {"x": {"Fn::Join": "malformed"}, "y": {"Ref": "P"}}}
    template: dict[object, object] = {
        "Parameters": {"P": {"Default": 1}},
        "Resources": {"R": bad, "S": {"a": {"Ref": "P"}}},
    }
    assert expand(template)["Resources"] == {"R": bad, "S": {"a": 1}}


def test_conditions_keep_their_logic() -> None:
    template: dict[object, object] = {
        "Parameters": {"P": {"Default": "x"}},
        "Conditions": {
            "A": {"Fn::Equals": [{"Ref": "P"}, "x"]},
            "B": {"Fn::Not": [{"Condition": "A"}]},
            "C": {"Fn::Join": "malformed"},
            "D": 5,
        },
        "Resources": {},
    }
    assert expand(template)["Conditions"] == {
        "A": {"Fn::Equals": ["x", "x"]},
        "B": {"Fn::Not": [{"Condition": "A"}]},
        "C": {"Fn::Join": "malformed"},
        "D": 5,
    }


def test_what_is_not_deployed_refers_to_no_parameter() -> None:
    template: dict[object, object] = {
        "Parameters": {"P": {"Default": "x"}},
        "Conditions": {"No": {"Fn::Equals": [1, 2]}},
        "Resources": {
            "R": {
                "Condition": "No",
                "a": {"Ref": "P"},
                "b": {"Ref": "AWS::Region"},
                "c": {"Fn::Sub": "${P}"},
                "d": {"Fn::ToJsonString": 5},
                "e": [{"Fn::Join": ["-", {"Ref": "P"}]}],
            },
        },
    }
    assert expand(template)["Resources"] == {
        "R": {
            "Condition": "No",
            "b": "us-east-1",
            "c": "x",
            "e": [{"Fn::Join": ["-", {"Ref": "AWS::NoValue"}]}],
        }
    }
