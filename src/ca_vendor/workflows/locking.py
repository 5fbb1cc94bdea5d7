"""From inputs to pins: one resolution behind a view."""

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from types import MappingProxyType

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.config import Settings
from ca_vendor.errors import CaVendorError, ResolutionError
from ca_vendor.lock import Closure, Lock, Missing, Pin, close_pins, input_digest
from ca_vendor.requirement import CoreMetadata, TargetInputs
from ca_vendor.resolver import Resolution, ResolverFailedError, ResolverName, Seeds, resolve
from ca_vendor.selection import WHEELS_ONLY, DistributionFile, Formats, MinimumAge
from ca_vendor.target import Target, TargetDescription
from ca_vendor.view import Hints, Policy, TargetView, serve_view
from ca_vendor.workflows.builds import Builds
from ca_vendor.workflows.candidates import Candidates
from ca_vendor.workflows.direct import Direct, DirectReferences
from ca_vendor.workflows.earlier import EarlierBuilds
from ca_vendor.workflows.explain import explain_failure
from ca_vendor.workflows.layers import Provider, conflicts
from ca_vendor.workflows.own_projects import OwnProjects, line_of_pin, require_members
from ca_vendor.workflows.project import Bundle, Project
from ca_vendor.workflows.sources import RoutedIndex, StoppedError
from ca_vendor.workflows.workspace import member_line, read_workspace

_NONE: Mapping[str, str] = MappingProxyType({})


class IncompletePinsError(ResolutionError):
    """The resolver's pins do not satisfy every requirement: a defect, not the user's doing."""

    def __init__(self, resolver: str, closure: Closure) -> None:
        lines = [str(gap) for gap in closure.gaps] + [f"nothing requires `{name}`" for name in closure.unneeded]
        super().__init__(
            f"the pins of {resolver} are not complete for the target",
            details=tuple(lines),
            hint="please report this with your requirements.in; nothing was changed",
        )
        self.closure = closure


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One resolution to make.

    Attributes:
        described: targets that configuration describes, for a hint.
        formats: which kinds of files may be used.
        minimum_age: how old a file must be, ``None`` for no matter.
        provider: what is there already, and is not pinned; ``None`` for nothing.
    """

    inputs: TargetInputs
    target: Target
    seeds: Seeds
    resolver: ResolverName
    described: Mapping[str, TargetDescription]
    formats: Formats = WHEELS_ONLY
    minimum_age: MinimumAge | None = None
    provider: Provider | None = None

    @property
    def provided(self) -> Mapping[NormalizedName, Pin]:
        """What is there already."""
        return self.provider.pins if self.provider else {}

    def objection(self, name: NormalizedName, file: DistributionFile) -> str:
        """Say why a file may not be locked; empty where it may."""
        return self.minimum_age.objection(name, file) if self.minimum_age else ""

    @property
    def hints(self) -> Hints:
        """What the resolver is told besides the requirements."""
        constraints = defaultdict[NormalizedName, SpecifierSet](SpecifierSet)
        for line in self.inputs.constraints:
            constraints[line.name] &= line.requirement.specifier
        for name, pin in self.provided.items():
            constraints[name] &= SpecifierSet(f"=={pin.version}")
        return Hints(preferred=self.seeds.kept(), constraints=constraints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a bundle needs.

    Attributes:
        pins: what is to be installed, sorted by name.
        provided: what it needs and is there already.
        missing: requirements of what it leaves out.
    """

    pins: tuple[Pin, ...]
    provided: Mapping[NormalizedName, Version] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()


def lock_pins(task: Task, candidates: Candidates) -> Resolved:
    """Resolve a bundle's inputs for its target, check the answer independently, and build what has to be.

    Raises:
        CaVendorError: there is no solution, the index could not be read, or a wheel cannot be built.
    """

    def objection(name: NormalizedName, file: DistributionFile) -> str:
        """No index offers what a direct reference names, so nobody tells its age."""
        return "" if name in candidates.direct else task.objection(name, file)

    with TargetView(
        target=task.target,
        pages=candidates.page,
        metadata=candidates.metadata,
        policy=Policy(
            hashes=task.inputs.hashes_of, formats=task.formats, objection=objection, exclude=task.inputs.exclude
        ),
        hints=task.hints,
    ) as view:
        view.crawl((line.origin, line.requirement) for line in task.inputs.requirements)
        versions = _resolve(task, view, candidates.index)
        chosen = {name: view.selection(name)[version] for name, version in versions.items()}
        metadata = {name: view.metadata(name, version) for name, version in versions.items()}
    closure = _checked_closure(task, versions, metadata, candidates.direct)
    own = sorted(versions.keys() - task.provided.keys())
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="build") as pool:
        wheels = pool.map(lambda name: candidates.wheel(name, chosen[name]), own)
        pins = tuple(
            Pin(
                name=name,
                version=versions[name],
                file=wheel.file,
                source=wheel.source,
                build=wheel.build,
                dependencies=tuple(other for other in closure.dependencies[name] if other not in task.provided),
                origins=closure.origins[name],
                index=wheel.index,
            )
            for name, wheel in zip(own, wheels, strict=True)
        )
    return Resolved(
        pins=pins,
        provided={name: versions[name] for name in sorted(versions.keys() & task.provided.keys())},
        missing=tuple(Missing(required_by=gap.parent, requirement=gap.requirement) for gap in closure.missing),
    )


