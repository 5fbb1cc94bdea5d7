"""``ca-vendor build --online``: the wheels in a private directory while `sam build` runs, and none in the project.

Everything that takes a token is done before SAM starts. What runs in the build gets a directory, as it does offline.
"""

import platform
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ca_vendor.errors import ExitCode
from ca_vendor.lock import Lock
from ca_vendor.resolver import ResolverName, Seeds
from ca_vendor.sam import Workflow, private_environment, render_links
from ca_vendor.target import find_target
from ca_vendor.workflows.builders import open_builds
from ca_vendor.workflows.building import BuildPlan, Use
from ca_vendor.workflows.bundles import ConflictingTargetsError
from ca_vendor.workflows.check import LOCK
from ca_vendor.workflows.fetch import fetch_wheels, locks_to_fetch
from ca_vendor.workflows.indexes import NoIndexError
from ca_vendor.workflows.inputs import configured_formats, read_bundle_inputs, wanted_formats
from ca_vendor.workflows.locking import Task, lock_of, lock_sources, minimum_age_of
from ca_vendor.workflows.preflight import BuildWouldFailError, Problem, require_complete
from ca_vendor.workflows.project import Bundle, Project, read_text
from ca_vendor.workflows.session import Session
from ca_vendor.workflows.staging import wheels_of

_ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineBuild:
    """A build whose wheels are in no project.

    Attributes:
        plan: in which all that installs something has a bundle.
        locks: of the bundles of what is built; some were made for this build alone.
    """

    plan: BuildPlan
    locks: Mapping[str, Lock]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateWheels:
    """Where the wheels of a build are while it runs.

    Attributes:
        environment: variables that name them.
        staged: the wheels to put below each code directory.
    """

    environment: Mapping[str, str]
    staged: Mapping[Path, Sequence[Path]]


def resolve_online(session: Session, plan: BuildPlan) -> OnlineBuild:
    """See that there is a lock of all that is built; one that is missing is made, and never written.

    Raises:
        BuildWouldFailError: something can be built only with a lock.
        CaVendorError: a lock is stale, requirements cannot be read or resolved, or the index cannot be reached.
    """
    project = session.project
    plan, unlocked = _with_bundles(project, plan)
    locked = [bundle for bundle in plan.checked if bundle not in unlocked]
    locks = {lock.bundle: lock for lock, _ in (locks_to_fetch(project, locked) if locked else ())}
    for bundle in unlocked:
        session.progress.begin(f"resolving {bundle.name}")
        try:
            locks[bundle.name] = _resolved(session, bundle)
        finally:
            session.stop()
            session.progress.end()
    return OnlineBuild(plan=plan, locks=locks)


@contextmanager
def online_wheels(session: Session, online: OnlineBuild) -> Iterator[PrivateWheels]:
    """Have the wheels of a build in a directory that nobody else can read, and take it away at the end.

    Raises:
        BuildWouldFailError: the wheels lack something.
        CaVendorError: a wheel cannot be had, or is not the locked one.
    """
    plan, locks = online.plan, online.locks
    with tempfile.TemporaryDirectory(prefix="ca-vendor-") as name:
        directory = Path(name).resolve()
        project = Project(settings=replace(session.project.settings, wheelhouse=f"{directory}"))
        downloaded = fetch_wheels(session, [(locks[bundle.name], bundle) for bundle in plan.checked], project)
        require_complete(project, [bundle for bundle in plan.checked if project.read_lock(bundle.name) is not None])
        page = directory / "links.html"
        hashed = {
            project.wheelhouse(lock.target).path(pin.file.filename): pin.file.sha256
            for lock in locks.values()
            for pin in lock.pins
        }
        page.write_text(render_links(hashed.items()), encoding="utf-8")
        session.progress.note(f"{len(hashed)} wheels for this build, {downloaded} downloaded")
        directories = sorted({path.parent for path in hashed})
        staged = {path: locks[bundle.name] for path, bundle in plan.code_directories.items() if bundle.name in locks}
        with _existing(_directories_that_uv_wants(session.project, online)):
            yield PrivateWheels(
                environment=private_environment(page, directories),
                staged={path: wheels_of(lock, project) for path, lock in staged.items()},
            )


