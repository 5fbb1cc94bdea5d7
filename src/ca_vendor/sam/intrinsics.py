"""Works out a template's intrinsic functions as far as they are decided before deployment.

What cannot be decided stays as it is written, per property, as `sam build` leaves it: a `CodeUri` that is still a
mapping then means the template's own directory. Deliberately left undecided, where SAM CLI has a made-up answer:
`Fn::GetAZs`, `Fn::Transform` with `AWS::Include`, and a reference to an alias of a function.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import base64
import re
from typing import TYPE_CHECKING

from ca_vendor.sam.arguments import as_list, as_list_of, as_text
from ca_vendor.sam.budget import MAX_TEXT, Budget
from ca_vendor.sam.symbols import Symbols, UnknownAttributeError, UnresolvableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SUBSTITUTION = re.compile(r"\$\{(AWS::[^}\n]*|[a-zA-Z0-9]*\.?[a-zA-Z0-9]*)\}")
_MAX_DEPTH = 120


class Intrinsics:
    """Resolves values within one stack."""

    def __init__(self, *, symbols: Symbols, mappings: object, conditions: object, budget: Budget) -> None:
        self._symbols = symbols
        self._mappings = mappings
        self._conditions = conditions
        self._budget = budget
        self._depth = 0
        self._decided: dict[str, object] = {}
        self._functions: Mapping[object, Callable[[object], object]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Split": self._split,
            "Fn::Select": self._select,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": self._base64,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::Not": self._not,
            "Fn::And": self._and,
            "Fn::Or": self._or,
            "Fn::GetAZs": _undecided,
            "Fn::ImportValue": _undecided,
            "Fn::Transform": _undecided,
        }

    def resolve(self, value: object) -> object:
        """Resolve a value and all within it; entries of mappings that cannot be resolved stay as they are.

        Raises:
            UnresolvableError: the value itself cannot be resolved.
            TemplateTooLargeError: the budget is spent.
        """
        self._budget.spend()
        if value is None:
            raise UnresolvableError
        if not value or not isinstance(value, dict | list):
            return value
        if self._depth >= _MAX_DEPTH:
            raise UnresolvableError
        self._depth += 1
        try:
            if isinstance(value, list):
                return [self.resolve(item) for item in value]
            # The first key alone decides whether a mapping is a function.
            name = next(iter(value))
            if function := self._functions.get(name):
                return function(value[name])
            return {key: self._entry(key, item) for key, item in value.items()}
        finally:
            self._depth -= 1

    def _entry(self, key: object, value: object) -> object:
        if not isinstance(key, str):
            return value
        try:
            return self.resolve(value)
        except UnresolvableError:
            return value

    def _ref(self, value: object) -> object:
        return self._symbols.resolve(as_text(self.resolve(value)), "Ref")

    def _get_att(self, value: object) -> object:
        name, attribute = self._arguments(value, count=2)
        return self._symbols.resolve(as_text(name), as_text(attribute))

    def _join(self, value: object) -> str:
        delimiter, items = self._arguments(value)[:2]
        texts = [as_text(self.resolve(item)) for item in as_list(items)]
        separator = as_text(delimiter)
        _check_length(sum(map(len, texts)) + len(separator) * len(texts))
        return separator.join(texts)

    def _split(self, value: object) -> list[str]:
        delimiter, source = self._arguments(value)[:2]
        if not as_text(delimiter):
            raise UnresolvableError
        parts = as_text(source).split(as_text(delimiter))
        self._budget.spend(len(parts))
        return parts

    def _select(self, value: object) -> object:
        index, items = self._arguments(value)[:2]
        choices = [self.resolve(item) for item in as_list(items)]
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(choices):
            raise UnresolvableError
        return choices[index]

    def _find_in_map(self, value: object) -> object:
        found = self._mappings
        for key in self._arguments(value, count=3):
            if not isinstance(found, dict):
                raise UnresolvableError
            found = found.get(as_text(key))
        if found is None:
            raise UnresolvableError
        return found

    def _base64(self, value: object) -> str:
        text = as_text(self.resolve(value))
        return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def _sub(self, value: object) -> str:
        pattern, variables = (value, {}) if isinstance(value, str) else as_list_of(2, value)
        text = as_text(self.resolve(pattern))
        if not isinstance(variables, dict):
            raise UnresolvableError
        given = self.resolve(variables)
        for name in dict.fromkeys(_SUBSTITUTION.findall(text)):
            # SAM CLI looks the value of a variable up once more, as if it were a name.
            symbol = as_text(given.get(name, name) if isinstance(given, dict) else name)
            replacement = f"{self._substitute(symbol)}"
            marker = "${" + name + "}"
            _check_length(len(text) + text.count(marker) * len(replacement))
            text = text.replace(marker, replacement)
        return text

    def _substitute(self, symbol: str) -> object:
        name, dot, attribute = symbol.rpartition(".")
        if not dot:
            name, attribute = symbol, "Ref"
        try:
            return self._symbols.resolve(name, attribute)
        except UnknownAttributeError:
            return f"${name}.{attribute}"

    def _if(self, value: object) -> object:
        condition, if_true, if_false = self._arguments(value, count=3)
        return if_true if self._condition(as_text(condition)) else if_false

    def _equals(self, value: object) -> bool:
        left, right = self._arguments(value, count=2)
        return left == right

    def _not(self, value: object) -> bool:
        (argument,) = self._arguments(value, count=1)
        return not self._truth(argument)

    def _and(self, value: object) -> bool:
        return all(self._truth(argument) for argument in as_list(self.resolve(value)))

    def _or(self, value: object) -> bool:
        return any(self._truth(argument) for argument in as_list(self.resolve(value)))

    def _truth(self, argument: object) -> bool:
        """The truth of a resolved argument: a boolean, or `{"Condition": name}`."""
        if isinstance(argument, dict) and "Condition" in argument:
            return self._condition(as_text(argument["Condition"]))
        return _boolean(self.resolve(argument))

    def _condition(self, name: str) -> bool:
        if name not in self._decided:
            if not isinstance(self._conditions, dict) or not isinstance(self._conditions.get(name), dict):
                raise UnresolvableError
            # A condition that meets itself on the way finds this, which is no boolean.
            self._decided[name] = None
            self._decided[name] = self._evaluate(self._conditions[name])
        return _boolean(self._decided[name])

    def _evaluate(self, condition: object) -> object:
        try:
            return self.resolve(condition)
        except UnresolvableError:
            return None

    def _arguments(self, value: object, *, count: int | None = None) -> list[object]:
        """Resolve a function's arguments, and once more what they stood for."""
        arguments = [self.resolve(argument) for argument in as_list(self.resolve(value))]
        if len(arguments) < 2 if count is None else len(arguments) != count:
            raise UnresolvableError
        return arguments


def _undecided(_value: object) -> object:
    raise UnresolvableError


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise UnresolvableError
    return value


def _check_length(length: int) -> None:
    if length > MAX_TEXT:
        raise UnresolvableError
