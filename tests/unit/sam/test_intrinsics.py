from collections.abc import Mapping
from pathlib import Path

import pytest

from ca_vendor.sam.budget import Budget
from ca_vendor.sam.errors import TemplateTooLargeError
from ca_vendor.sam.intrinsics import Intrinsics
from ca_vendor.sam.symbols import Symbols, UnresolvableError, parameter_values

TEMPLATE: dict[object, object] = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "orders"},
        "Empty": {"Type": "String", "Default": ""},
        "List": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Count": {"Type": "Number", "Default": 3},
        "Nothing": {"Type": "String", "Default": None},
        "Unset": {"Type": "String"},
        "Odd": "text",
    },
    "Mappings": {"M": {"k": {"text": "v", "list": ["x"], "ref": {"Ref": "Name"}}}},
    "Conditions": {
        "Yes": {"Fn::Equals": ["a", "a"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Loop": {"Fn::And": [{"Condition": "Loop"}, {"Condition": "Yes"}]},
        "Text": "yes",
    },
    "Resources": {
        "F": {"Type": "AWS::Serverless::Function", "Properties": {"FunctionName": "named"}},
        "L": {"Type": "AWS::Serverless::LayerVersion"},
        "Loop": ["not", "a", "resource"],
    },
}


def intrinsics(overrides: Mapping[str, object] | None = None, *, budget: int = 100_000) -> Intrinsics:
    symbols = Symbols(
        values=parameter_values(TEMPLATE, overrides or {}),
        parameters=TEMPLATE["Parameters"],
        resources=TEMPLATE["Resources"],
    )
    return Intrinsics(
        symbols=symbols,
        mappings=TEMPLATE["Mappings"],
        conditions=TEMPLATE["Conditions"],
        budget=Budget(path=Path("t"), steps=budget),
    )


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("text", "text"),
        ({}, {}),
        ([1, True], [1, True]),
        ({"Ref": "Name"}, "orders"),
        ({"Ref": "Empty"}, ""),
        ({"Ref": "List"}, ["a", "b"]),
        ({"Ref": "Count"}, 3),
        ({"Ref": "Unset"}, "Unset"),
        ({"Ref": "F"}, "F"),
        ({"Ref": "L"}, {"Ref": "L"}),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "AWS::NoValue"}, None),
        ({"Ref": {"Ref": "Name"}}, "orders"),
        ({"Fn::GetAtt": ["F", "Arn"]}, "arn:aws:lambda:us-east-1:123456789012:function:named"),
        ({"Fn::Sub": "${Name}-${Count}-${!Name}-${AWS::AccountId}"}, "orders-3-${!Name}-123456789012"),
        ({"Fn::Sub": "${F.Name}"}, "$F.Name"),
        ({"Fn::Sub": ["${x}${x}", {"x": "y"}]}, "yy"),
        ({"Fn::Sub": ["${x}", {"x": "Name"}]}, "orders"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-orders"),
        ({"Fn::Join": ["", []]}, ""),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::Select": [1, {"Ref": "List"}]}, "b"),
        ({"Fn::FindInMap": ["M", "k", "text"]}, "v"),
        ({"Fn::FindInMap": ["M", "k", "list"]}, ["x"]),
        ({"Fn::Base64": "x"}, "eA=="),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::If": ["No", "a", "b"]}, "b"),
        ({"Fn::Or": [{"Condition": "No"}, {"Fn::Equals": [1, 1]}]}, True),
        ({"Fn::And": [{"Condition": "Yes"}, False]}, False),
        ({"a": {"Ref": "Name"}, "b": {"Fn::ImportValue": "x"}}, {"a": "orders", "b": {"Fn::ImportValue": "x"}}),
        ({"a": None, 5: {"Ref": "Name"}}, {"a": None, 5: {"Ref": "Name"}}),
        ({"Ref": "Name", "ignored": 1}, "orders"),
    ],
)
def test_what_is_decided_before_deployment(value: object, resolved: object) -> None:
    assert intrinsics().resolve(value) == resolved


@pytest.mark.parametrize(
    "value",
    [
        None,
        [None],
        {"Ref": None},
        {"Ref": 5},
        {"Ref": "Nothing"},
        {"Ref": "Odd"},
        {"Ref": "Loop"},
        {"Fn::GetAtt": "F.Arn"},
        {"Fn::GetAtt": ["F", "Name"]},
        {"Fn::ImportValue": "x"},
        {"Fn::GetAZs": ""},
        {"Fn::Transform": {"Name": "x"}},
        {"Fn::Join": ["-"]},
        {"Fn::Join": ["-", "text"]},
        {"Fn::Join": ["-", [1]]},
        {"Fn::Join": "text"},
        {"Fn::Split": ["", "x"]},
        {"Fn::Select": ["0", ["a"]]},
        {"Fn::Select": [True, ["a", "b"]]},
        {"Fn::Select": [2, ["a"]]},
        {"Fn::FindInMap": ["M", "k", "none"]},
        {"Fn::FindInMap": ["M", "k"]},
        {"Fn::FindInMap": ["M", "k", "text", {"DefaultValue": "x"}]},
        {"Fn::FindInMap": ["M", "k", "text", "deeper"]},
        {"Fn::Base64": 5},
        {"Fn::Sub": 5},
        {"Fn::Sub": ["${x}"]},
        {"Fn::Sub": ["${x}", "y"]},
        {"Fn::Sub": ["${x}", {"x": 5}]},
        {"Fn::Sub": "${Nothing}"},
        {"Fn::If": ["Yes", "a"]},
        {"Fn::If": ["Missing", "a", "b"]},
        {"Fn::If": ["Loop", "a", "b"]},
        {"Fn::If": ["Text", "a", "b"]},
        {"Fn::If": ["Yes", "a", {"Ref": "AWS::NoValue"}]},
        {"Fn::Not": ["text"]},
        {"Fn::Not": []},
    ],
    ids=str,
)
def test_what_is_not_decided(value: object) -> None:
    with pytest.raises(UnresolvableError):
        intrinsics().resolve(value)


def test_overrides_come_before_defaults() -> None:
    assert intrinsics({"Name": "x", "List": "p,q"}).resolve([{"Ref": "Name"}, {"Ref": "List"}]) == ["x", ["p", "q"]]
    assert intrinsics({"Name": ""}).resolve({"Ref": "Name"}) == "orders"


def test_the_partition_follows_the_region() -> None:
    resolver = intrinsics({"AWS::Region": "cn-north-1"})
    assert resolver.resolve({"Fn::GetAtt": ["X", "Arn"]}) == "arn:aws-cn:lambda:cn-north-1:123456789012:function:X"


def test_the_work_is_bounded() -> None:
    value: object = "x"
    for _ in range(200):
        value = {"Fn::Join": ["", [value]]}
    with pytest.raises(UnresolvableError):
        intrinsics().resolve(value)
    with pytest.raises(TemplateTooLargeError):
        intrinsics(budget=100).resolve([["x"] * 60, ["y"] * 60])


def test_the_length_of_text_is_bounded() -> None:
    long = intrinsics({"Name": "x" * 100_000})
    with pytest.raises(UnresolvableError):
        long.resolve({"Fn::Sub": "${Name}" * 20})
    with pytest.raises(UnresolvableError):
        long.resolve({"Fn::Join": ["", [{"Ref": "Name"}] * 20]})
