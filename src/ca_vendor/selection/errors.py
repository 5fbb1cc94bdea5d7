"""What selection needs to know of an index's failures."""

from ca_vendor.errors import ExitCode, IndexUnavailableError


class ProjectMissingError(IndexUnavailableError):
    """The index has no page for a project.

    Attributes:
        required_by: ``name==version``, or ``-r requirements.in``; empty where that is not known.
    """

    exit_code = ExitCode.PROJECT

    def __init__(self, name: str, index: str, *, required_by: str = "") -> None:
        super().__init__(
            f"there is no project `{name}` on {index}",
            details=(f"`{required_by}` requires it",) if required_by else (),
            hint="check its spelling, and that the repository holds it or has an upstream that does",
        )
        self.name = name
        self.index = index
        self.required_by = required_by
