"""Why a source gave no wheel."""

from ca_vendor.errors import CaVendorError, ExitCode
from ca_vendor.target import Target

_SHOWN_LINES = 15


class BuildError(CaVendorError):
    """A source could not be built.

    Attributes:
        shown: what the source is called.
    """

    exit_code = ExitCode.BUILD

    def __init__(self, shown: str, message: str, *, details: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, details=details, hint=hint)
        self.shown = shown


class UnusableSourceError(BuildError):
    """A source that is no source: a broken archive, or nothing that says how to build it."""

    def __init__(self, shown: str, problem: str, *, hint: str = "") -> None:
        super().__init__(
            shown,
            f"`{shown}` cannot be built: {problem}",
            hint=hint or "have it published anew, or exclude that version in requirements.in",
        )
        self.problem = problem


class BackendFailedError(BuildError):
    """The backend, or what it needs to run, failed.

    Attributes:
        problem: which step failed.
        output: all that was written meanwhile.
    """

    def __init__(self, shown: str, problem: str, output: str, *, hint: str) -> None:
        lines = [line.rstrip() for line in output.splitlines() if line.strip()]
        details = tuple(lines[-_SHOWN_LINES:])
        super().__init__(shown, f"`{shown}` cannot be built: {problem}", details=details, hint=hint)
        self.problem = problem
        self.output = output


class WrongWheelError(BuildError):
    """What the backend made is no wheel, or not one of this source."""

    def __init__(self, shown: str, problem: str) -> None:
        super().__init__(
            shown,
            f"the backend of `{shown}` made no usable wheel: {problem}",
            hint="report it to the package's maintainer, or use a version that has a wheel",
        )
        self.problem = problem


class ForeignBinaryError(BuildError):
    """A wheel came out that the target does not load.

    Attributes:
        tags: ``python-abi-platform`` of the wheel.
        target: that it does not load on.
    """

    exit_code = ExitCode.TARGET

    def __init__(self, shown: str, tags: str, target: Target, *, reasons: tuple[str, ...], in_container: bool) -> None:
        ways = ["pin a version that has a wheel", "publish a wheel of it for that target"]
        if not in_container:
            ways.insert(0, "build it with `--builder container`")
        super().__init__(
            shown,
            f"`{shown}` builds to a wheel `{tags}`, which {target} does not load",
            details=reasons,
            hint=f"{', '.join(ways[:-1])}, or {ways[-1]}",
        )
        self.tags = tags
        self.target = target
