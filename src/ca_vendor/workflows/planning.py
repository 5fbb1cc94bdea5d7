"""What there is to lock: each bundle with its inputs, the lock it has so far, and whether that still holds."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from packaging.utils import NormalizedName

from ca_vendor.config.settings import BUILDERS
from ca_vendor.lock import InvalidLockError, Lock, Pin, input_digest
from ca_vendor.requirement import TargetInputs
from ca_vendor.resolver import ResolverName, Seeds
from ca_vendor.selection import Formats
from ca_vendor.workflows.inputs import read_bundle_inputs, wanted_formats
from ca_vendor.workflows.project import Bundle
from ca_vendor.workflows.routing import IndexRouter
from ca_vendor.workflows.session import Session
from ca_vendor.workflows.staleness import changes_since


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


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A bundle, its inputs, and the lock it has so far.

    Attributes:
        changed: why that lock is not what it would be now, besides what the inputs say.
        provider: the lock of the bundle that provides for this one; ``None`` where none does.
    """

    bundle: Bundle
    inputs: TargetInputs
    earlier: Lock | None
    options: LockOptions
    router: IndexRouter
    changed: tuple[str, ...] = ()
    provider: Lock | None = None

    @cached_property
    def digest(self) -> str:
        """Of the inputs; see :func:`ca_vendor.lock.input_digest`."""
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
        """The pins that a resolver should keep."""
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
        """Which kinds of files may be used."""
        return wanted_formats(self.options.formats, self.inputs)

    def built_anew(self, name: NormalizedName) -> bool:
        """Whether a wheel that was built for an earlier lock is not to be kept."""
        return self.options.upgrade or name in self.options.upgrade_packages

    @property
    def question(self) -> tuple[object, ...]:
        """What the answer depends on: bundles that ask the same are resolved once."""
        kept = tuple(sorted(self.seeds.kept().items()))
        provided = (self.provider.bundle, self.provider.pins) if self.provider else ()
        files = tuple(sorted(self.kept_files.items()))
        return self.digest, self.bundle.target, self.formats, kept, files, provided

    @property
    def _earlier_pins(self) -> tuple[Pin, ...]:
        return self.earlier.pins if self.earlier else ()


def make_plan(session: Session, bundle: Bundle, options: LockOptions, *, provider: Lock | None = None) -> Plan:
    """Return what there is to lock of a bundle.

    Args:
        session: the run.
        bundle: what to lock.
        options: how to lock.
        provider: the lock of the bundle that provides for this one.

    Raises:
        CaVendorError: inputs cannot be read.
    """
    project, inputs = session.project, read_bundle_inputs(session.project, bundle)
    try:
        earlier = project.read_lock(bundle.name)
    except InvalidLockError:
        earlier = None  # locking anew is what that error would advise
    return Plan(
        bundle=bundle,
        inputs=inputs,
        earlier=earlier,
        options=options,
        router=session.router,
        changed=tuple(changes_since(project, earlier, inputs, provider)) if earlier else (),
        provider=provider,
    )
