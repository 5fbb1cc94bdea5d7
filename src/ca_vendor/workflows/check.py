"""``ca-vendor check``: do inputs, locks, requirements files and wheelhouses agree? Offline, changes nothing."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import NormalizedName

from ca_vendor.digests import KnownDigests
from ca_vendor.errors import CaVendorError, StaleError
from ca_vendor.lock import InvalidLockError, Lock, close_pins, input_digest, render_requirements
from ca_vendor.requirement import CoreMetadata, TargetInputs
from ca_vendor.selection import parse_wheel_name, tag_rank
from ca_vendor.workflows.direct_pins import direct_names, with_direct_pins
from ca_vendor.workflows.fetch import wheelhouses
from ca_vendor.workflows.inputs import read_bundle_inputs
from ca_vendor.workflows.project import Bundle, Project, read_text
from ca_vendor.workflows.routing import IndexRouter, locked_elsewhere
from ca_vendor.workflows.shelf import Shelf
from ca_vendor.workflows.staleness import changes_since

LAMBDA_LIMIT_BYTES = 250 * 1024 * 1024
"""Of a function with its layers, unzipped. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

LOCK = "ca-vendor lock"
FETCH = "ca-vendor fetch"

_CREDENTIAL = re.compile(r"://[^/\s:@]+:[^/\s@]+@|\beyJ[\w-]{20,}\.[\w.-]{100,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that does not agree, and the command that mends it.

    Attributes:
        bundle: whose it is; empty for one of the whole project.
        mend: a command, or what to do where none helps.
    """

    bundle: str
    problem: str
    mend: str


class DifferencesError(StaleError):
    """The check found differences; the command line prints them one a line."""

    def __init__(self, differences: Sequence[Difference]) -> None:
        super().__init__(f"{len(differences)} differences" if len(differences) > 1 else "1 difference")
        self.differences = tuple(differences)


def check_bundles(
    project: Project,
    bundles: Sequence[Bundle],
    *,
    router: IndexRouter | None,
    whole: bool,
    digests: KnownDigests | None = None,
) -> list[Difference]:
    """Compare everything on disk with everything else, and return what differs.

    Args:
        project: where things are.
        bundles: what to check.
        router: the index that each pin should come from; ``None`` where it does not matter.
        whole: whether these are all bundles, so that what belongs to none of them is looked for too.
        digests: of files that have not changed since they were computed; ``None`` to read every wheel.

    Raises:
        CaVendorError: inputs cannot be read.
    """
    shelf = Shelf(project, digests)
    found = [difference for bundle in bundles for difference in _bundle(shelf, project, bundle, router)]
    found += _credentials(project, bundles)
    if whole:
        found += _leftovers(project, bundles)
    return found


def _bundle(shelf: Shelf, project: Project, bundle: Bundle, router: IndexRouter | None) -> Iterator[Difference]:
    try:
        lock = project.read_lock(bundle.name)
    except InvalidLockError as error:
        yield Difference(bundle=bundle.name, problem=error.message, mend=LOCK)
        return
    if lock is None:
        shown = project.shown(project.lock_path(bundle.name))
        yield Difference(bundle=bundle.name, problem=f"there is no lock `{shown}`", mend=LOCK)
        return
    inputs = read_bundle_inputs(project, bundle)
    stale = list(_stale(project, bundle, lock, inputs))
    stale += _indexes(bundle, lock, router) if router else ()
    yield from stale
    yield from _tags(bundle, lock)
    yield from _requirements(project, bundle, lock)
    wheels = list(_wheels(shelf, project, bundle, lock))
    yield from wheels
    if not stale and not wheels:
        yield from _contents(shelf, project, bundle, lock, inputs)


def _stale(project: Project, bundle: Bundle, lock: Lock, inputs: TargetInputs) -> Iterator[Difference]:
    if lock.target != bundle.target:
        problem = f"it was locked for {_described(lock)}, and is for {_described_target(bundle)}"
        yield Difference(bundle=bundle.name, problem=problem, mend=LOCK)
    elif lock.input_digest != input_digest(inputs, bundle.target):
        shown = project.shown(bundle.requirements)
        yield Difference(bundle=bundle.name, problem=f"`{shown}` has changed since it was locked", mend=LOCK)
    for problem in changes_since(project, lock, inputs, project.read_provider(bundle)):
        yield Difference(bundle=bundle.name, problem=problem, mend=LOCK)
    if lock.requirements != project.locked_requirements(bundle):
        problem = f"it was locked for `{lock.requirements}`, another requirements.in"
        yield Difference(bundle=bundle.name, problem=problem, mend=LOCK)


def _indexes(bundle: Bundle, lock: Lock, router: IndexRouter) -> Iterator[Difference]:
    """Compare the index of each pin with the one that configuration names; one line for all pins that nobody claims."""
    default = None if bundle.ad_hoc else router.default
    if default is not None and lock.index != default.identity:
        locked = f"it was locked against {lock.index}" if lock.index else "each of its pins had an index of its own"
        problem = f"{locked}, and {default.identity} is configured"
        yield Difference(bundle=bundle.name, problem=problem, mend=LOCK)
    for pin, index in replace(router, default=default).misrouted(lock):
        if index is not None or pin.index:
            yield Difference(bundle=bundle.name, problem=locked_elsewhere(lock, pin, index), mend=LOCK)


def _described(lock: Lock) -> str:
    return f"{lock.target} (Python {lock.target.python_full_version}, glibc {lock.target.glibc})"


def _described_target(bundle: Bundle) -> str:
    return f"{bundle.target} (Python {bundle.target.python_full_version}, glibc {bundle.target.glibc})"


def _tags(bundle: Bundle, lock: Lock) -> Iterator[Difference]:
    for pin in lock.pins:
        wheel = parse_wheel_name(pin.file.filename)
        if wheel is None or tag_rank(wheel.tags, bundle.target) is None:
            problem = f"`{pin.file.filename}` does not load on {bundle.target} (glibc {bundle.target.glibc})"
            yield Difference(bundle=bundle.name, problem=problem, mend=LOCK)


def _requirements(project: Project, bundle: Bundle, lock: Lock) -> Iterator[Difference]:
    present, shown = read_text(bundle.compiled), project.shown(bundle.compiled)
    if present == project.vendored_text(lock, bundle):
        return
    if present is None:
        problem = f"there is no `{shown}`"
    elif present == render_requirements(lock):
        problem = f"`{shown}` does not name the wheelhouse yet"
    else:
        problem = f"`{shown}` is not what the lock says"
    yield Difference(bundle=bundle.name, problem=problem, mend=FETCH)


def _wheels(shelf: Shelf, project: Project, bundle: Bundle, lock: Lock) -> Iterator[Difference]:
    wheelhouse = project.wheelhouse(lock.target)
    for pin, digest in zip(lock.pins, shelf.digests(lock), strict=True):
        if digest == pin.file.sha256:
            continue
        shown = project.shown(wheelhouse.path(pin.file.filename))
        if digest is None:
            yield Difference(bundle=bundle.name, problem=f"there is no `{shown}`", mend=FETCH)
        else:
            problem = f"`{shown}` has sha256 {digest[:12]}…, and {pin.file.sha256[:12]}… was locked"
            yield Difference(bundle=bundle.name, problem=problem, mend=FETCH)


def _contents(shelf: Shelf, project: Project, bundle: Bundle, lock: Lock, inputs: TargetInputs) -> Iterator[Difference]:
    """Look into the wheels, which are the locked ones: is everything they require there, and is it not too much?"""
    metadata, size = dict[NormalizedName, CoreMetadata](), 0
    for pin in lock.pins:
        try:
            read, unzipped = shelf.content(lock, pin.file.filename)
        except CaVendorError as error:
            yield Difference(bundle=bundle.name, problem=error.message, mend=LOCK)
            return
        metadata[pin.name] = read.without(bundle.exclude)
        size += unzipped
    provider = project.read_provider(bundle)
    provided, layer_size = _provided(shelf, bundle, provider) if provider else ({}, 0)
    yield from _closure(project, bundle, (lock, provider), provided | metadata, inputs)
    if size + layer_size > LAMBDA_LIMIT_BYTES:
        whose = f"its wheels and those of `{bundle.provided_by}`" if layer_size else "its wheels"
        problem = f"{whose} unzip to {(size + layer_size) / 2**20:.0f} MB, and Lambda takes 250 MB"
        yield Difference(bundle=bundle.name, problem=problem, mend="require less, or build the function as an image")


def _provided(shelf: Shelf, bundle: Bundle, provider: Lock) -> tuple[dict[NormalizedName, CoreMetadata], int]:
    """Return the metadata of what provides for a bundle, and its unzipped size; nothing of what is not there yet."""
    metadata, size = dict[NormalizedName, CoreMetadata](), 0
    for pin in provider.pins:
        try:
            read, unzipped = shelf.content(provider, pin.file.filename)
        except (CaVendorError, OSError):
            continue  # told of that bundle, when it is looked at
        metadata[pin.name] = read.without(bundle.exclude)
        size += unzipped
    return metadata, size


def _closure(
    project: Project,
    bundle: Bundle,
    locks: tuple[Lock, Lock | None],
    metadata: Mapping[NormalizedName, CoreMetadata],
    inputs: TargetInputs,
) -> Iterator[Difference]:
    """Follow all requirements, with what is provided counted in.

    Args:
        project: where things are.
        bundle: what to look at.
        locks: its own, and that of what provides for it.
        metadata: of the wheels of both, as far as they are there.
        inputs: of the bundle.
    """
    lock, provider = locks
    there = {pin.name: pin.version for pin in provider.pins} if provider else {}
    try:
        closure = close_pins(
            {**there, **{pin.name: pin.version for pin in lock.pins}},
            metadata,
            with_direct_pins(inputs, lock, project),
            bundle.target,
            direct={*direct_names(lock), *(direct_names(provider) if provider else ())},
        )
    except CaVendorError as error:
        yield Difference(bundle=bundle.name, problem=error.message, mend=LOCK)
        return
    for gap in closure.gaps:
        yield Difference(bundle=bundle.name, problem=str(gap), mend=LOCK)
    # What only the provider's wheels require is unneeded for all we know where these are not there.
    is_whole = metadata.keys() >= lock.provided.keys()
    own = {pin.name for pin in lock.pins}
    for name in (name for name in closure.unneeded if is_whole and name in own):
        yield Difference(bundle=bundle.name, problem=f"`{name}` is pinned, and nothing requires it", mend=LOCK)


def _credentials(project: Project, bundles: Sequence[Bundle]) -> Iterator[Difference]:
    """Look for what looks like a credential in every file that is likely to be committed."""
    source = project.settings.source
    files: list[tuple[str, Path]] = [("", source)] if source else []
    for bundle in bundles:
        files += [
            (bundle.name, path) for path in (bundle.requirements, bundle.compiled, project.lock_path(bundle.name))
        ]
    for name, path in files:
        text = read_text(path) or ""
        match = _CREDENTIAL.search(text)
        if match is not None:
            line = text.count("\n", 0, match.start()) + 1
            problem = f"`{project.shown(path)}` line {line} seems to hold a credential"
            yield Difference(bundle=name, problem=problem, mend="remove it, and revoke it if it was committed")


def _leftovers(project: Project, bundles: Sequence[Bundle]) -> Iterator[Difference]:
    """Look for locks of no bundle, and for wheels of no lock."""
    named, known = defaultdict[str, set[str]](set), {bundle.name for bundle in bundles}
    try:
        locks = project.locks()
    except InvalidLockError:
        return  # told already, of its bundle
    for lock in locks:
        named[lock.target.name] |= {pin.file.filename for pin in lock.pins}
        if lock.bundle not in known:
            shown = project.shown(project.lock_path(lock.bundle))
            yield Difference(bundle="", problem=f"`{shown}` is the lock of no bundle", mend=f"rm {shown}")
    for wheelhouse in wheelhouses(project):
        for filename in wheelhouse.wheels():
            if filename not in named[wheelhouse.directory.name]:
                problem = f"no lock names `{project.shown(wheelhouse.path(filename))}`"
                yield Difference(bundle="", problem=problem, mend=FETCH)
