"""Merges a template's `Globals` section into its resources.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
"""

from collections.abc import Mapping

_PREFIX = "AWS::Serverless::"
# Everything else that is a list on both sides is appended to.
_REPLACED_LISTS = {"Architectures"}


def merge_globals(resource: Mapping[object, object], section: object) -> Mapping[object, object]:
    """A resource with the globals of its type merged into its properties; the same resource if there are none."""
    kind = resource.get("Type")
    if not isinstance(section, dict) or not isinstance(kind, str) or not kind.startswith(_PREFIX):
        return resource
    shared = _applicable(section.get(kind.removeprefix(_PREFIX)), resource.get("IgnoreGlobals"))
    if not shared:
        return resource
    return {**resource, "Properties": _merge(shared, resource.get("Properties", {}))}


def _applicable(shared: object, ignored: object) -> dict[object, object]:
    if not isinstance(shared, dict) or ignored == "*":
        return {}
    if not isinstance(ignored, list):
        return shared
    return {key: value for key, value in shared.items() if key not in ignored}


def _merge(shared: object, own: object) -> object:
    if isinstance(shared, list) and isinstance(own, list):
        return shared + own
    if not isinstance(shared, dict) or not isinstance(own, dict) or _is_intrinsic(shared) or _is_intrinsic(own):
        return own
    merged = dict(shared)
    for key, value in own.items():
        replaces = key not in shared or key in _REPLACED_LISTS
        merged[key] = value if replaces else _merge(shared[key], value)
    return merged


def _is_intrinsic(mapping: dict[object, object]) -> bool:
    """Whether a mapping is an intrinsic function; one counts as the single value that it will have."""
    if len(mapping) != 1:
        return False
    (name,) = mapping
    return name in {"Ref", "Condition"} or (isinstance(name, str) and name.startswith("Fn::"))
