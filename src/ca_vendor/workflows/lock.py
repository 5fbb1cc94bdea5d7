"""``ca-vendor lock``: pins for each bundle, written where the build will look for them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName

from ca_vendor.config.settings import BUILDERS
from ca_vendor.errors import StaleError
from ca_vendor.files import StagedFiles
from ca_vendor.lock import (
    InvalidLockError,
    Lock,
    Pin,
    PinChange,
    compare_locks,
    input_digest,
    render_lock,
    render_requirements,
)
from ca_vendor.requirement import TargetInputs
from ca_vendor.resolver import ResolverName, Seeds
from ca_vendor.selection import Formats
from ca_vendor.workflows.inputs import read_bundle_inputs, wanted_formats
from ca_vendor.workflows.project import Bundle, Project, read_text
from ca_vendor.workflows.routing import IndexRouter
from ca_vendor.workflows.session import Session
from ca_vendor.workflows.sources import RoutedIndex
from ca_vendor.workflows.staleness import changed_sources

if TYPE_CHECKING:
    # Imported where something is resolved: a run that finds all as it was starts in half the time.
    from ca_vendor.workflows.builds import Builds


PARALLEL_QUESTIONS = 16
"""Crawled at once; fewer resolvers run at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOptions:
    """How to lock.

    Attributes:
        upgrade: keep no pin of the earlier lock.
        upgrade_packages: projects whose pin is not kept.
        check: write nothing; fail where something would be written.
        minimum_age: in place of the configured one; ``None`` to take that, nothing at all for no minimum.
        formats: what configuration and the command line say of formats.
        builder: what builds wheels of sources.
    """

    upgrade: bool = False
    upgrade_packages: tuple[NormalizedName, ...] = ()
    check: bool = False
    resolver: ResolverName = ResolverName.PIP_COMPILE
    minimum_age: timedelta | None = None
    formats: Formats = field(default_factory=Formats)
    builder: str = BUILDERS[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOutcome:
    """What became of a bundle.

    Attributes:
        resolved: whether a resolver was asked; unchanged inputs need none.
        written: paths of the files that changed, as shown.
        changes: what differs from the earlier lock.
        built: file names of the wheels in it that were built of sources.
        notices: what the user should know of these.
    """

    lock: Lock
    bundle: Bundle
    resolved: bool
    written: tuple[str, ...]
    changes: tuple[PinChange, ...]
    built: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class LockStaleError(StaleError):
    """``lock --check`` found that locking would change something.

    Attributes:
        difference: what it would change, as the lines of a diff.
    """

    def __init__(self, bundles: Sequence[str], difference: Sequence[str]) -> None:
        names = ", ".join(f"`{name}`" for name in bundles)
        super().__init__(f"the lock of {names} is not what the inputs say", hint="run `ca-vendor lock`")
        self.bundles = tuple(bundles)
        self.difference = tuple(difference)


@dataclass(frozen=True)
class _Plan:
    """A bundle, its inputs, and the lock it has so far."""

    bundle: Bundle
    inputs: TargetInputs
    earlier: Lock | None
    options: LockOptions
    router: IndexRouter
    changed: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        return input_digest(self.inputs, self.bundle.target)

    @property
    def is_current(self) -> bool:
        """Whether the earlier lock still is what the inputs say, and is wanted."""
        return (
            self.earlier is not None
            and self.earlier.input_digest == self.digest
            and self.earlier.target == self.bundle.target
            and self.earlier.index == self.router.default_identity
            and not any(self.router.misrouted(self.earlier))
            and not self.changed
            and self.earlier.only_binary == tuple(sorted(self.options.formats.only_binary))
            and self.earlier.no_binary == tuple(sorted(self.options.formats.no_binary))
            and not (self.options.upgrade or self.options.upgrade_packages)
        )

    @property
    def seeds(self) -> Seeds:
        if self.earlier is None or self.options.upgrade:
            return Seeds()
        pins = {pin.name: pin.version for pin in self.earlier.pins}
        return Seeds(pins=pins, upgrade=self.options.upgrade_packages)

    @property
    def kept_files(self) -> dict[str, str]:
        """The sha256 of each file that the earlier lock pins and that a resolver should prefer, by its name."""
        kept = self.seeds.kept()
        files = [pin.index_file for pin in self._earlier_pins if pin.name in kept]
        return {file.filename: file.sha256 for file in files if file is not None}

    @property
    def formats(self) -> Formats:
        return wanted_formats(self.options.formats, self.inputs)

    def built_anew(self, name: NormalizedName) -> bool:
        """Whether a wheel that was built for an earlier lock is not to be kept."""
        return self.options.upgrade or name in self.options.upgrade_packages

    @property
    def question(self) -> tuple[object, ...]:
        """What the answer depends on: bundles that ask the same are resolved once."""
        kept = tuple(sorted(self.seeds.kept().items()))
        return self.digest, self.bundle.target, self.formats, kept, tuple(sorted(self.kept_files.items()))

    @property
    def _earlier_pins(self) -> tuple[Pin, ...]:
        return self.earlier.pins if self.earlier else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """Pins by question, and what the user should know of how they came about."""

    pins: Mapping[tuple[object, ...], tuple[Pin, ...]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def lock_bundles(session: Session, bundles: Sequence[Bundle], options: LockOptions) -> list[LockOutcome]:
    """Lock bundles for their targets.

    Bundles whose inputs have not changed need no request; equal questions are resolved once; nothing is written
    before all bundles have an answer.

    Args:
        session: the run; its router tells the index of each project.
        bundles: what to lock.
        options: how to lock.

    Raises:
        LockStaleError: with ``options.check``, where something would be written.
        CaVendorError: inputs, index or requirements cannot be used; nothing was written.
    """
    project = session.project
    plans = [_plan(session, bundle, options) for bundle in bundles]
    index = session.index()
    answers = _resolve_all(session, [plan for plan in plans if not plan.is_current], index)
    outcomes = [_outcome(project, plan, answers, index) for plan in plans]
    if options.check:
        _refuse_changes(project, outcomes, plans)
        return outcomes
    with StagedFiles() as staged:
        written = [_write(project, outcome, plan, staged) for outcome, plan in zip(outcomes, plans, strict=True)]
        staged.commit()
    session.store.digests.write()
    return written


def _plan(session: Session, bundle: Bundle, options: LockOptions) -> _Plan:
    inputs = read_bundle_inputs(session.project, bundle)
    try:
        earlier = session.project.read_lock(bundle.name)
    except InvalidLockError:
        earlier = None  # locking anew is what that error would advise
    changed = tuple(changed_sources(session.project, earlier)) if earlier else ()
    return _Plan(bundle, inputs, earlier, options, session.router, changed)


def _resolve_all(session: Session, plans: Sequence[_Plan], index: RoutedIndex) -> _Answers:
    if not plans:
        return _Answers()
    from ca_vendor.workflows.builders import open_builds

    questions = {plan.question: plan for plan in plans}
    session.progress.begin(f"resolving {', '.join(plan.bundle.name for plan in plans)}")
    pool = ThreadPoolExecutor(PARALLEL_QUESTIONS, thread_name_prefix="lock")
    index.hold()
    with open_builds(session, index, plans[0].options.builder) as builds:
        answer = partial(_answer, project=session.project, builds=builds)
        try:
            # The resolvers start meanwhile.
            answers = pool.map(answer, questions.values())
            index.open(line.name for plan in plans for line in plan.inputs.requirements)
            pins = dict(zip(questions, answers, strict=True))
        finally:
            # After an error or an interrupt the other resolvers end too; after success, guesses nobody asked for.
            index.stop()
            session.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            session.progress.end()
    return _Answers(pins=pins, notices=tuple(builds.notices))


def _answer(plan: _Plan, *, project: Project, builds: "Builds") -> tuple[Pin, ...]:
    from ca_vendor.workflows.locking import Task, lock_sources, minimum_age_of

    task = Task(
        inputs=plan.inputs,
        target=plan.bundle.target,
        seeds=plan.seeds,
        resolver=plan.options.resolver,
        described=project.settings.targets,
        formats=plan.formats,
        minimum_age=minimum_age_of(project.settings, plan.options.minimum_age, kept=plan.kept_files),
    )
    return lock_sources(task, project, builds, anew=plan.built_anew)


def _outcome(project: Project, plan: _Plan, answers: _Answers, index: RoutedIndex) -> LockOutcome:
    pins = answers.pins.get(plan.question)
    if pins is None:
        assert plan.earlier is not None  # noqa: S101 - a plan without an answer is current, and so has a lock
        lock = replace(plan.earlier, requirements=project.locked_requirements(plan.bundle))
    else:
        from ca_vendor.workflows.locking import lock_of

        lock = replace(
            lock_of(project, plan.bundle, plan.inputs, pins=pins, index=index),
            only_binary=tuple(sorted(plan.options.formats.only_binary)),
            no_binary=tuple(sorted(plan.options.formats.no_binary)),
        )
    return LockOutcome(
        lock=lock,
        bundle=plan.bundle,
        resolved=pins is not None,
        written=(),
        changes=compare_locks(plan.earlier, lock),
        built=tuple(pin.file.filename for pin in lock.pins if pin.build is not None),
        notices=(*_editables(plan.inputs), *answers.notices) if pins is not None else (),
    )


def _editables(inputs: TargetInputs) -> Iterator[str]:
    for line in inputs.direct:
        if line.direct.reference_is_editable:
            yield f"`-e {line.direct.text}` is vendored as a normal wheel: lock again when it changes"


def _requirements_text(project: Project, outcome: LockOutcome, earlier: Lock | None) -> str:
    """Return requirements.txt's text: one that ``fetch`` has rewritten stays so while its pins stay what they were."""
    lock, bundle = outcome.lock, outcome.bundle
    present = read_text(bundle.compiled)
    fetched = earlier is not None and present == project.vendored_text(earlier, bundle) and not outcome.changes
    return project.vendored_text(lock, bundle) if fetched else render_requirements(lock)


def _write(project: Project, outcome: LockOutcome, plan: _Plan, staged: StagedFiles) -> LockOutcome:
    files = {outcome.bundle.compiled: _requirements_text(project, outcome, plan.earlier)}
    if outcome.lock != plan.earlier:
        files = {project.lock_path(outcome.lock.bundle): render_lock(outcome.lock), **files}
    written = [project.shown(path) for path, text in files.items() if staged.write(path, text.encode())]
    return replace(outcome, written=tuple(written))


def _refuse_changes(project: Project, outcomes: Sequence[LockOutcome], plans: Sequence[_Plan]) -> None:
    stale, lines = [], list[str]()
    for outcome, plan in zip(outcomes, plans, strict=True):
        difference = [line for change in outcome.changes for line in change.lines()]
        difference = difference or list(_other_changes(project, outcome, plan))
        if difference:
            stale.append(outcome.lock.bundle)
            lines += difference
    if stale:
        raise LockStaleError(stale, lines)


def _other_changes(project: Project, outcome: LockOutcome, plan: _Plan) -> Iterator[str]:
    """Say what locking would change besides the pins."""
    earlier, lock, bundle = plan.earlier, outcome.lock, outcome.bundle
    if earlier is None:
        yield f"there is no `{project.shown(project.lock_path(lock.bundle))}`"
    elif plan.changed:
        yield from (f"`{path}` has changed" for path in plan.changed)
    elif earlier.input_digest != lock.input_digest or _indexes(earlier) != _indexes(lock):
        yield f"the inputs of `{lock.bundle}` have changed, its pins have not"
    if read_text(bundle.compiled) not in {render_requirements(lock), project.vendored_text(lock, bundle)}:
        yield f"`{project.shown(bundle.compiled)}` is not what the lock says"


def _indexes(lock: Lock) -> tuple[str, ...]:
    """Return the identity of the lock's own index, then those of its pins' indexes."""
    return (lock.index, *(lock.index_of(pin) for pin in lock.pins))
