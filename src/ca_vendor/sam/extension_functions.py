"""The intrinsic functions as the `AWS::LanguageExtensions` transform decides them, before anything is deployed."""

import base64
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ca_vendor.sam.arguments import as_list, as_list_of, as_text
from ca_vendor.sam.budget import MAX_TEXT, Budget
from ca_vendor.sam.symbols import UnresolvableError

if TYPE_CHECKING:
    from collections.abc import Callable

NO_VALUE = {"Ref": "AWS::NoValue"}
_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_PRESERVED = {"Fn::GetAtt", "Fn::ImportValue", "Fn::GetAZs", "Fn::Cidr"}
_PSEUDO_PARAMETERS = {
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
}
_MAX_DEPTH = 120


def function_name(value: object) -> str | None:
    """The name of the intrinsic function that a value is; `None` for any other value."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    (name,) = value
    is_function = isinstance(name, str) and (name.startswith("Fn::") or name in {"Ref", "Condition"})
    return name if is_function else None


class ExtensionFunctions:
    """Resolves values within one stack.

    Args:
        values: of pseudo-parameters, and of parameters that are given one.
        parameters: the template's `Parameters` section.
        mappings: its `Mappings` section.
        conditions: its `Conditions` section.
        budget: what bounds the work.
    """

    def __init__(
        self,
        *,
        values: Mapping[str, object],
        parameters: Mapping[object, object],
        mappings: object,
        conditions: object,
        budget: Budget,
    ) -> None:
        self._values = values
        self._parameters = parameters
        self._mappings = mappings
        self._conditions = conditions
        self._budget = budget
        self._depth = 0
        self._decided: dict[str, bool | None] = {}
        self._functions: Mapping[str, Callable[[object], object]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Split": self._split,
            "Fn::Select": self._select,
            "Fn::Length": self._length,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ToJsonString": self._to_json_string,
            "Fn::Base64": self._base64,
            "Fn::If": self._if,
            "Condition": self._condition,
            "Fn::Equals": self._equals,
            "Fn::Not": self._not,
            "Fn::And": self._and,
            "Fn::Or": self._or,
        }

    def set_conditions(self, conditions: object) -> None:
        """Take the conditions as they are once their own loops are expanded."""
        self._conditions = conditions
        self._decided.clear()

    def is_false(self, condition: object) -> bool:
        """Whether a condition of that name is decided, and false."""
        try:
            return isinstance(condition, str) and not self._condition(condition)
        except UnresolvableError:
            return False

    def resolve(self, value: object) -> object:
        """Resolve a value and all within it; what refers to deployed resources stays.

        Raises:
            UnresolvableError: a function is malformed.
            TemplateTooLargeError: the budget is spent.
        """
        self._budget.spend()
        if self._depth >= _MAX_DEPTH:
            raise UnresolvableError
        self._depth += 1
        try:
            if isinstance(value, list):
                return [self.resolve(item) for item in value]
            if not isinstance(value, dict):
                return value
            name = function_name(value)
            if name is not None and name in self._functions and not self._is_resource_reference(value):
                return self._functions[name](value[name])
            return {key: self.resolve(item) for key, item in value.items()}
        finally:
            self._depth -= 1

    def _is_resource_reference(self, value: Mapping[object, object]) -> bool:
        target = value.get("Ref")
        if not isinstance(target, str):
            return False
        return not (target in _PSEUDO_PARAMETERS or target in self._parameters or target in self._values)

    def _parameter(self, name: str) -> object:
        """The value of a parameter or pseudo-parameter; `None` if it has none."""
        if (value := self._values.get(name)) is not None:
            return value
        definition = self._parameters.get(name)
        return definition.get("Default") if isinstance(definition, dict) else None

    def _ref(self, argument: object) -> object:
        name = as_text(self.resolve(argument))
        value = self._parameter(name)
        definition = self._parameters.get(name)
        kind = definition.get("Type") if isinstance(definition, dict) else None
        if isinstance(value, str) and isinstance(kind, str) and (kind == "CommaDelimitedList" or "List<" in kind):
            return [item.strip() for item in value.split(",")]
        return {"Ref": name} if value is None else value

    def _sub(self, argument: object) -> str:
        pattern, variables = (argument, {}) if isinstance(argument, str) else as_list_of(2, argument)
        if not isinstance(variables, dict) or None in variables.values():
            raise UnresolvableError
        given = {key: self.resolve(value) for key, value in variables.items()}
        pieces: list[str] = []
        position = length = 0
        for match in _PLACEHOLDER.finditer(as_text(pattern)):
            pieces += (match.string[position : match.start()], self._placeholder(match[1], given))
            position = match.end()
            length += len(pieces[-1])
            if length > MAX_TEXT:
                raise UnresolvableError
        return "".join((*pieces, as_text(pattern)[position:]))

    def _placeholder(self, name: str, given: Mapping[object, object]) -> str:
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        value = given[name] if name in given else None if "." in name else self._parameter(name)
        return "${" + name + "}" if value is None else _joined(value)

    def _join(self, argument: object) -> object:
        delimiter, items = (self.resolve(part) for part in as_list_of(2, argument))
        if function_name(delimiter) == "Ref" or function_name(items) == "Ref":
            return {"Fn::Join": [delimiter, items]}
        texts = [_joined(item) for item in as_list(items)]
        separator = as_text(delimiter)
        if sum(map(len, texts)) + len(separator) * len(texts) > MAX_TEXT:
            raise UnresolvableError
        return separator.join(texts)

    def _split(self, argument: object) -> object:
        delimiter, source = (self.resolve(part) for part in as_list_of(2, argument))
        if function_name(source):
            return {"Fn::Split": [delimiter, source]}
        if not as_text(delimiter):
            raise UnresolvableError
        parts = as_text(source).split(as_text(delimiter))
        self._budget.spend(len(parts))
        return parts

    def _select(self, argument: object) -> object:
        index, items = (self.resolve(part) for part in as_list_of(2, argument))
        if function_name(index) == "Ref" or function_name(items):
            return {"Fn::Select": [index, items]}
        position = _integer(index)
        choices = as_list(items)
        if not 0 <= position < len(choices):
            raise UnresolvableError
        return choices[position]

    def _length(self, argument: object) -> object:
        items = self.resolve(argument)
        return {"Fn::Length": items} if function_name(items) else len(as_list(items))

    def _find_in_map(self, argument: object) -> object:
        arguments = as_list(argument)
        if len(arguments) < 3:
            raise UnresolvableError
        keys = [self.resolve(key) for key in arguments[:3]]
        options = arguments[3] if len(arguments) > 3 else None
        if any(function_name(key) == "Ref" for key in keys):
            return {"Fn::FindInMap": keys if options is None else [*keys, options]}
        found = self._mappings
        for key in keys:
            found = found.get(as_text(key)) if isinstance(found, dict) else None
        if found is not None:
            return found
        if not isinstance(options, dict) or "DefaultValue" not in options:
            raise UnresolvableError
        return self.resolve(options["DefaultValue"])

    def _to_json_string(self, argument: object) -> str:
        if not isinstance(argument, dict | list):
            raise UnresolvableError
        return json.dumps(self.resolve(argument), separators=(",", ":"), default=str)

    def _base64(self, argument: object) -> object:
        value = self.resolve(argument)
        if function_name(value) == "Ref":
            return {"Fn::Base64": value}
        return base64.b64encode(as_text(value).encode("utf-8", "surrogatepass")).decode("ascii")

    def _if(self, argument: object) -> object:
        condition, if_true, if_false = as_list_of(3, argument)
        chosen = if_true if self._condition(condition) else if_false
        return None if chosen == NO_VALUE else self.resolve(chosen)

    def _equals(self, argument: object) -> bool:
        left, right = (self.resolve(part) for part in as_list_of(2, argument))
        return _comparable(left) == _comparable(right)

    def _not(self, argument: object) -> bool:
        (condition,) = as_list_of(1, argument)
        return not _truth(self.resolve(condition))

    def _and(self, argument: object) -> bool:
        return all(_truth(self.resolve(condition)) for condition in as_list(argument))

    def _or(self, argument: object) -> bool:
        return any(_truth(self.resolve(condition)) for condition in as_list(argument))

    def _condition(self, argument: object) -> bool:
        name = as_text(argument)
        if name not in self._decided:
            if not isinstance(self._conditions, dict) or name not in self._conditions:
                raise UnresolvableError
            # What a condition finds that meets itself on the way.
            self._decided[name] = None
            self._decided[name] = _truth(self.resolve(self._conditions[name]))
        decided = self._decided[name]
        if decided is None:
            raise UnresolvableError
        return decided


def _integer(value: object) -> int:
    try:
        return int(value) if isinstance(value, int | str) else int(as_text(value))
    except ValueError:
        raise UnresolvableError from None


def _truth(value: object) -> bool:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return bool(value)


def _comparable(value: object) -> str:
    if isinstance(value, dict) and not function_name(value):
        raise UnresolvableError
    return f"{value}".lower() if isinstance(value, bool) else f"{value}"


def _joined(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f"{value}".lower()
    if isinstance(value, list):
        return ",".join(_joined(item) for item in value)
    return f"{value}"
