"""Expands the `AWS::LanguageExtensions` transform: loops, and the functions that it decides by its own rules.

The transform runs before `Globals` are merged, and is stricter and saner than the later pass: conditions select one
branch, `AWS::NoValue` removes a property. Where it refuses a template, this leaves the one resource as it is: what SAM
CLI has to say about it, it says in the build.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-languageextensions.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ca_vendor.sam.budget import Budget
from ca_vendor.sam.documents import Document
from ca_vendor.sam.extension_functions import NO_VALUE, ExtensionFunctions, function_name
from ca_vendor.sam.loops import LoopExpander
from ca_vendor.sam.symbols import UnresolvableError

_TRANSFORM = "AWS::LanguageExtensions"
_CONDITION_FUNCTIONS = {"Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not"}
_KEPT_ATTRIBUTES = {"DeletionPolicy", "UpdateReplacePolicy"}


def uses_language_extensions(template: Mapping[object, object]) -> bool:
    """Whether a template declares the transform."""
    transform = template.get("Transform")
    return _TRANSFORM in transform if isinstance(transform, list) else transform == _TRANSFORM


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """A template after the transform.

    Attributes:
        template: its sections, `Conditions` and `Resources` expanded.
        lines: of each logical ID, its line; for what a loop makes, the loop's.
    """

    template: Mapping[object, object]
    lines: Mapping[str, int]


def expand_language_extensions(
    document: Document, template: Mapping[object, object], *, values: Mapping[str, object], budget: Budget
) -> Expanded:
    """Run the transform over a template.

    Args:
        document: the template's file.
        template: its content.
        values: of pseudo-parameters, and of parameters that are given one; defaults come from the template.
        budget: what bounds the work.

    Raises:
        LoopError: a loop cannot be expanded.
        TemplateTooLargeError: it expands to too much.
    """
    declared = template.get("Parameters")
    parameters = declared if isinstance(declared, dict) else {}
    conditions = template.get("Conditions")
    functions = ExtensionFunctions(
        values=values, parameters=parameters, mappings=template.get("Mappings"), conditions=conditions, budget=budget
    )
    loops = LoopExpander(document, parameters=parameters, resolve=functions.resolve, budget=budget)
    conditions = loops.expand_section(conditions)
    resources = template.get("Resources")
    resources = loops.expand_resources(resources) if isinstance(resources, dict) else {}
    functions.set_conditions(conditions)
    result = dict(template)
    if isinstance(conditions, dict):
        result["Conditions"] = {name: _condition(functions, value) for name, value in conditions.items()}
    result["Resources"] = {
        name: without_no_value(_resource(functions, resource)) for name, resource in resources.items()
    }
    return Expanded(template=result, lines=loops.lines)


def _resource(functions: ExtensionFunctions, resource: object) -> object:
    if isinstance(resource, dict) and functions.is_false(resource.get("Condition")):
        return _undeployed(functions, resource)
    try:
        return functions.resolve(resource)
    except UnresolvableError:
        return resource


def _condition(functions: ExtensionFunctions, value: object) -> object:
    """A condition's definition, its arguments resolved and its logic kept."""
    if isinstance(value, list):
        return [_condition(functions, item) for item in value]
    if not isinstance(value, dict):
        return value
    name = function_name(value)
    if name == "Condition":
        return value
    if name is None or name in _CONDITION_FUNCTIONS:
        return {key: _condition(functions, item) for key, item in value.items()}
    try:
        return functions.resolve(value)
    except UnresolvableError:
        return value


def _undeployed(functions: ExtensionFunctions, value: object) -> object:
    """A part of a resource whose condition is false: what refers to parameters has no value."""
    if isinstance(value, list):
        return [_undeployed(functions, item) for item in value]
    if not isinstance(value, dict):
        return value
    name = function_name(value)
    if name == "Ref" and isinstance(value["Ref"], str) and not value["Ref"].startswith("AWS::"):
        return NO_VALUE
    if name is not None:
        try:
            return functions.resolve(value)
        except UnresolvableError:
            if name in {"Ref", "Fn::ToJsonString"}:
                return NO_VALUE
    return {key: _undeployed(functions, item) for key, item in value.items()}


def without_no_value(value: object, *, keep_attributes: bool = True) -> object:
    """A value without the properties and items that have no value; the arguments of functions keep theirs."""
    if isinstance(value, list):
        return [without_no_value(item, keep_attributes=keep_attributes) for item in value if not _is_no_value(item)]
    if not isinstance(value, dict):
        return value
    if function_name(value) is not None:
        ((name, arguments),) = value.items()
        if isinstance(arguments, list):
            arguments = [without_no_value(item, keep_attributes=keep_attributes) for item in arguments]
        elif isinstance(arguments, dict):
            arguments = without_no_value(arguments, keep_attributes=keep_attributes)
        return {name: arguments}
    return {
        key: without_no_value(item, keep_attributes=keep_attributes and key not in _KEPT_ATTRIBUTES)
        for key, item in value.items()
        if (keep_attributes and key in _KEPT_ATTRIBUTES) or not _is_no_value(item)
    }


def _is_no_value(value: object) -> bool:
    return value is None or value == NO_VALUE
