"""Bundles that leave out what another bundle, a layer's, has already."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.errors import ResolutionError
from ca_vendor.lock import Lock, Pin
from ca_vendor.workflows.project import Bundle

_Demands = Mapping[NormalizedName, Mapping[str, Requirement]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A bundle whose wheels are there already.

    Attributes:
        bundle: its name.
        pins: what it has.
    """

    bundle: str
    pins: Mapping[NormalizedName, Pin]

    @classmethod
    def of(cls, lock: Lock) -> "Provider":
        """Return what a lock has."""
        return cls(bundle=lock.bundle, pins={pin.name: pin for pin in lock.pins})


class ProvidedConflictError(ResolutionError):
    """Something is required that the layer has at another version."""

    def __init__(self, parent: str, requirement: str, *, version: Version, provider: str) -> None:
        super().__init__(
            f"`{parent}` requires `{requirement}`, and `{provider}`, which provides it, has {version}",
            hint=f"require `{requirement}` in `{provider}` too, or loosen it here",
        )
        self.parent = parent
        self.requirement = requirement
        self.provider = provider


def in_order(bundles: Sequence[Bundle]) -> Iterator[tuple[Bundle, ...]]:
    """Yield the bundles in groups, each of which needs only the locks of those before it."""
    yield tuple(bundle for bundle in bundles if not bundle.provided_by)
    yield tuple(bundle for bundle in bundles if bundle.provided_by)


def providers_of(chosen: Iterable[Bundle], bundles: Iterable[Bundle]) -> tuple[Bundle, ...]:
    """Return the bundles that provide something for the chosen ones and are not among them.

    Args:
        chosen: by the user.
        bundles: all there are.
    """
    chosen = tuple(chosen)
    wanted = {bundle.provided_by for bundle in chosen} - {bundle.name for bundle in chosen}
    return tuple(bundle for bundle in bundles if bundle.name in wanted)


def conflicts(demands: _Demands, provider: Provider) -> Iterator[ProvidedConflictError]:
    """Yield the demands that what is provided does not satisfy.

    Args:
        demands: for each project the requirements by who made them.
        provider: what is there already.
    """
    for name, requirements in demands.items():
        pin = provider.pins.get(name)
        for parent, requirement in requirements.items() if pin else ():
            if pin and not requirement.specifier.contains(pin.version, prereleases=True):
                yield ProvidedConflictError(parent, str(requirement), version=pin.version, provider=provider.bundle)


def changed_provisions(lock: Lock, provider: Lock | None) -> Iterator[str]:
    """Say where a bundle and the one that provides for it do not agree.

    Args:
        lock: of the bundle.
        provider: lock of the other; ``None`` where there is none.
    """
    if not lock.provider:
        return
    if provider is None:
        yield f"`{lock.provider}`, which provides for it, is not locked"
        return
    has = {pin.name: pin.version for pin in provider.pins}
    for name, version in sorted(lock.provided.items()):
        if has.get(name) != version:
            now = f"has {has[name]} now" if name in has else "has it no more"
            yield f"it was locked with `{name}=={version}` of `{lock.provider}`, which {now}"
    for pin in lock.pins:
        if pin.name in has:
            yield f"`{pin.name}` is in `{lock.provider}` too, which provides for it"
