"""What `Ref`, `Fn::GetAtt` and `${…}` stand for before anything is deployed.

The rules are those that `sam build` goes by, odd ones included: it must be the same directory that is locked and built.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PSEUDO_PARAMETERS: Mapping[str, str] = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "local",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/local/51af3dc0-da77-11e4-872e-1234567db123",
    "AWS::URLSuffix": "localhost",
}
_LAYER_TYPES = {"AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion"}


class UnresolvableError(Exception):
    """A value is decided only at deployment, or is malformed; its property stays as it is written."""


class UnknownAttributeError(UnresolvableError):
    """An attribute of a resource that has no value before deployment."""


def parameter_values(template: Mapping[object, object], overrides: Mapping[str, object]) -> dict[str, object]:
    """The value of each parameter: the pseudo-parameters', the template's defaults, then `overrides`."""
    values: dict[str, object] = dict(PSEUDO_PARAMETERS)
    declared = template.get("Parameters")
    if isinstance(declared, dict):
        values.update(
            (f"{name}", definition["Default"])
            for name, definition in declared.items()
            if isinstance(definition, dict) and "Default" in definition
        )
    values.update(overrides)
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """The symbols of one stack.

    Attributes:
        values: of each parameter and pseudo-parameter, its value.
        parameters: the template's `Parameters` section.
        resources: the template's `Resources` section.
    """

    values: Mapping[str, object]
    parameters: object = field(default_factory=dict)
    resources: object = field(default_factory=dict)

    def resolve(self, name: str, attribute: str) -> object:
        """The value of an attribute of a symbol; a plain reference is the attribute `Ref`.

        Raises:
            UnknownAttributeError: it is known only once deployed.
            UnresolvableError: the template is malformed where the symbol is declared.
        """
        if value := self._given(name, attribute):
            return value
        if name == "AWS::NoValue":
            return None
        default = _entry(_entry(self.parameters, name, {}), "Default", None)
        if default is not None:
            return default
        if attribute == "Ref":
            kind = _entry(_entry(self.resources, name, {}), "Type", None)
            # The layer's ARN is not known yet: what is passed on is the reference itself.
            return {"Ref": name} if kind in _LAYER_TYPES else name
        if attribute == "Arn":
            return self._arn(name)
        raise UnknownAttributeError

    def _given(self, name: str, attribute: str) -> object:
        value = self.values.get(name, {})
        if isinstance(value, dict):
            return value.get(attribute)
        if not isinstance(value, str | list | int):
            raise UnresolvableError
        if attribute not in {"Ref", ""}:
            return None
        definition = _entry(self.parameters, name, None)
        if isinstance(value, str) and definition and _entry(definition, "Type", None) == "CommaDelimitedList":
            return [item.strip() for item in value.split(",")]
        return value

    def _arn(self, name: str) -> str:
        region = self.values.get("AWS::Region") or PSEUDO_PARAMETERS["AWS::Region"]
        account = self.values.get("AWS::AccountId") or PSEUDO_PARAMETERS["AWS::AccountId"]
        partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(f"{region}".rsplit("-", 2)[0], "aws")
        properties = _entry(_entry(self.resources, name, {}), "Properties", None) or {}
        function = _entry(properties, "FunctionName", None) or name
        if not isinstance(function, str):
            raise UnresolvableError
        return f"arn:{partition}:lambda:{region}:{account}:function:{self.values.get(function) or function}"


def _entry(mapping: object, key: str, default: object) -> object:
    if not isinstance(mapping, dict):
        raise UnresolvableError
    return mapping.get(key, default)
