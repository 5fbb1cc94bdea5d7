"""Makes templates up: every feature that `sam build` reads, in combinations that nobody would write.

The same seed makes the same templates.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PARAMETERS: dict[str, Any] = {
    "Stage": {"Type": "String", "Default": "prod"},
    "Arch": {"Type": "String", "Default": "arm64", "AllowedValues": ["arm64", "x86_64"]},
    "Version": {"Type": "String", "Default": "python3.12"},
    "Dirs": {"Type": "CommaDelimitedList", "Default": "src/a, src/b,src/c"},
    "Unset": {"Type": "String"},
    "Number": {"Type": "Number", "Default": 1},
    "Numbers": {"Type": "List<Number>", "Default": "1,2"},
    "Secure": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x/y"},
    "Empty": {"Type": "String", "Default": ""},
}
_MAPPINGS: dict[str, Any] = {
    "ByStage": {
        "prod": {"directory": "src/prod", "runtime": "python3.13", "architectures": ["arm64"], "architecture": "arm64"},
        "dev": {"directory": "src/dev", "runtime": "python3.11", "architectures": ["x86_64"], "architecture": "x86_64"},
    },
    "ByRegion": {"us-east-1": {"directory": "src/east"}, "eu-central-1": {"directory": "src/central"}},
}
_CONDITIONS: dict[str, Any] = {
    "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
    "IsDev": {"Fn::Equals": ["dev", {"Ref": "Stage"}]},
    "HasUnset": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Unset"}, ""]}]},
    "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsArm"}]},
    "Either": {"Fn::Or": [{"Condition": "IsDev"}, {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}]},
    "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]},
    "IsArm": {"Fn::Equals": [{"Ref": "Arch"}, "arm64"]},
    "IsOne": {"Fn::Equals": [{"Ref": "Number"}, 1]},
}
_LITERALS: dict[str, list[Any]] = {
    "directory": ["src/a", "./src/b", "../x", "src/a/", "src//c", "src/./d", "src/e.zip", "src b", "", ".", "s3://b/k"],
    "runtime": [
        "python3.12",
        "python3.13",
        "python3.9",
        "python3.14",
        "python3.15",
        "nodejs20.x",
        "java21",
        "",
        "go1.x",
    ],
    "architecture": ["arm64", "x86_64", "arm64", "x86_64", "riscv"],
}
_REFERENCES: dict[str, list[Any]] = {
    "directory": ["Stage", "Unset", "Empty", "Secure"],
    "runtime": ["Version"],
    "architecture": ["Arch"],
}
_PATTERNS: dict[str, list[Any]] = {
    "directory": ["src/${Stage}", "${Stage}/${AWS::Region}", "src/${!Stage}", "src/${Unset}", "${F0.Arn}", "${Dirs}"],
    "runtime": ["${Version}", "python3.1${Number}"],
    "architecture": ["${Arch}"],
}
_METHODS: list[Any] = ["python3.12", "python3.9", "python-uv", "makefile", "nodejs20.x", "", None, {"Ref": "Version"}]
_METHODS += [{"Fn::If": ["IsProd", "makefile", "python3.12"]}, {"Fn::Sub": "python3.11"}]
_OVERRIDES: list[Any] = [
    {},
    {"Stage": "dev"},
    {"Arch": "x86_64"},
    {"Unset": "given"},
    {"Version": "python3.11"},
    {"Dirs": "p,q"},
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A template, and how it is to be read."""

    template: Path
    overrides: dict[str, str]
    region: str | None
    language_extensions: bool


def generate(directory: Path, *, seed: int, count: int) -> list[Generated]:
    """Write templates, each in a directory of its own."""
    made = []
    for number in range(count):
        maker = _Maker(random.Random(seed * 10_000 + number), directory / f"{number}")
        maker.directory.mkdir(parents=True)
        template = maker.write("template.json", depth=0)
        overrides, region = maker.pick(_OVERRIDES), maker.pick([None, "eu-central-1"])
        made.append(
            Generated(template=template, overrides=overrides, region=region, language_extensions=maker.has_loops)
        )
    return made


