"""Fetching ahead: what a resolver will ask for follows from what it has been told."""

import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.errors import ResolutionError
from ca_vendor.requirement import CoreMetadata, active_requirements
from ca_vendor.selection import DistributionFile, Selection, newest_usable
from ca_vendor.target import Target

_Result = TypeVar("_Result")


class TooManyVersionsError(ResolutionError):
    """A resolver walks through the history of a project: requirements fight over it."""

    def __init__(self, name: str, count: int, demands: Mapping[str, Requirement]) -> None:
        super().__init__(
            f"the resolver tried {count} versions of `{name}` and found none that suits all",
            details=tuple(f"`{parent}` requires `{requirement}`" for parent, requirement in sorted(demands.items())),
            hint=f"narrow these requirements, or pin `{name}` in requirements.in",
        )
        self.name = name
        self.count = count
        self.demands = demands


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a resolver is told besides the requirements, so that the same is guessed as it will choose.

    Attributes:
        preferred: versions it keeps where the requirements allow them.
        constraints: limits on projects that something else may require.
    """

    preferred: Mapping[NormalizedName, Version] = field(default_factory=dict)
    constraints: Mapping[NormalizedName, SpecifierSet] = field(default_factory=dict)

    def version(self, name: NormalizedName, selection: Selection, specifier: SpecifierSet) -> Version | None:
        """Return the version of a project that a resolver will look at first; ``None`` where there is none."""
        limits = specifier & self.constraints.get(name, SpecifierSet())
        kept = self.preferred.get(name)
        if kept is not None and kept in selection and limits.contains(kept, prereleases=True):
            return kept
        return newest_usable(selection, limits)


class Crawl:
    """Guesses, for each project a requirement names, the version a resolver will look at first.

    A wrong guess costs a request and nothing else: the resolver's own questions are answered from the same futures.
    One thread of its own follows what comes in, so that no chain of requirements is too long for the stack.

    Args:
        target: the machine that evaluates markers.
        select: begins to fetch a project's usable versions.
        read: begins to fetch a version's metadata.
        hints: what the resolver knows besides.
    """

    def __init__(
        self,
        target: Target,
        *,
        select: Callable[[NormalizedName], Future[Selection]],
        read: Callable[[NormalizedName, Version, DistributionFile], Future[CoreMetadata]],
        hints: Hints,
    ) -> None:
        self._target = target
        self._hints = hints
        self._select = select
        self._read = read
        self._steps: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._specifiers: defaultdict[NormalizedName, SpecifierSet] = defaultdict(SpecifierSet)
        self._demands: defaultdict[NormalizedName, dict[str, Requirement]] = defaultdict(dict)
        self._followed: set[tuple[NormalizedName, Version, str]] = set()
        self._extras: defaultdict[NormalizedName, set[NormalizedName]] = defaultdict(set)
        self._thread = threading.Thread(target=self._run, name="view-crawl", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Follow nothing more, and wait for what is being followed."""
        self._steps.put(None)
        self._thread.join()

    def demands(self) -> Mapping[NormalizedName, Mapping[str, Requirement]]:
        """Return, for each project that a requirement named, those requirements by who made them."""
        return {name: requirements.copy() for name, requirements in self._demands.copy().items()}

    def expect(self, requirement: Requirement, *, parent: str) -> None:
        """Follow a requirement whose marker has been judged already.

        Args:
            requirement: what is required.
            parent: who requires it, for messages.
        """
        self._steps.put(lambda: self._expect(requirement, parent))

    def _run(self) -> None:
        while (step := self._steps.get()) is not None:
            step()

    def _expect(self, requirement: Requirement, parent: str) -> None:
        name = canonicalize_name(requirement.name)
        requirement.marker = None
        extras = {canonicalize_name(extra) for extra in requirement.extras} - self._extras[name]
        if self._demands[name].get(parent) == requirement and not extras:
            return
        self._demands[name][parent] = requirement
        self._specifiers[name] &= requirement.specifier
        self._extras[name] |= extras
        self._when_done(self._select(name), lambda selection: self._guess(name, selection))

    def _guess(self, name: NormalizedName, selection: Selection) -> None:
        version = self._hints.version(name, selection, self._specifiers[name])
        if version is not None:
            future = self._read(name, version, selection[version].file)
            self._when_done(future, lambda metadata: self._follow(name, version, metadata))

    def _follow(self, name: NormalizedName, version: Version, metadata: CoreMetadata) -> None:
        parent = f"{name}=={version}"
        fresh = [extra for extra in ("", *self._extras[name]) if (name, version, extra) not in self._followed]
        self._followed |= {(name, version, extra) for extra in fresh}
        for extra in fresh:
            extras = [canonicalize_name(extra)] if extra else []
            for requirement in active_requirements(metadata, self._target, extras=extras):
                self._expect(requirement, parent)

    def _when_done(self, future: Future[_Result], use: Callable[[_Result], None]) -> None:
        """Use a future's result when it is there; an error is left for the resolver to meet, if it ever asks."""

        def receive(done: Future[_Result]) -> None:
            if not done.cancelled() and done.exception() is None:
                self._steps.put(lambda: use(done.result()))

        future.add_done_callback(receive)
