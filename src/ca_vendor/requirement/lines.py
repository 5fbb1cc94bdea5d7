"""The lines of a requirements file: continuations joined, comments dropped, variables expanded, options split off."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicalLine:
    """One requirement or one option of a requirements file.

    Attributes:
        number: of the first physical line, counted from 1.
        argument: what stands before the first option, such as a requirement; may be empty.
        options: the options behind it, split as a shell would.
        rest: the same, as they were written.
        problem: why the line could not be split; empty where it could.
    """

    number: int
    argument: str
    options: tuple[str, ...] = ()
    problem: str = ""
    rest: str = field(default="", compare=False)


def split_lines(text: str, environment: Mapping[str, str]) -> Iterator[LogicalLine]:
    """Yield the logical lines of a requirements file; those that hold only comments are left out.

    Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/
    """
    for number, joined in _join_continuations(text):
        line = _COMMENT.sub("", joined).strip()
        if line:
            yield _split_options(number, _expand(line, environment))


def _join_continuations(text: str) -> Iterator[tuple[int, str]]:
    first, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if not parts:
            first = number
        is_comment = _COMMENT.match(line) is not None
        if line.endswith("\\") and not is_comment:
            parts.append(line.rstrip("\\"))
            continue
        # A comment ends a continuation; the blank makes sure it is still recognised as one after joining.
        parts.append(f" {line}" if is_comment else line)
        yield first, "".join(parts)
        parts = []
    if parts:
        yield first, "".join(parts)


def _expand(line: str, environment: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: environment.get(match[1]) or match[0], line)


def _split_options(number: int, line: str) -> LogicalLine:
    words = line.split(" ")
    start = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    argument = " ".join(words[:start]).strip()
    rest = " ".join(words[start:])
    try:
        options = tuple(shlex.split(rest))
    except ValueError as error:
        return LogicalLine(number=number, argument=argument, problem=str(error).lower())
    return LogicalLine(number=number, argument=argument, options=options, rest=rest)