def _with_bundles(project: Project, plan: BuildPlan) -> tuple[BuildPlan, tuple[Bundle, ...]]:
    """Return the plan with a bundle for each requirements file that no lock describes, and those bundles."""
    targets = defaultdict[Path, defaultdict[str, list[str]]](lambda: defaultdict(list))
    for use in plan.uses:
        if use.bundle is None and _installs_something(use):
            target = f"{use.resource.runtime}-{use.resource.architecture}"
            targets[use.manifest][target].append(use.resource.logical_id)
    bundles = {manifest: _bundle(project, manifest, users) for manifest, users in targets.items()}
    uses = tuple(replace(use, bundle=use.bundle or bundles.get(use.manifest)) for use in plan.uses)
    added = tuple(bundles.values())
    _refuse_foreign(plan, [use for use in uses if use.bundle in added])
    mounted = {use.resource.code_directory: use.bundle for use in uses if use.bundle in added and _is_staged(plan, use)}
    directories = dict(plan.code_directories) | {path: bundle for path, bundle in mounted.items() if bundle}
    # pip is told the platforms of these first: without hashes, it takes the first that fits.
    all_bundles = (*added, *plan.bundles)
    whole = replace(plan, uses=uses, bundles=all_bundles, code_directories=directories, is_closed=not added)
    return whole, added


def _installs_something(use: Use) -> bool:
    lines = (read_text(use.manifest) or "").splitlines()
    return any(line.strip() and not line.strip().startswith("#") for line in lines)


def _bundle(project: Project, manifest: Path, users: Mapping[str, Sequence[str]]) -> Bundle:
    if len(users) > 1:
        raise ConflictingTargetsError(project.shown(manifest), users)
    [(target, names)] = users.items()
    found = find_target(target, described=project.settings.targets)
    return Bundle(name=project.shown(manifest), requirements=manifest, target=found, users=tuple(names), ad_hoc=True)


def _is_staged(plan: BuildPlan, use: Use) -> bool:
    return plan.in_container or use.resource.workflow is Workflow.MAKEFILE


def _refuse_foreign(plan: BuildPlan, uses: Iterable[Use]) -> None:
    """Refuse requirements that pip itself would have to follow on a machine unlike the function's.

    It would judge markers by this machine. uv is told the function's platform, and a container has it.
    """
    own = _ARCHITECTURES.get(platform.machine()) if sys.platform == "linux" else None
    foreign = [use for use in uses if use.resource.architecture != own and use.resource.workflow is not Workflow.UV]
    if foreign and not plan.in_container:
        raise BuildWouldFailError(
            [
                Problem(
                    text=f"{use.resource.logical_id}: no lock describes what it requires, and without one pip judges "
                    f"requirements by this machine, which is not {use.resource.architecture} Linux",
                    mend=f"rename its requirements.txt to requirements.in, and run `{LOCK}`",
                    exit_code=ExitCode.STALE,
                )
                for use in foreign
            ]
        )


def _resolved(session: Session, bundle: Bundle) -> Lock:
    settings, index = session.project.settings, session.index()
    if not session.router.indexes:
        raise NoIndexError
    inputs, said = read_bundle_inputs(session.project, bundle), configured_formats(settings)
    index.open(line.name for line in inputs.requirements)
    task = Task(
        inputs=inputs,
        target=bundle.target,
        seeds=Seeds(),
        resolver=ResolverName(settings.resolver),
        described=settings.targets,
        formats=wanted_formats(said, inputs),
        minimum_age=minimum_age_of(settings),
    )
    with open_builds(session, index, settings.builder) as builds:
        try:
            resolved = lock_sources(task, session.project, builds)
        finally:
            index.stop()
    return lock_of(session.project, bundle, inputs, resolved=resolved, index=index)


def _directories_that_uv_wants(project: Project, online: OnlineBuild) -> Iterator[Path]:
    """Yield the wheelhouses that requirements files name: uv stops where one is not there, pip goes on."""
    for use in online.plan.uses:
        if use.bundle is not None and use.resource.workflow is Workflow.UV:
            lock = online.locks[use.bundle.name]
            if read_text(use.manifest) == project.vendored_text(lock, use.bundle):
                yield project.wheelhouse(lock.target).directory


@contextmanager
def _existing(directories: Iterable[Path]) -> Iterator[None]:
    """Make directories that are not there, and remove them at the end."""
    made: list[Path] = []
    try:
        for directory in directories:
            missing = [path for path in (directory, *directory.parents) if not path.exists()]
            for path in reversed(missing):
                path.mkdir()
                made.append(path)
        yield
    finally:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir()
