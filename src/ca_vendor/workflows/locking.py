"""From inputs to pins: one resolution behind a view."""

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.errors import ResolutionError
from ca_vendor.lock import Closure, LockedFile, Pin, close_pins
from ca_vendor.requirement import CoreMetadata, TargetInputs
from ca_vendor.resolver import Resolution, ResolverFailedError, ResolverName, Seeds, resolve
from ca_vendor.selection import Use
from ca_vendor.target import Target, TargetDescription
from ca_vendor.view import TargetView, serve_view
from ca_vendor.workflows.explain import explain_failure
from ca_vendor.workflows.sources import StoppedError, StoredIndex


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
    """

    inputs: TargetInputs
    target: Target
    seeds: Seeds
    resolver: ResolverName
    described: Mapping[str, TargetDescription]


def lock_pins(task: Task, index: StoredIndex) -> tuple[Pin, ...]:
    """Resolve a bundle's inputs for its target, and check the answer independently.

    Raises:
        CaVendorError: there is no solution, or the index could not be read.
    """
    with TargetView(
        target=task.target, pages=index.page, metadata=index.metadata, hashes=task.inputs.hashes_of
    ) as view:
        view.crawl((line.origin, line.requirement) for line in task.inputs.requirements)
        versions = _resolve(task, view, index)
        chosen = {name: view.selection(name)[version] for name, version in versions.items()}
        metadata = {name: view.metadata(name, version) for name, version in versions.items()}
    closure = _checked_closure(task, versions, metadata)
    return tuple(_pin(name, chosen[name], closure, index) for name in sorted(versions))


def _resolve(task: Task, view: TargetView, index: StoredIndex) -> dict[NormalizedName, Version]:
    if not task.inputs.requirements:
        return {}
    with serve_view(view) as served:
        resolution = Resolution(
            index_url=served.url,
            requirements=tuple(str(line.requirement) for line in task.inputs.requirements),
            constraints=tuple(str(line.requirement) for line in task.inputs.constraints),
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
            raise explain_failure(error, view, task.described) from error
        if served.failure is not None:
            raise served.failure
    return {canonicalize_name(name): Version(version) for name, version in pins.items()}


def _checked_closure(
    task: Task, versions: Mapping[NormalizedName, Version], metadata: Mapping[NormalizedName, CoreMetadata]
) -> Closure:
    closure = close_pins(versions, metadata, task.inputs, task.target)
    if closure.gaps or closure.unneeded:
        raise IncompletePinsError(task.resolver.value, closure)
    return closure


def _pin(name: NormalizedName, use: Use, closure: Closure, index: StoredIndex) -> Pin:
    file = use.file
    locked = LockedFile(
        filename=file.filename,
        url=file.url,
        # An index that publishes no sha256 leaves one way to know it.
        sha256=file.sha256 or index.ensure_file(file),
        size=file.size,
        upload_time=file.upload_time,
    )
    return Pin(
        name=name,
        version=use.version,
        file=locked,
        dependencies=closure.dependencies[name],
        origins=closure.origins[name],
    )
