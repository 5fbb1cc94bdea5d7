"""``ca-vendor lock``: pins for each bundle, written where the build will look for them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from ca_vendor.errors import StaleError
from ca_vendor.files import StagedFiles
from ca_vendor.lock import (
    Lock,
    Missing,
    PinChange,
    compare_locks,
    render_lock,
    render_requirements,
)
from ca_vendor.requirement import TargetInputs, parse_requirement
from ca_vendor.timings import TIMINGS
from ca_vendor.workflows.layers import Provider, in_order
from ca_vendor.workflows.planning import LockOptions, Plan, make_plan
from ca_vendor.workflows.project import Bundle, Project, read_text
from ca_vendor.workflows.session import Session
from ca_vendor.workflows.sources import RoutedIndex

if TYPE_CHECKING:
    # Imported where something is resolved: a run that finds all as it was starts in half the time.
    from ca_vendor.workflows.builds import Builds
    from ca_vendor.workflows.locking import Resolved

IN_EVERY_RUNTIME = frozenset({"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"})
"""What Lambda's Python runtimes have: the SDK, with what it requires.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

PARALLEL_QUESTIONS = 16
"""Crawled at once; fewer resolvers run at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockOutcome:
    """What became of a bundle.

    Attributes:
        resolved: whether a resolver was asked; unchanged inputs need none.
        written: paths of the files that changed, as shown.
        changes: what differs from the earlier lock.
        built: file names of the wheels in it that were built of sources.
        notices: what the user should know of these.
        warnings: what may be missing where it runs.
    """

    lock: Lock
    bundle: Bundle
    resolved: bool
    written: tuple[str, ...]
    changes: tuple[PinChange, ...]
    built: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What bundles need by question, and what the user should know of how that came about."""

    resolved: Mapping[tuple[object, ...], "Resolved"] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def lock_bundles(
    session: Session, bundles: Sequence[Bundle], options: LockOptions, *, providers: Sequence[Bundle] = ()
) -> list[LockOutcome]:
    """Lock bundles for their targets, layers before what they provide for.

    Bundles whose inputs have not changed need no request; equal questions are resolved once; nothing is written
    before all bundles have an answer.

    Args:
        session: the run; its router tells the index of each project.
        bundles: what to lock.
        options: how to lock.
        providers: bundles that provide for others among these; they are locked too where they have to be, and keep
            their pins where they have not.

    Raises:
        LockStaleError: with ``options.check``, where something would be written.
        CaVendorError: inputs, index or requirements cannot be used; nothing was written.
    """
    project = session.project
    plans, outcomes = list[Plan](), list[LockOutcome]()
    kept = replace(options, upgrade=False, upgrade_packages=())
    for group in in_order((*providers, *bundles)):
        locks = {outcome.lock.bundle: outcome.lock for outcome in outcomes}
        index = session.index()
        with TIMINGS.phase("reading inputs and locks"):
            new = [
                make_plan(
                    session, bundle, kept if bundle in providers else options, provider=locks.get(bundle.provided_by)
                )
                for bundle in group
            ]
        answers = _resolve_all(session, [plan for plan in new if not plan.is_current], index)
        outcomes += (_outcome(project, plan, answers, index) for plan in new)
        plans += new
    if options.check:
        _refuse_changes(project, outcomes, plans)
        return outcomes
    with TIMINGS.phase("writing"), StagedFiles() as staged:
        written = [_write(project, outcome, plan, staged) for outcome, plan in zip(outcomes, plans, strict=True)]
        staged.commit()
    session.store.digests.write()
    return written


def _resolve_all(session: Session, plans: Sequence[Plan], index: RoutedIndex) -> _Answers:
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
            found = pool.map(answer, questions.values())
            index.open(line.name for plan in plans for line in plan.inputs.requirements)
            resolved = dict(zip(questions, found, strict=True))
        finally:
            # After an error or an interrupt the other resolvers end too; after success, guesses nobody asked for.
            index.stop()
            session.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            session.progress.end()
    return _Answers(resolved=resolved, notices=tuple(builds.notices))


