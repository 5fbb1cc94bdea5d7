"""Values of parameters, in every form that `--parameter-overrides` and samconfig files take.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-build.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ca_vendor.sam.errors import ParameterOverridesError

_KEY = r"([A-Za-z0-9\"']+)"
_VALUE = r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?:\\.|[^ "\\])+)"""
_FORMS = (
    re.compile(rf"ParameterKey={_KEY},ParameterValue={_VALUE}"),
    re.compile(rf" {_KEY}={_VALUE}"),
)
_FILE = "file://"
_INCLUDE = "$include"
_MAX_INCLUDES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Includes:
    """How files that hold parameters are found and read.

    Attributes:
        directory: what a relative path is relative to.
        read: reads a file as data.
        open_files: the files on the way to this one, resolved.
    """

    directory: Path
    read: Callable[[Path], object]
    open_files: tuple[Path, ...] = ()


def parse_parameter_overrides(stated: object, *, includes: Includes | None = None) -> dict[str, str]:
    """The values of parameters.

    Args:
        stated: `Key=Value Other=Value`, `ParameterKey=Key,ParameterValue=Value`, `file://…`, a mapping, or a list of
            any of them, of which the last counts.
        includes: how files are read; `None` to refuse them.

    Raises:
        ParameterOverridesError: it is none of these, or a file cannot be read.
        TemplateError: a file is malformed.
    """
    values: dict[str, str] = {}
    for item in _flat(stated):
        values.update(_item(item, includes))
    return {_unquoted(key): _unquoted(value) for key, value in values.items()}


def _flat(stated: object) -> Iterator[object]:
    pending = [stated]
    while pending:
        item = pending.pop()
        if isinstance(item, list | tuple):
            pending.extend(reversed(item))
        elif item is not None and item != "":
            yield item


def _item(item: object, includes: Includes | None) -> Mapping[str, str]:
    match item:
        case str() if item.startswith(_FILE):
            return _included(item.removeprefix(_FILE), includes)
        case str():
            return _pairs(item)
        case dict():
            values: dict[str, str] = {}
            for key, value in item.items():
                if key == _INCLUDE:
                    values.update(parse_parameter_overrides(value, includes=includes))
                else:
                    values[f"{key}"] = _as_text(value)
            return values
    raise ParameterOverridesError(f"{item}", "it is neither text nor a mapping")


def _pairs(text: str) -> Mapping[str, str]:
    for form in _FORMS:
        if pairs := form.findall(f" {text.strip()}"):
            return dict(pairs)
    raise ParameterOverridesError(text, "it is not `Key=Value`")


def _included(name: str, includes: Includes | None) -> Mapping[str, str]:
    if includes is None:
        raise ParameterOverridesError(f"{_FILE}{name}", "no file can be read here")
    path = (includes.directory / name).resolve()
    if path in includes.open_files or len(includes.open_files) >= _MAX_INCLUDES:
        raise ParameterOverridesError(f"{_FILE}{name}", "the file includes itself")
    inner = Includes(directory=path.parent, read=includes.read, open_files=(*includes.open_files, path))
    return parse_parameter_overrides(includes.read(path), includes=inner)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(f"{item}".strip() for item in value if item is not None and item != "")
    return f"{value}"


def _unquoted(text: str) -> str:
    if text and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return text.replace("\\ ", " ").replace('\\"', '"').replace("\\'", "'")
