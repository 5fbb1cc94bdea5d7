"""Which index serves which project. One place decides it, and every question to an index goes through it."""

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.utils import NormalizedName

from ca_vendor.config import Settings
from ca_vendor.errors import ConfigurationError
from ca_vendor.lock import Lock, Pin
from ca_vendor.selection import NamePattern
from ca_vendor.workflows.indexes import IndexName, index_name, named_indexes
from ca_vendor.workflows.workspace import read_workspace


class ClaimedTwiceError(ConfigurationError):
    """Two indexes are configured to serve a project."""

    def __init__(self, project: str, claims: tuple[tuple[str, str], ...]) -> None:
        super().__init__(
            f"`{project}` is claimed by {len(claims)} indexes",
            details=tuple(f"`{index}` claims it by `{pattern}`" for index, pattern in claims),
            hint="narrow `packages` of one of them in `[[tool.ca-vendor.index]]`: each project has one index",
        )
        self.project = project
        self.claims = claims


class UnclaimedError(ConfigurationError):
    """No index is configured to serve a project."""

    def __init__(self, project: str) -> None:
        super().__init__(
            f"no index serves `{project}`",
            details=("no `packages` of `[[tool.ca-vendor.index]]` matches it, and there is no index for all others",),
            hint="add it to `packages` of its index, or set `domain` and `repository`, or `index-url`, "
            "in `[tool.ca-vendor]`",
        )
        self.project = project


class OwnProjectError(ConfigurationError):
    """A build requires a project of the workspace, which no index is asked for."""

    def __init__(self, project: str) -> None:
        super().__init__(
            f"`{project}` is a project of the workspace, so no index is asked for it",
            details=("what a build requires comes from indexes alone",),
            hint=f"build without `{project}`, or leave it out of `workspace` in `[tool.ca-vendor]`",
        )
        self.project = project


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An index, and the projects that it serves and no other index does.

    Attributes:
        packages: their names.
        is_private: nobody else should have projects of these names.
    """

    index: IndexName
    packages: tuple[NamePattern, ...]
    is_private: bool = True

    def pattern_of(self, project: NormalizedName) -> NamePattern | None:
        """Return the first pattern that a project matches; ``None`` where it matches none."""
        return next((pattern for pattern in self.packages if pattern.matches(project)), None)

    def text_of(self, project: NormalizedName) -> str:
        """Say who claims a project, and by what."""
        return f"the index `{self.index.name}` claims it by `{self.pattern_of(project)}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRouter:
    """Tells the one index of each project.

    Attributes:
        default: serves what nobody claims; ``None`` where there is none.
        claims: the other indexes.
        workspace: projects that no index is asked for.
    """

    default: IndexName | None = None
    claims: tuple[Claim, ...] = ()
    workspace: frozenset[NormalizedName] = frozenset()

    @property
    def indexes(self) -> tuple[IndexName, ...]:
        """Every index, the one for what nobody claims first."""
        return (*((self.default,) if self.default else ()), *(claim.index for claim in self.claims))

    @property
    def default_identity(self) -> str:
        """Identity of the index that serves what nobody claims; empty where there is none."""
        return self.default.identity if self.default else ""

    def claim_of(self, project: NormalizedName) -> Claim | None:
        """Return the claim on a project; ``None`` where nobody claims it.

        Raises:
            ClaimedTwiceError: two indexes do.
        """
        matching = [(claim, pattern) for claim in self.claims if (pattern := claim.pattern_of(project)) is not None]
        if len(matching) > 1:
            claims = tuple((claim.index.name, str(pattern)) for claim, pattern in matching)
            raise ClaimedTwiceError(project, claims)
        return matching[0][0] if matching else None

    def index_of(self, project: NormalizedName) -> IndexName:
        """Return the index that serves a project.

        Raises:
            ClaimedTwiceError: two indexes claim it.
            UnclaimedError: no index does, and there is none for all others.
            OwnProjectError: it is of the workspace.
        """
        if project in self.workspace:
            raise OwnProjectError(project)
        claim = self.claim_of(project)
        if claim is not None:
            return claim.index
        if self.default is None:
            raise UnclaimedError(project)
        return self.default

    def misrouted(self, lock: Lock) -> Iterator[tuple[Pin, IndexName | None]]:
        """Yield the pins whose index is not the one that they have today, with the claim's index if there is a claim.

        Where nothing says what serves unclaimed projects, the lock's own index does.

        Raises:
            ClaimedTwiceError: two indexes claim a pinned project.
        """
        claimed_from = {claim.index.identity for claim in self.claims}
        for pin in lock.pins:
            if pin.index_file is None:
                continue
            claim, locked = self.claim_of(pin.name), lock.index_of(pin)
            if claim is not None:
                if locked != claim.index.identity:
                    yield pin, claim.index
            elif locked != self.default.identity if self.default else locked in claimed_from:
                yield pin, None


def index_router(settings: Settings, *, index_url: str | None = None) -> IndexRouter:
    """Return the routes of a configuration.

    Args:
        settings: the configuration.
        index_url: from the command line; in place of the index that serves what nobody claims.
    """
    claims = zip(named_indexes(settings), settings.indexes, strict=True)
    return IndexRouter(
        default=index_name(settings, index_url=index_url),
        claims=tuple(Claim(index=index, packages=entry.packages, is_private=entry.private) for index, entry in claims),
        workspace=frozenset(read_workspace(settings)),
    )


def locked_elsewhere(lock: Lock, pin: Pin, claimed_by: IndexName | None) -> str:
    """Say that a pin comes from another index than it should.

    Args:
        lock: the pin's.
        pin: one of :meth:`IndexRouter.misrouted`.
        claimed_by: the index that claims it; ``None`` for none.
    """
    now = f"the index {claimed_by} claims it" if claimed_by else "no index claims it now"
    return f"`{pin.name}` was locked from {lock.index_of(pin)}, and {now}"