def _answer(plan: Plan, *, project: Project, builds: "Builds") -> "Resolved":
    from ca_vendor.workflows.locking import Task, lock_sources, minimum_age_of

    task = Task(
        inputs=plan.inputs,
        target=plan.bundle.target,
        seeds=plan.seeds,
        resolver=plan.options.resolver,
        described=project.settings.targets,
        formats=plan.formats,
        minimum_age=minimum_age_of(project.settings, plan.options.minimum_age, kept=plan.kept_files),
        provider=Provider.of(plan.provider) if plan.provider else None,
    )
    return lock_sources(task, project, builds, anew=plan.built_anew)


def _outcome(project: Project, plan: Plan, answers: _Answers, index: RoutedIndex) -> LockOutcome:
    resolved, bundle = answers.resolved.get(plan.question), plan.bundle
    if resolved is None:
        assert plan.earlier is not None  # noqa: S101 - a plan without an answer is current, and so has a lock
        requirements = project.locked_requirements(bundle)
        lock = replace(plan.earlier, requirements=requirements, extras=bundle.extras, groups=bundle.groups)
    else:
        from ca_vendor.workflows.locking import lock_of

        lock = replace(
            lock_of(project, bundle, plan.inputs, resolved=resolved, index=index),
            only_binary=tuple(sorted(plan.options.formats.only_binary)),
            no_binary=tuple(sorted(plan.options.formats.no_binary)),
        )
    return LockOutcome(
        lock=lock,
        bundle=bundle,
        resolved=resolved is not None,
        written=(),
        changes=compare_locks(plan.earlier, lock),
        built=tuple(pin.file.filename for pin in lock.pins if pin.build is not None),
        notices=(*_editables(plan.inputs), *answers.notices) if resolved is not None else (),
        warnings=tuple(map(_warning, lock.missing)) if resolved is not None else (),
    )


def _warning(missing: Missing) -> str:
    name = canonicalize_name(parse_requirement(missing.requirement).name)
    what = "the runtime's own is used" if name in IN_EVERY_RUNTIME else "what runs the function must have it"
    return f"{missing}, which is excluded: {what}"


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


def _write(project: Project, outcome: LockOutcome, plan: Plan, staged: StagedFiles) -> LockOutcome:
    files = {outcome.bundle.compiled: _requirements_text(project, outcome, plan.earlier)}
    if outcome.lock != plan.earlier:
        files = {project.lock_path(outcome.lock.bundle): render_lock(outcome.lock), **files}
    written = [project.shown(path) for path, text in files.items() if staged.write(path, text.encode())]
    return replace(outcome, written=tuple(written))


def _refuse_changes(project: Project, outcomes: Sequence[LockOutcome], plans: Sequence[Plan]) -> None:
    stale, lines = [], list[str]()
    for outcome, plan in zip(outcomes, plans, strict=True):
        difference = [line for change in outcome.changes for line in change.lines()]
        difference = difference or list(_other_changes(project, outcome, plan))
        if difference:
            stale.append(outcome.lock.bundle)
            lines += difference
    if stale:
        raise LockStaleError(stale, lines)


def _other_changes(project: Project, outcome: LockOutcome, plan: Plan) -> Iterator[str]:
    """Say what locking would change besides the pins."""
    earlier, lock, bundle = plan.earlier, outcome.lock, outcome.bundle
    if earlier is None:
        yield f"there is no `{project.shown(project.lock_path(lock.bundle))}`"
    elif plan.changed:
        yield from plan.changed
    elif earlier.input_digest != lock.input_digest or _indexes(earlier) != _indexes(lock):
        yield f"the inputs of `{lock.bundle}` have changed, its pins have not"
    if read_text(bundle.compiled) not in {render_requirements(lock), project.vendored_text(lock, bundle)}:
        yield f"`{project.shown(bundle.compiled)}` is not what the lock says"


def _indexes(lock: Lock) -> tuple[str, ...]:
    """Return the identity of the lock's own index, then those of its pins' indexes."""
    return (lock.index, *(lock.index_of(pin) for pin in lock.pins))
