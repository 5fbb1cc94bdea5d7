"""Builds plain data from a YAML document with CloudFormation's short tags, bounded in size, keys unique.

It works from the parser's events with an explicit stack. The C composer recurses, and a file of 200 kB of opening
brackets crashes the interpreter with it; and counting while building is what bounds aliases that multiply.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import yaml
from yaml.events import Event

from ca_vendor.sam.errors import TemplateSyntaxError, TemplateTooLargeError

MAX_NODES = 200_000
MAX_DEPTH = 100

_LOADER: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_YAML = "tag:yaml.org,2002:"
_CONTAINER_TAGS = {None, "!", f"{_YAML}map", f"{_YAML}seq"}
# Dates stay the text that was written, as in `2010-09-09`; `=` has no constructor in PyYAML at all.
_TEXT_TAGS = {f"{_YAML}str", f"{_YAML}timestamp", f"{_YAML}value"}
_MERGE = object()
_TOO_DEEP_FOR_LIBYAML = "exceeded maximum nesting depth"
_Loader = yaml.SafeLoader | yaml.CSafeLoader


@dataclass(slots=True)
class _Sized:
    """A finished value, with how many nodes it expands to and how deep it is."""

    value: object
    nodes: int = 1
    height: int = 0


@dataclass(slots=True)
class _Frame:
    """A container under construction."""

    tag: str | None
    anchor: str | None
    is_mapping: bool
    items: list[object] = field(default_factory=list)
    entries: dict[object, object] = field(default_factory=dict)
    merges: list[object] = field(default_factory=list)
    key: object = None
    expects_key: bool = True
    nodes: int = 1
    height: int = 0


class DocumentBuilder:
    """Builds the data of one YAML document from its events."""

    def __init__(self, text: str, path: Path, *, is_yaml_1_2: bool = False) -> None:
        self._path = path
        self._is_yaml_1_2 = is_yaml_1_2
        self._text = text
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Sized | None] = {}
        self._lines: dict[str, int] = {}
        self._root: _Sized | None = None

    @property
    def lines(self) -> dict[str, int]:
        """Of each key under `Resources`, the line it stands on."""
        return self._lines

    def build(self) -> object:
        """Read all events and return the data.

        Raises:
            TemplateSyntaxError: it is not YAML, or uses what has no meaning in a template.
            TemplateTooLargeError: it is too deep, or expands to too much.
        """
        try:
            loader = _LOADER(self._text)
            try:
                while loader.check_event():
                    event = loader.get_event()
                    if isinstance(event, Event):
                        self._take(event, loader)
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as exc:
            line = exc.problem_mark.line + 1 if exc.problem_mark else None
            if exc.problem == _TOO_DEEP_FOR_LIBYAML:
                raise TemplateTooLargeError("more levels deep than libyaml reads", path=self._path, line=line) from exc
            raise TemplateSyntaxError(exc.problem or "malformed", path=self._path, line=line) from exc
        except (yaml.YAMLError, ValueError) as exc:
            raise TemplateSyntaxError(str(exc).partition("\n")[0], path=self._path) from exc
        return self._root.value if self._root else None

    def _take(self, event: Event, loader: _Loader) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 0
        match event:
            case yaml.ScalarEvent():
                self._finish(_Sized(self._scalar(event, loader, line)), anchor=event.anchor, line=line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._open(event, line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                frame = self._stack.pop()
                sized = _Sized(_container(frame), frame.nodes, frame.height)
                self._finish(sized, anchor=frame.anchor, line=line)
            case yaml.AliasEvent():
                self._alias(event.anchor, line)
            case yaml.DocumentStartEvent() if self._root is not None:
                self._fail("more than one document", line)
            case _:
                pass

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, line: int) -> None:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if self._stack and self._stack[-1].is_mapping and self._stack[-1].expects_key:
            self._fail("a key must be text, not a list or mapping", line)
        if event.tag not in _CONTAINER_TAGS and not f"{event.tag}".startswith("!"):
            self._fail(f"the tag `{event.tag}` has no meaning in a template", line)
        if len(self._stack) >= MAX_DEPTH:
            raise TemplateTooLargeError(f"more than {MAX_DEPTH} levels deep", path=self._path, line=line)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._stack.append(_Frame(tag=event.tag, anchor=event.anchor, is_mapping=is_mapping))

    def _scalar(self, event: yaml.ScalarEvent, loader: _Loader, line: int) -> object:
        tag = event.tag
        if tag is None or tag == "!":
            tag = loader.resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
        if tag in _TEXT_TAGS:
            return event.value
        if tag.startswith("!"):
            return _intrinsic(tag, event.value)
        node = yaml.ScalarNode(tag, event.value)
        match tag.removeprefix(_YAML):
            case "null":
                return None
            case "merge":
                return _MERGE
            case "bool" if self._is_yaml_1_2 and event.value.lower() not in {"true", "false"}:
                return event.value
            case "bool" | "int" | "float" as kind:
                return getattr(loader, f"construct_yaml_{kind}")(node)
        return self._fail(f"the tag `{tag}` has no meaning in a template", line)

    def _alias(self, anchor: str | None, line: int) -> None:
        if anchor is None or anchor not in self._anchors:
            self._fail(f"the alias `*{anchor}` has no anchor before it", line)
        sized = self._anchors[anchor]
        if sized is None:
            self._fail(f"the alias `*{anchor}` stands inside of what it names", line)
        self._finish(sized, anchor=None, line=line)

    def _finish(self, sized: _Sized, *, anchor: str | None, line: int) -> None:
        if anchor:
            self._anchors[anchor] = sized
        if not self._stack:
            self._root = sized
            return
        frame = self._stack[-1]
        frame.nodes += sized.nodes
        frame.height = max(frame.height, sized.height + 1)
        if frame.nodes > MAX_NODES:
            raise TemplateTooLargeError(f"more than {MAX_NODES} values", path=self._path, line=line)
        if len(self._stack) + sized.height > MAX_DEPTH:
            raise TemplateTooLargeError(f"more than {MAX_DEPTH} levels deep", path=self._path, line=line)
        if frame.is_mapping and frame.expects_key:
            self._set_key(frame, sized.value, line)
            return
        value = "<<" if sized.value is _MERGE else sized.value
        if frame.is_mapping:
            self._set_value(frame, value, line)
        else:
            frame.items.append(value)

    def _set_key(self, frame: _Frame, key: object, line: int) -> None:
        if isinstance(key, dict | list):
            self._fail("a key must be text, not a list or mapping", line)
        frame.key, frame.expects_key = key, False
        if len(self._stack) == 2 and self._stack[0].key == "Resources":
            self._lines[f"{key}"] = line

    def _set_value(self, frame: _Frame, value: object, line: int) -> None:
        frame.expects_key = True
        if frame.key is not _MERGE:
            frame.entries[frame.key] = value
            return
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                self._fail("`<<` takes a mapping or a list of mappings", line)
            frame.merges.append(source)

    def _fail(self, problem: str, line: int) -> NoReturn:
        raise TemplateSyntaxError(problem, path=self._path, line=line)


def _container(frame: _Frame) -> object:
    value: object = frame.items
    if frame.is_mapping:
        merged: dict[object, object] = {}
        for source in reversed(frame.merges):
            if isinstance(source, dict):
                merged.update(source)
        value = merged | frame.entries
    if frame.tag in _CONTAINER_TAGS:
        return value
    return _intrinsic(f"{frame.tag}", value)


def _intrinsic(tag: str, value: object) -> dict[object, object]:
    """Write a short tag out: `!Sub x` is `{"Fn::Sub": "x"}`."""
    name = tag[1:]
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in {"Ref", "Condition"} else f"Fn::{name}": value}
