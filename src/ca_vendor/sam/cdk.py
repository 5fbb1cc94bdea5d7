"""Brings a resource's metadata into the form that SAM itself writes; AWS CDK states assets its own way.

Source: https://docs.aws.amazon.com/cdk/v2/guide/assets.html
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

_NESTED_STACK_SUFFIX = ".NestedStack"
_IMAGE_PROPERTY = "Code.ImageUri"


def normalize_metadata(logical_id: str, resource: Mapping[object, object]) -> Mapping[object, object]:
    """A resource whose assets are in its properties, and whose `Metadata` names its identifier."""
    stated = resource.get("Metadata")
    metadata: dict[object, object] = dict(stated) if isinstance(stated, dict) else {}
    properties = resource.get("Properties", {})
    if not metadata.get("SamNormalized"):
        asset_property, asset_path = metadata.get("aws:asset:property"), metadata.get("aws:asset:path")
        if asset_property == _IMAGE_PROPERTY:
            metadata["DockerContext"] = f"{PurePosixPath(_text(asset_path))}"
            metadata["Dockerfile"] = f"{PurePosixPath(_text(metadata.get('aws:asset:dockerfile-path')))}"
            asset_path = logical_id.lower()
        if isinstance(asset_property, str) and asset_property and asset_path:
            properties = _with_property(properties, asset_property.split("."), asset_path)
    if metadata.get("aws:asset:is-bundled"):
        metadata["SkipBuild"] = True
    metadata["SamResourceId"] = identifier(logical_id, resource)
    return {**resource, "Properties": properties, "Metadata": metadata}


def identifier(logical_id: str, resource: Mapping[object, object]) -> str:
    """The name that SAM CLI gives a resource: its own, the last telling part of its CDK path, or its logical ID."""
    metadata = resource.get("Metadata")
    if not isinstance(metadata, dict):
        return logical_id
    own = metadata.get("SamResourceId")
    if isinstance(own, str) and own:
        return own
    path = metadata.get("aws:cdk:path")
    parts = path.split("/") if isinstance(path, str) else []
    if len(parts) not in {2, 3}:
        return logical_id
    is_stack = resource.get("Type") == "AWS::CloudFormation::Stack"
    is_nested = is_stack and parts[-2].endswith(_NESTED_STACK_SUFFIX)
    name = parts[-2] if parts[-1] == "Resource" or is_nested else parts[-1]
    return name.removesuffix(_NESTED_STACK_SUFFIX) if is_stack else name


def _with_property(properties: object, path: list[str], value: object) -> dict[object, object]:
    """The properties with one replaced; whatever stood beside it on the way is an asset reference, and goes."""
    for key in reversed(path[1:]):
        value = {key: value}
    return {**(properties if isinstance(properties, dict) else {}), path[0]: value}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
