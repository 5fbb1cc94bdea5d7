"""What configuration adds to bundles: extras, groups, exclusions, and the bundle that provides for another."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ca_vendor.config import BundleSettings, Settings
from ca_vendor.errors import ConfigurationError, InputError
from ca_vendor.requirement import PROJECT_FILE
from ca_vendor.workflows.project import Bundle


class NoSuchBundleError(ConfigurationError):
    """Configuration names a bundle that there is not."""

    def __init__(self, name: str, known: Sequence[str], *, key: str) -> None:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        known_names = f"known: {', '.join(known)}" if known else "a bundle needs a requirements.in or a pyproject.toml"
        super().__init__(
            f"there is no bundle `{name}`, which `{key}` of `[[tool.ca-vendor.bundle]]` names",
            hint=f"did you mean `{close[0]}`?" if close else known_names,
        )
        self.name = name
        self.key = key


class UnusableProviderError(InputError):
    """A bundle cannot provide for another."""

    def __init__(self, bundle: Bundle, problem: str, *, hint: str) -> None:
        super().__init__(f'`{bundle.name}` is `provided-by = "{bundle.provided_by}"`, {problem}', hint=hint)
        self.bundle = bundle.name
        self.problem = problem


def configure(bundle: Bundle, entry: BundleSettings) -> Bundle:
    """Return a bundle with what an entry of configuration says of it.

    Raises:
        ConfigurationError: it chooses extras or groups of a requirements.in, which has none.
    """
    chosen = (*entry.extras, *entry.groups)
    if chosen and bundle.requirements.name != PROJECT_FILE:
        raise ConfigurationError(
            f"`{bundle.name}` has a requirements.in, and so neither extras nor groups such as `{chosen[0]}`",
            hint="rename requirements.in, so that its pyproject.toml is used, or take them out of its entry",
        )
    return replace(
        bundle,
        extras=entry.extras,
        groups=entry.groups,
        provided_by=entry.provided_by or "",
        exclude=bundle.exclude | entry.exclude,
    )


def with_additions(bundles: Iterable[Bundle], settings: Settings) -> list[Bundle]:
    """Return bundles with what entries add to them that name no requirements of their own.

    Raises:
        NoSuchBundleError: an entry names no bundle.
        ConfigurationError: two entries name one, or choose what it does not have.
    """
    by_name = {bundle.name: bundle for bundle in bundles}
    added = set[str]()
    for entry in settings.bundles:
        if entry.requirements is not None or entry.name is None:
            continue
        if entry.name not in by_name:
            raise NoSuchBundleError(entry.name, sorted(by_name), key="name")
        if entry.name in added:
            problem = f"two entries of `[[tool.ca-vendor.bundle]]` add to `{entry.name}`"
            raise ConfigurationError(problem, hint="make them one")
        added.add(entry.name)
        by_name[entry.name] = configure(by_name[entry.name], entry)
    return list(by_name.values())


def with_providers(bundles: Sequence[Bundle]) -> Iterator[Bundle]:
    """Yield bundles, each with the name of the one that provides for it in place of a function's or layer's.

    Raises:
        NoSuchBundleError: there is no such bundle.
        UnusableProviderError: it cannot provide for another.
    """
    for bundle in bundles:
        if not bundle.provided_by:
            yield bundle
            continue
        name = bundle.provided_by
        fitting = [other for other in bundles if name == other.name]
        fitting = fitting or [other for other in bundles if name in other.users]
        if not fitting:
            known = sorted({name for other in bundles for name in (other.name, *other.users)} - {bundle.name})
            raise NoSuchBundleError(name, known, key="provided-by")
        _require_usable(bundle, fitting[0])
        yield replace(bundle, provided_by=fitting[0].name)


def _require_usable(bundle: Bundle, provider: Bundle) -> None:
    if provider.name == bundle.name:
        raise UnusableProviderError(bundle, "which is itself", hint="name the bundle of its layer")
    if provider.provided_by:
        hint = "name one layer that has all of it, or let the functions name each a layer that stands alone"
        raise UnusableProviderError(bundle, f"for which `{provider.provided_by}` provides in turn", hint=hint)
    if provider.target != bundle.target:
        raise UnusableProviderError(
            bundle,
            f"which is for {provider.target}, and it is for {bundle.target} itself",
            hint="give both one runtime and architecture, or make a layer for each",
        )