class _Maker:
    def __init__(self, chance: random.Random, directory: Path) -> None:
        self.chance = chance
        self.directory = directory
        self.has_loops = self.maybe(0.3)

    def pick(self, choices: list[Any]) -> Any:
        return self.chance.choice(choices)

    def maybe(self, probability: float) -> bool:
        return self.chance.random() < probability

    def write(self, name: str, *, depth: int) -> Path:
        path = self.directory / name
        path.write_text(json.dumps(self._template(depth), indent=1), encoding="utf-8")
        return path

    def _text(self, kind: str, depth: int = 0) -> Any:
        if depth > 3 or self.maybe(0.4):
            return self.pick(_LITERALS[kind])
        pick = self.pick

        def inner() -> Any:
            return self._text(kind, depth + 1)

        forms: list[Callable[[], Any]] = [
            lambda: {"Ref": pick(_REFERENCES[kind])},
            lambda: {"Fn::Sub": pick(_PATTERNS[kind])},
            lambda: {"Fn::Sub": [pick(["${V}", "${V}/${Stage}"]), {"V": inner()}]},
            lambda: {"Fn::If": [pick(list(_CONDITIONS)), inner(), inner()]},
            lambda: {"Fn::If": [pick(list(_CONDITIONS)), inner(), {"Ref": "AWS::NoValue"}]},
            lambda: {"Fn::FindInMap": ["ByStage", pick([{"Ref": "Stage"}, "dev"]), kind]},
            lambda: {"Fn::Join": [pick(["/", "", "-"]), [inner(), inner()]]},
            lambda: {"Fn::Select": [pick([0, 1, "1", {"Ref": "Number"}]), pick([{"Ref": "Dirs"}, [inner(), inner()]])]},
            lambda: {"Fn::Select": [0, {"Fn::Split": [",", "src/q,src/r"]}]},
            lambda: pick([{"Fn::ImportValue": "X"}, {"Fn::GetAtt": ["F0", "Arn"]}, {"Fn::Base64": "x"}]),
        ]
        if kind == "directory":
            forms += [
                lambda: {"Fn::FindInMap": ["ByRegion", {"Ref": "AWS::Region"}, kind]},
                lambda: pick([{"Bucket": "b", "Key": "k"}, {"S3Bucket": "b", "S3Key": "k"}]),
            ]
        return pick(forms)()

    def _architectures(self) -> Any:
        return self.pick(
            [
                [self._text("architecture", 2)],
                ["x86_64"],
                [{"Ref": "Arch"}],
                {"Fn::If": [self.pick(list(_CONDITIONS)), ["arm64"], ["x86_64"]]},
                {"Fn::If": [self.pick(list(_CONDITIONS)), ["arm64"], {"Ref": "AWS::NoValue"}]},
                {"Fn::FindInMap": ["ByStage", {"Ref": "Stage"}, "architectures"]},
                {"Fn::Split": [",", "arm64"]},
                [{"Fn::If": [self.pick(list(_CONDITIONS)), "arm64", "x86_64"]}],
                [],
                None,
            ]
        )

    def _function(self, name: str) -> dict[str, Any]:
        is_serverless = self.maybe(0.6)
        kind, code = ("Serverless", "CodeUri") if is_serverless else ("Lambda", "Code")
        properties: dict[str, Any] = {"Handler": "app.handler"}
        properties |= {"Runtime": self._text("runtime", 2)} if self.maybe(0.85) else {}
        properties |= {code: self._text("directory")} if self.maybe(0.85) else {}
        properties |= {"Architectures": self._architectures()} if self.maybe(0.6) else {}
        if self.maybe(0.1):
            properties |= {"InlineCode": "x"} if is_serverless else {"Code": {"ZipFile": "x"}}
        metadata = self._metadata(name, code)
        if self.maybe(0.12):
            properties["PackageType"] = self.pick(["Image", "Zip", {"Fn::If": ["IsProd", "Image", "Zip"]}])
            metadata |= {"Dockerfile": self.pick(["Dockerfile", {"Ref": "Stage"}]), "DockerContext": "image"}
        resource: dict[str, Any] = {"Type": f"AWS::{kind}::Function", "Properties": properties, "Metadata": metadata}
        resource |= {"Condition": self.pick(list(_CONDITIONS))} if self.maybe(0.2) else {}
        if is_serverless and self.maybe(0.05):
            resource["IgnoreGlobals"] = self.pick(["*", ["Runtime"], ["CodeUri", "Architectures"]])
        return resource

    def _metadata(self, name: str, code: str) -> dict[str, Any]:
        metadata: dict[str, Any] = {}
        metadata |= {"BuildMethod": self.pick(_METHODS)} if self.maybe(0.25) else {}
        metadata |= {"SkipBuild": self.pick([True, False, "true"])} if self.maybe(0.05) else {}
        if self.maybe(0.1):
            path = self.pick([f"Stack/{name}X/Resource", f"Stack/{name}X", f"Stack/Construct/{name}X/Resource"])
            metadata |= {"aws:cdk:path": path, "aws:asset:path": "asset.a", "aws:asset:property": code}
        return metadata

    def _layer(self) -> dict[str, Any]:
        kind, content = self.pick([("Serverless", "ContentUri"), ("Lambda", "Content")])
        properties: dict[str, Any] = {content: self._text("directory")}
        metadata: dict[str, Any] = {}
        if self.maybe(0.6):
            properties["CompatibleRuntimes"] = self.pick([["python3.11", "python3.12"], [{"Ref": "Version"}], []])
        if self.maybe(0.4):
            properties["CompatibleArchitectures"] = self.pick([["arm64"], ["x86_64", "arm64"], [{"Ref": "Arch"}]])
        if self.maybe(0.8):
            metadata["BuildMethod"] = self.pick(_METHODS)
        if self.maybe(0.5):
            metadata["BuildArchitecture"] = self._text("architecture", 2)
        return {"Type": f"AWS::{kind}::LayerVersion", "Properties": properties, "Metadata": metadata}

    def _loop(self) -> list[Any]:
        body = self._function("Loop")
        if self.maybe(0.5):
            code = "CodeUri" if "Serverless" in body["Type"] else "Code"
            body["Properties"][code] = self.pick([{"Fn::Sub": "src/${N}"}, "src/${N}", {"Ref": "N"}])
        collection = self.pick([["Alpha", "Beta"], {"Ref": "Dirs"}, ["a-b", "c.d"], {"Fn::Split": [",", "x,y"]}])
        return ["N", collection, {"F&{N}": body}]

    def _nested(self, depth: int) -> dict[str, Any]:
        child = self.write(f"child{depth}.json", depth=depth + 1).name
        kind, location = self.pick([("Serverless::Application", "Location"), ("CloudFormation::Stack", "TemplateURL")])
        properties: dict[str, Any] = {location: self.pick([child, f"./{child}", {"Fn::Sub": child}, "https://x/y"])}
        if self.maybe(0.6):
            architecture = self.pick(["x86_64", {"Ref": "Arch"}, {"Fn::GetAtt": ["X", "Y"]}])
            properties["Parameters"] = {"Stage": self._text("directory", 2), "Arch": architecture}
        return {"Type": f"AWS::{kind}", "Properties": properties}

    def _globals(self) -> dict[str, Any]:
        shared: dict[str, Any] = {}
        if self.maybe(0.6):
            shared["Runtime"] = self._text("runtime", 3)
        if self.maybe(0.3):
            shared["CodeUri"] = self._text("directory", 3)
        if self.maybe(0.4):
            shared["Architectures"] = self._architectures()
        return {"Function": shared}

    def _template(self, depth: int) -> dict[str, Any]:
        resources = {f"F{number}": self._function(f"F{number}") for number in range(self.chance.randint(1, 4))}
        resources |= {f"L{number}": self._layer() for number in range(self.chance.randint(0, 2))}
        if depth < 2 and self.maybe(0.3):
            resources["Nested"] = self._nested(depth)
        loops = {"Fn::ForEach::Loop": self._loop()} if self.has_loops and self.maybe(0.7) else {}
        serverless, extensions = "AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"
        return {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": [extensions, serverless] if self.has_loops else serverless,
            "Parameters": _PARAMETERS,
            "Mappings": _MAPPINGS,
            "Conditions": _CONDITIONS,
            **({"Globals": self._globals()} if self.maybe(0.5) else {}),
            "Resources": {**resources, **loops},
        }
