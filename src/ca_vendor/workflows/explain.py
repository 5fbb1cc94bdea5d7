"""Why there is no solution, in terms of the requirements, the index and the target."""

from collections.abc import Iterator, Mapping

from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from ca_vendor.errors import CaVendorError, ResolutionError, TargetError
from ca_vendor.resolver import ResolverFailedError
from ca_vendor.selection import (
    Format,
    ProjectMissingError,
    ProjectPage,
    explain_version,
    listed_versions,
    newest_usable,
    select_files,
)
from ca_vendor.target import Target, TargetDescription, UnknownTargetError, find_target, known_target_names
from ca_vendor.view import TargetView

_SHOWN_REASONS = 6


class NoUsableFileError(TargetError):
    """Versions satisfy a requirement, but none has a file that the target can use."""

    def __init__(self, what: str, parent: str, target: Target, *, details: tuple[str, ...], hint: str) -> None:
        needed = "" if parent.startswith("-r ") else f", which `{parent}` requires,"
        super().__init__(
            f"no file of `{what}`{needed} fits {target} (glibc {target.glibc})", details=details, hint=hint
        )
        self.what = what
        self.parent = parent
        self.target = target


class NoSuchVersionError(ResolutionError):
    """The index has no version that satisfies a requirement."""

    def __init__(self, requirement: str, parent: str, newest: str) -> None:
        super().__init__(
            f"no version of the index satisfies `{requirement}`, which `{parent}` requires",
            details=(f"newest there: {newest}",) if newest else (),
            hint="loosen the requirement, or publish that version",
        )
        self.requirement = requirement
        self.parent = parent


class NotOldEnoughError(ResolutionError):
    """Versions satisfy a requirement, but ``minimum-age`` leaves out every one of them."""

    def __init__(self, requirement: str, parent: str, *, project: str, details: tuple[str, ...]) -> None:
        super().__init__(
            f"no version that satisfies `{requirement}`, which `{parent}` requires, is old enough",
            details=details,
            hint=f'loosen the requirement, or lock once with `--minimum-age "0 days"`, '
            f"or name `{project}` in `minimum-age-except`",
        )
        self.requirement = requirement
        self.parent = parent
        self.project = project


def explain_failure(
    error: ResolverFailedError, view: TargetView, described: Mapping[str, TargetDescription]
) -> CaVendorError:
    """Return the reason a resolver failed for: what the view lacks, or else the conflict it reports.

    Args:
        error: how it failed.
        view: what it saw.
        described: targets that configuration describes, for a hint.
    """
    for name, requirements in view.demands().items():
        for parent, requirement in requirements.items():
            reason = _lacking(name, parent, requirement, view, described)
            if reason is not None:
                return reason
    error.details += _shortened(tuple(_left_out(view)))
    return error


def _left_out(view: TargetView) -> Iterator[str]:
    """Yield the newest version of each project that was left out, as that may be what the resolver lacked."""
    for name in view.demands():
        left_out = view.left_out(name)
        if left_out:
            newest = max(left_out)
            yield f"`{name}=={newest}` was left out: {left_out[newest]}"


def _lacking(
    name: NormalizedName,
    parent: str,
    requirement: Requirement,
    view: TargetView,
    described: Mapping[str, TargetDescription],
) -> CaVendorError | None:
    try:
        page, selection = view.page(name), view.selection(name)
    except ProjectMissingError as missing:
        return ProjectMissingError(missing.name, missing.index, required_by=parent, claimed_by=missing.claimed_by)
    if any(requirement.specifier.contains(version, prereleases=True) for version in selection):
        return None
    listed = listed_versions(page)
    satisfying = [version for version in listed if requirement.specifier.contains(version, prereleases=True)]
    if not satisfying:
        return NoSuchVersionError(str(requirement), parent, ", ".join(str(version) for version in listed[:3]))
    left_out = {version: why for version, why in view.left_out(name).items() if version in satisfying}
    if left_out:
        details = tuple(f"`{name}=={version}`: {left_out[version]}" for version in sorted(left_out, reverse=True))
        return NotOldEnoughError(str(requirement), parent, project=name, details=_shortened(details))
    unavailable = explain_version(page, satisfying[0], view.target, formats=view.policy.formats)
    return NoUsableFileError(
        f"{name}=={satisfying[0]}",
        parent,
        view.target,
        details=_shortened(unavailable.reasons),
        hint=_way_out(page, requirement, view, described, has_sdist=unavailable.has_sdist),
    )


def _shortened(reasons: tuple[str, ...]) -> tuple[str, ...]:
    more = len(reasons) - _SHOWN_REASONS
    return (*reasons[:_SHOWN_REASONS], f"and {more} more") if more > 0 else reasons


def _way_out(
    page: ProjectPage,
    requirement: Requirement,
    view: TargetView,
    described: Mapping[str, TargetDescription],
    *,
    has_sdist: bool,
) -> str:
    ways = []
    newest = newest_usable(view.selection(page.name))
    if newest is not None:
        ways.append(f"`{page.name}=={newest}` fits; require that")
    elsewhere = _fitting_target(page, requirement, view.target, described)
    if elsewhere is not None:
        ways.append(f"move the function to {elsewhere.runtime}")
    if has_sdist and view.policy.formats.of(page.name) is Format.ANY:
        ways.append(f'build its sdist, with `no-binary = ["{page.name}"]` and `--builder container`')
    elif has_sdist and view.policy.formats.of(page.name) is Format.WHEELS:
        ways.append(f'build its sdist, with `no-binary = ["{page.name}"]`')
    return ", or ".join(ways) or "ask its maintainer for a wheel, or publish one to your repository"


def _fitting_target(
    page: ProjectPage, requirement: Requirement, target: Target, described: Mapping[str, TargetDescription]
) -> Target | None:
    for name in known_target_names(described):
        try:
            other = find_target(name, described=described)
        except UnknownTargetError:
            continue
        if other.architecture is target.architecture and other.python_version > target.python_version:
            usable = select_files(page, other)
            if any(requirement.specifier.contains(version, prereleases=True) for version in usable):
                return other
    return None
