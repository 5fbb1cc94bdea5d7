"""What selection needs to know of an index's failures."""

from ca_vendor.errors import ExitCode, IndexUnavailableError


class ProjectMissingError(IndexUnavailableError):
    """The index has no page for a project.

    Attributes:
        required_by: ``name==version``, or ``-r requirements.in``; empty where that is not known.
        claimed_by: why no other index was asked; empty where there is nothing to say.
    """

    exit_code = ExitCode.PROJECT

    def __init__(self, name: str, index: str, *, required_by: str = "", claimed_by: str = "") -> None:
        required = f"`{required_by}` requires it" if required_by else ""
        super().__init__(
            f"there is no project `{name}` on {index}",
            details=tuple(line for line in (required, claimed_by) if line),
            hint="check its spelling, and that the repository holds it or has an upstream that does",
        )
        self.name = name
        self.index = index
        self.required_by = required_by
        self.claimed_by = claimed_by
