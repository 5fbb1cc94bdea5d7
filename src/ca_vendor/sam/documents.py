"""Template files as plain data, bounded in size, keys unique."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ca_vendor.sam.errors import (
    TemplateNotFoundError,
    TemplateSyntaxError,
    TemplateTooLargeError,
)
from ca_vendor.sam.yaml_building import MAX_DEPTH, MAX_NODES, DocumentBuilder

MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A template file as data.

    Attributes:
        path: the file, as it was given.
        content: the data: mappings, lists, text, numbers, booleans and `None`; parts may be shared, never mutate them.
        lines: of each logical ID under `Resources`, the line it stands on, from 1; empty for JSON.
    """

    path: Path
    content: object
    lines: Mapping[str, int]


def read_document(path: Path) -> Document:
    """Read a template file.

    Raises:
        TemplateNotFoundError: the file cannot be opened.
        TemplateSyntaxError: it is neither YAML nor JSON.
        TemplateTooLargeError: it is larger, deeper, or expands to more than any real template.
    """
    return parse_document(read_text(path), path=path)


def parse_document(text: str, *, path: Path, is_yaml_1_2: bool = False) -> Document:
    """Parse a template's text; `path` is for messages only.

    `is_yaml_1_2` makes `yes`, `no`, `on` and `off` text, as that version of YAML has it.

    Raises:
        TemplateSyntaxError: it is neither YAML nor JSON.
        TemplateTooLargeError: it is deeper, or expands to more, than any real template.
    """
    # YAML is nearly a superset of JSON: tabs between tokens and surrogate pairs are where it is not.
    if text.lstrip()[:1] in {"{", "["}:
        try:
            content = json.loads(text)
        except RecursionError:
            raise TemplateTooLargeError(f"more than {MAX_DEPTH} levels deep", path=path) from None
        except ValueError:
            pass
        else:
            _measure(content, path)
            return Document(path=path, content=content, lines={})
    builder = DocumentBuilder(text, path, is_yaml_1_2=is_yaml_1_2)
    return Document(path=path, content=builder.build(), lines=builder.lines)


def read_text(path: Path, *, max_bytes: int = MAX_BYTES) -> str:
    """Read a file as UTF-8.

    Raises:
        TemplateNotFoundError: the file cannot be opened.
        TemplateTooLargeError: it is larger than `max_bytes`.
        TemplateSyntaxError: it is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as exc:
        raise TemplateNotFoundError(path=path, reason=exc.strerror or str(exc)) from exc
    except ValueError as exc:
        raise TemplateNotFoundError(path=path, reason=str(exc)) from exc
    if len(data) > max_bytes:
        raise TemplateTooLargeError(f"more than {max_bytes} bytes", path=path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise TemplateSyntaxError("not UTF-8", path=path, line=line) from exc


def _measure(content: object, path: Path) -> None:
    """Hold parsed JSON to the bounds that YAML is held to."""
    level: list[object] = [content]
    nodes = depth = 0
    while level:
        nodes += len(level)
        depth += 1
        if nodes > MAX_NODES:
            raise TemplateTooLargeError(f"more than {MAX_NODES} values", path=path)
        if depth > MAX_DEPTH:
            raise TemplateTooLargeError(f"more than {MAX_DEPTH} levels deep", path=path)
        level = [child for value in level for child in _children(value)]


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