def lock_sources(
    task: Task, project: Project, builds: Builds, *, anew: Callable[[NormalizedName], bool] = lambda _: False
) -> Resolved:
    """Do what :func:`lock_pins` does, with what no index is asked for besides what the index has.

    Args:
        task: what to resolve.
        project: relative to which sources are recorded; its locks may have wheels of them already.
        builds: makes what has to be built.
        anew: whether a project's wheel is to be built anew.

    Raises:
        CaVendorError: see :func:`lock_pins`; also where a reference names nothing that can be used.
    """
    with DirectReferences(project=project, builds=builds, target=task.target) as references:
        inputs, named = references.resolve(task.inputs)
        direct = _own_projects(named, project, references, task.provided)
        earlier = EarlierBuilds(project, task.target, builder=builds.name, anew=anew)
        candidates = Candidates(
            target=task.target, index=builds.index, builds=builds, direct=direct, earlier=earlier.find
        )
        return lock_pins(replace(task, inputs=inputs, seeds=task.seeds.without(direct)), candidates)


def _own_projects(
    named: Mapping[NormalizedName, Direct],
    project: Project,
    references: DirectReferences,
    provided: Mapping[NormalizedName, Pin],
) -> OwnProjects:
    settings = project.settings
    members = {name: member_line(name, path, settings) for name, path in read_workspace(settings).items()}
    require_members(named, members)
    lines = {name: line for name, pin in provided.items() if (line := line_of_pin(pin, project)) is not None}
    return OwnProjects(named, lines | members, references.find)


def _resolve(task: Task, view: TargetView, index: RoutedIndex) -> dict[NormalizedName, Version]:
    if not task.inputs.requirements:
        return {}
    with serve_view(view) as served:
        resolution = Resolution(
            index_url=served.url,
            requirements=tuple(str(line.requirement) for line in task.inputs.requirements),
            constraints=(
                *(str(line.requirement) for line in task.inputs.constraints),
                *(f"{name}=={pin.version}" for name, pin in sorted(task.provided.items())),
            ),
            allow_prereleases=task.inputs.allow_prereleases,
            seeds=task.seeds,
            abort=lambda: served.failed.is_set() or index.stopped.is_set(),
        )
        try:
            pins = resolve(task.resolver, resolution)
        except ResolverFailedError as error:
            if index.stopped.is_set():
                raise StoppedError from error
            if served.failure is not None:
                raise served.failure from None
            raise _explained(error, view, task) from error
        if served.failure is not None:
            raise served.failure
    return {canonicalize_name(name): Version(version) for name, version in pins.items()}


def _explained(error: ResolverFailedError, view: TargetView, task: Task) -> CaVendorError:
    """Return the reason a resolver failed for; what is there already may be at a version that does not suit."""
    unsuitable = list(conflicts(view.demands(), task.provider)) if task.provider else []
    own = {line.origin for line in task.inputs.requirements}
    certain = next((conflict for conflict in unsuitable if conflict.parent in own), None)
    if certain is not None:
        return certain
    reason = explain_failure(error, view, task.described)
    if reason is error:
        error.details += tuple(conflict.message for conflict in unsuitable)
    return reason


def _checked_closure(
    task: Task,
    versions: Mapping[NormalizedName, Version],
    metadata: Mapping[NormalizedName, CoreMetadata],
    direct: Collection[NormalizedName],
) -> Closure:
    closure = close_pins(versions, metadata, task.inputs, task.target, direct=direct)
    if closure.gaps or closure.unneeded:
        raise IncompletePinsError(task.resolver.value, closure)
    return closure


def lock_of(
    project: Project,
    bundle: Bundle,
    inputs: TargetInputs,
    *,
    resolved: Resolved,
    index: RoutedIndex,
) -> Lock:
    """Return the lock of a bundle, with where its indexes are today."""
    own, pins = index.router.default_identity, resolved.pins
    return Lock(
        bundle=bundle.name,
        target=bundle.target,
        requirements=project.locked_requirements(bundle),
        input_digest=input_digest(inputs, bundle.target),
        index=own,
        index_url=index.url_of(own) if own else "",
        pins=tuple(replace(pin, index="") if pin.index == own else pin for pin in pins),
        indexes={other: index.url_of(other) for other in sorted({pin.index for pin in pins} - {own, ""})},
        extras=bundle.extras,
        groups=bundle.groups,
        exclude=tuple(sorted(bundle.exclude)),
        missing=resolved.missing,
        provider=bundle.provided_by,
        provided=resolved.provided,
    )


def minimum_age_of(
    settings: Settings, asked: timedelta | None = None, *, kept: Mapping[str, str] = _NONE
) -> MinimumAge | None:
    """Return how old a file must be; ``None`` for no matter.

    Args:
        settings: the configuration.
        asked: in place of the configured age; ``None`` to take that.
        kept: file names that an earlier lock pins, with their sha256.
    """
    age = settings.minimum_age if asked is None else asked
    if not age:
        return None
    return MinimumAge(age=age, now=datetime.now(timezone.utc), exempt=settings.minimum_age_except, kept=kept)
