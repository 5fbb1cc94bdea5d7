"""Expands `Fn::ForEach` loops.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
"""

import re
from collections.abc import Callable, Mapping
from typing import NoReturn

from ca_vendor.sam.budget import MAX_TEXT, Budget
from ca_vendor.sam.documents import Document
from ca_vendor.sam.errors import LoopError, TemplateTooLargeError
from ca_vendor.sam.symbols import UnresolvableError

PREFIX = "Fn::ForEach::"
_MAX_NESTING = 5
_NOT_ALPHANUMERIC = re.compile(r"[^a-zA-Z0-9]")
_DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:(?:ssm|ssm-secure|secretsmanager):[^}]+\}\}", re.IGNORECASE)


def is_loop(key: object) -> bool:
    """Whether a key stands for a loop."""
    return isinstance(key, str) and key.startswith(PREFIX)


class LoopExpander:
    """Expands the loops of one template.

    Args:
        document: the template's file, for its lines.
        parameters: the names of its parameters, which no loop may take.
        resolve: resolves the intrinsic functions of a collection.
        budget: what bounds the work.
    """

    def __init__(
        self,
        document: Document,
        *,
        parameters: Mapping[object, object],
        resolve: Callable[[object], object],
        budget: Budget,
    ) -> None:
        self._document = document
        self._parameters = parameters
        self._resolve = resolve
        self._budget = budget
        self.lines: dict[str, int] = dict(document.lines)

    def expand_section(self, section: object) -> object:
        """A section, or the properties of a resource, with its loops expanded.

        Raises:
            LoopError: a loop is malformed, or its collection is decided only at deployment.
            TemplateTooLargeError: it expands to too much.
        """
        return self._section(section, ())

    def expand_resources(self, section: Mapping[object, object]) -> dict[object, object]:
        """The `Resources` section with its loops, and those in the properties of its resources, expanded.

        Raises:
            LoopError: as for `expand_section`.
            TemplateTooLargeError: as for `expand_section`.
        """
        resources = self._section(section, ())
        expanded: dict[object, object] = {}
        for name, resource in resources.items() if isinstance(resources, dict) else ():
            if isinstance(resource, dict) and "Properties" in resource:
                expanded[name] = {**resource, "Properties": self._section(resource["Properties"], ())}
            else:
                expanded[name] = resource
        return expanded

    def _section(self, section: object, outer: tuple[str, ...]) -> object:
        if not isinstance(section, dict) or not any(is_loop(key) for key in section):
            return section
        expanded: dict[object, object] = {}
        for key, value in section.items():
            if is_loop(key):
                self._add(expanded, self._loop(f"{key}", value, outer), f"{key}")
            else:
                expanded[key] = value
        return expanded

    def _loop(self, key: str, value: object, outer: tuple[str, ...]) -> dict[object, object]:
        identifier, collection, body = self._parts(key, value, outer)
        expanded: dict[object, object] = {}
        for item in self._collection(key, collection):
            text = f"{item}".lower() if isinstance(item, bool) else f"{item}"
            copy = self._substitute(body, identifier, text)
            entries = self._section(copy, (*outer, identifier))
            if isinstance(entries, dict):
                self._add(expanded, entries, key)
        line = self._document.lines.get(key)
        if line and not outer:
            self.lines.update((f"{name}", line) for name in expanded)
        return expanded

    def _parts(self, key: str, value: object, outer: tuple[str, ...]) -> tuple[str, object, dict[object, object]]:
        if not isinstance(value, list) or len(value) != 3:
            self._fail(key, "it takes an identifier, a collection and a body")
        identifier, collection, body = value
        if not isinstance(identifier, str) or not identifier or not isinstance(body, dict):
            self._fail(key, "its identifier is text, its body a mapping")
        if identifier in outer or identifier in self._parameters or key.removeprefix(PREFIX) in self._parameters:
            self._fail(key, "a parameter or an outer loop has the same name")
        if len(outer) >= _MAX_NESTING:
            self._fail(key, f"more than {_MAX_NESTING} loops in one another")
        return identifier, collection, body

    def _collection(self, key: str, collection: object) -> list[object]:
        if not isinstance(collection, list):
            try:
                collection = self._resolve(collection)
            except UnresolvableError:
                collection = None
            if isinstance(collection, str) and "," in collection:
                collection = [item.strip() for item in collection.split(",")]
        if not isinstance(collection, list) or any(_is_late(item) for item in collection):
            self._fail(key, "its collection is not a list before deployment")
        return collection

    def _substitute(self, value: object, identifier: str, text: str) -> object:
        self._budget.spend()
        if isinstance(value, str):
            return self._replace(value, identifier, text)
        if isinstance(value, list):
            return [self._substitute(item, identifier, text) for item in value]
        if not isinstance(value, dict):
            return value
        if value == {"Ref": identifier}:
            return text
        return {
            self._substitute(key, identifier, text): self._substitute(item, identifier, text)
            for key, item in value.items()
        }

    def _replace(self, pattern: str, identifier: str, text: str) -> str:
        markers = {f"${{{identifier}}}": text, f"&{{{identifier}}}": _NOT_ALPHANUMERIC.sub("", text)}
        for marker, replacement in markers.items():
            count = pattern.count(marker)
            if count and len(pattern) + count * len(replacement) > MAX_TEXT:
                raise TemplateTooLargeError(f"a text of more than {MAX_TEXT} characters", path=self._document.path)
            pattern = pattern.replace(marker, replacement) if count else pattern
        return pattern

    def _add(self, expanded: dict[object, object], entries: dict[object, object], key: str) -> None:
        if taken := expanded.keys() & entries.keys():
            self._fail(key, f"it makes `{min(map(str, taken))}` twice")
        expanded.update(entries)

    def _fail(self, key: str, problem: str) -> NoReturn:
        raise LoopError(key, problem, path=self._document.path, line=self._document.lines.get(key))


def _is_late(item: object) -> bool:
    """Whether an item of a collection is known only once deployed."""
    if isinstance(item, dict):
        return len(item) == 1 and ("Fn::GetAtt" in item or "Fn::ImportValue" in item)
    return isinstance(item, str) and _DYNAMIC_REFERENCE.search(item) is not None
