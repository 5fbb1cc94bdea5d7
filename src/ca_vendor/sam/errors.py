"""What can be wrong with a template, each as a type of its own."""

from pathlib import Path

from ca_vendor.errors import ExitCode, InputError


class TemplateError(InputError):
    """A template, or a file it names, cannot be read as one.

    Attributes:
        path: the file.
        line: the line in it, from 1; `None` where no line is known.
    """

    exit_code = ExitCode.TEMPLATE

    def __init__(self, problem: str, *, path: Path, line: int | None = None, hint: str = "") -> None:
        place = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"`{place}`: {problem}", hint=hint)
        self.path = path
        self.line = line


class TemplateNotFoundError(TemplateError):
    """There is no such file, or it cannot be opened.

    Attributes:
        reason: the operating system's word for it.
    """

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__(
            f"cannot read the file: {reason}", path=path, hint="check the path; `--template-file` names a template"
        )
        self.reason = reason


class TemplateSyntaxError(TemplateError):
    """The file is neither YAML nor JSON.

    Attributes:
        problem: what the parser says.
    """

    def __init__(self, problem: str, *, path: Path, line: int | None = None) -> None:
        super().__init__(
            f"not valid YAML or JSON: {problem}",
            path=path,
            line=line,
            hint="mend the file at that place; `sam validate` reads it too",
        )
        self.problem = problem


class TemplateTooLargeError(TemplateError):
    """The file, or what its aliases expand to, is beyond any real template.

    Attributes:
        limit: what was exceeded, with its bound.
    """

    def __init__(self, limit: str, *, path: Path, line: int | None = None) -> None:
        super().__init__(
            f"too large: {limit}",
            path=path,
            line=line,
            hint="look for aliases, loops or nested stacks that multiply; CloudFormation's own limit is 1 MB",
        )
        self.limit = limit


class NotATemplateError(TemplateError):
    """The file is well-formed, but is no CloudFormation template.

    Attributes:
        problem: what is missing or of the wrong type.
    """

    def __init__(self, problem: str, *, path: Path, line: int | None = None) -> None:
        super().__init__(
            f"not a SAM or CloudFormation template: {problem}",
            path=path,
            line=line,
            hint="a template is a mapping with a `Resources` mapping; is this the right file?",
        )
        self.problem = problem


class LoopError(TemplateError):
    """An `Fn::ForEach` loop cannot be expanded.

    Attributes:
        loop: its key, such as `Fn::ForEach::Functions`.
        problem: why.
    """

    def __init__(self, loop: str, problem: str, *, path: Path, line: int | None = None) -> None:
        super().__init__(
            f"cannot expand `{loop}`: {problem}",
            path=path,
            line=line,
            hint="loop over a list in the template, or over a `CommaDelimitedList` parameter that has a value",
        )
        self.loop = loop
        self.problem = problem


class NestedTemplateError(TemplateError):
    """A nested stack cannot be followed.

    Attributes:
        stack: the nested stack's full path.
        problem: why.
    """

    def __init__(self, stack: str, problem: str, *, path: Path, line: int | None = None) -> None:
        super().__init__(
            f"cannot read the nested stack `{stack}`: {problem}",
            path=path,
            line=line,
            hint="correct its `Location` or `TemplateURL`; local paths are relative to the template that states them",
        )
        self.stack = stack
        self.problem = problem


class ParameterOverridesError(InputError):
    """Values of parameters are written in no known form.

    Attributes:
        stated: what is written.
        problem: why it cannot be read.
    """

    def __init__(self, stated: str, problem: str) -> None:
        super().__init__(
            f"cannot read the parameter overrides `{stated}`: {problem}",
            hint="write `Key=Value Other='a value'`, as `sam build --parameter-overrides` takes them",
        )
        self.stated = stated
        self.problem = problem


class SamConfigError(TemplateError):
    """A samconfig file cannot be read.

    Attributes:
        problem: what is wrong with it.
    """

    def __init__(self, problem: str, *, path: Path) -> None:
        super().__init__(
            f"not a usable samconfig file: {problem}", path=path, hint="mend it, or name another with `--config-file`"
        )
        self.problem = problem
