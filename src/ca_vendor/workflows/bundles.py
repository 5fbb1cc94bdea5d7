"""Which bundles a project has, and which of them a command is about."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ca_vendor.config import BundleSettings
from ca_vendor.errors import ConfigurationError, InputError
from ca_vendor.requirement import PROJECT_FILE, Chosen, has_project_table
from ca_vendor.sam import (
    BuildSettings,
    CodeResource,
    SkippedResource,
    Template,
    find_samconfig,
    read_samconfig,
    read_template,
)
from ca_vendor.target import Target, find_target
from ca_vendor.workflows.bundle_settings import configure, with_additions, with_providers
from ca_vendor.workflows.project import Bundle, Project

INPUT_NAME = "requirements.in"
_UNNAMED = frozenset({INPUT_NAME, PROJECT_FILE})
"""Files that tell nothing a bundle could be named after but their directory."""

_TEMPLATES = ("template.yaml", "template.yml", "template.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundles:
    """The bundles of a project.

    Attributes:
        managed: sorted by name.
        unmanaged: functions and layers that are not ours, each with the reason.
        notices: what the user should know of how they were found.
    """

    managed: tuple[Bundle, ...]
    unmanaged: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()


class ConflictingTargetsError(InputError):
    """One requirements.in is used for more than one target."""

    def __init__(self, path: str, users: Mapping[str, Sequence[str]]) -> None:
        super().__init__(
            f"`{path}` is used for {len(users)} targets, and a requirements.txt can hold the wheels of one",
            details=tuple(f"{target}: {', '.join(names)}" for target, names in sorted(users.items())),
            hint="give these functions one runtime and architecture, or a directory each with its own requirements.in",
        )
        self.path = path
        self.users = users


class UnknownBundleError(InputError):
    """A bundle was named that the project does not have."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = ", ".join(known)
        super().__init__(
            f"there is no bundle `{name}`",
            details=(f"known: {names}",) if names else (),
            hint="name a bundle, a function, or the path of a requirements.in; for a requirements.in that no template "
            "or configuration names, add `--target python3.12-arm64`",
        )
        self.name = name


class NoBundlesError(ConfigurationError):
    """The project has nothing to lock."""

    def __init__(self, unmanaged: Iterable[tuple[str, str]]) -> None:
        super().__init__(
            "there is nothing to do here: no function, layer or bundle has a requirements.in or a pyproject.toml",
            details=tuple(f"{name}: {reason}" for name, reason in unmanaged),
            hint="put a requirements.in beside a function's code and run this where template.yaml is, "
            "or run `ca-vendor lock PATH/requirements.in --target python3.12-arm64 --index-url URL`",
        )


def find_bundles(project: Project, *, template: Template | None = None) -> Bundles:
    """Return the bundles that the project's configuration and template name.

    Args:
        project: where to look.
        template: read already; `None` to read the project's own.

    Raises:
        CaVendorError: the template cannot be read, a target is unknown, or one requirements.in has several targets.
    """
    configured = [_configured(project, entry) for entry in project.settings.bundles if entry.requirements is not None]
    template = template or _template(project)
    found, unmanaged = _from_template(project, template) if template else ([], [])
    taken = {bundle.compiled for bundle in configured}
    bundles = [*configured, *_named(project, [entry for entry in found if entry.compiled not in taken])]
    if len(taken) < len(configured):
        _refuse_shared(project, configured)
    repeated = {bundle.name for bundle in bundles if [other.name for other in bundles].count(bundle.name) > 1}
    if repeated:
        raise ConfigurationError(
            f"two bundles are named `{min(repeated)}`",
            hint="give one of them another `name` in `[[tool.ca-vendor.bundle]]`",
        )
    bundles = list(with_providers(with_additions(bundles, project.settings)))
    return Bundles(
        managed=tuple(sorted(bundles, key=lambda bundle: bundle.name)),
        unmanaged=tuple(unmanaged),
        notices=tuple(_passed_over(project, bundles)),
    )


def find_locked_bundles(project: Project) -> Bundles:
    """Return what :func:`find_bundles` does, and the bundles that were locked from the command line.

    Raises:
        CaVendorError: see :func:`find_bundles`; also where a lock cannot be read.
    """
    return locked_bundles(project, find_bundles(project))


def locked_bundles(project: Project, bundles: Bundles) -> Bundles:
    """Return bundles, and those that were locked from the command line besides them.

    Raises:
        InvalidLockError: a lock cannot be read.
    """
    known = {bundle.name for bundle in bundles.managed}
    names = [name for name in project.lock_names() if name not in known]
    ad_hoc = [project.bundle_of(lock) for name in names if (lock := project.read_lock(name)) is not None]
    present = [bundle for bundle in ad_hoc if bundle.requirements.is_file()]
    return replace(bundles, managed=(*bundles.managed, *present))


def ad_hoc_bundle(project: Project, path: Path, target: str, *, chosen: Chosen | None = None) -> Bundle:
    """Return a bundle for a requirements.in or pyproject.toml and a target named on the command line.

    Args:
        project: what it is part of.
        path: the file.
        target: the target's name.
        chosen: extras and groups of a pyproject.toml.

    Raises:
        InputError: there is no such file.
        TargetError: the target is unknown.
    """
    requirements = Path(os.path.normpath(path.absolute()))
    if not requirements.is_file():
        raise InputError(f"there is no file `{path}`", hint="name a requirements.in or a pyproject.toml")
    if not requirements.is_relative_to(project.root):
        raise InputError(f"`{path}` is outside of the project", hint="run this in its project, or pass `--project`")
    if requirements.suffix != ".in" and requirements.name != PROJECT_FILE:
        problem = f"`{path}` is not named *.in, nor is it a {PROJECT_FILE}"
        raise InputError(problem, hint=f"rename it to `{requirements.stem}.in`")
    bundle = _bundle(project, requirements, find_target(target, described=project.settings.targets))
    chosen = chosen or Chosen()
    return replace(configure(bundle, BundleSettings(extras=chosen.extras, groups=chosen.groups)), ad_hoc=True)


def choose_bundles(bundles: Bundles, names: Sequence[str]) -> tuple[Bundle, ...]:
    """Return the bundles that are named, all where none is.

    Args:
        bundles: what there is.
        names: of bundles, functions, or paths of requirements.in files.

    Raises:
        UnknownBundleError: a name fits none.
        NoBundlesError: there are none at all.
    """
    if not names:
        if not bundles.managed:
            raise NoBundlesError(bundles.unmanaged)
        return bundles.managed
    chosen = dict[str, Bundle]()
    for name in names:
        fitting = [bundle for bundle in bundles.managed if _answers_to(bundle, name)]
        if not fitting:
            raise UnknownBundleError(name, (bundle.name for bundle in bundles.managed))
        chosen |= {bundle.name: bundle for bundle in fitting}
    return tuple(chosen.values())


def _answers_to(bundle: Bundle, name: str) -> bool:
    path = Path(os.path.normpath(Path(name).absolute()))
    return name == bundle.name or name in bundle.users or path in {bundle.requirements, bundle.requirements.parent}


def _template(project: Project) -> Template | None:
    """Read the template as `sam build` would: with what samconfig sets, the parameters among it."""
    path = find_template(project)
    if path is None:
        return None
    return read_template(path, project_root=project.root, settings=_build_settings(path.parent))


def find_template(project: Project) -> Path | None:
    """Return the template that the project's configuration or samconfig name, or its default; `None` without one."""
    if project.settings.template is not None:
        return project.root / project.settings.template
    configured = _build_settings(project.root).template_file
    default = (project.root / name for name in _TEMPLATES)
    return configured or next((path for path in default if path.is_file()), None)


def _build_settings(directory: Path) -> BuildSettings:
    samconfig = find_samconfig(directory)
    return read_samconfig(samconfig) if samconfig else BuildSettings()


def _from_template(project: Project, template: Template) -> tuple[list[Bundle], list[tuple[str, str]]]:
    unmanaged = [(resource.logical_id, _why_skipped(resource)) for resource in template.skipped]
    unmanaged += [(image.logical_id, "it is built as a container image") for image in template.images]
    users = defaultdict[Path, defaultdict[str, list[str]]](lambda: defaultdict(list))
    for resource in template.resources:
        requirements = _input_in(project, resource.code_directory)
        if requirements is not None:
            users[requirements][_target_name(resource)].append(resource.logical_id)
        else:
            shown = project.shown(resource.code_directory / INPUT_NAME)
            unmanaged.append((resource.logical_id, f"there is no `{shown}`"))
    return [_shared(project, requirements, targets) for requirements, targets in users.items()], unmanaged


def _input_in(project: Project, directory: Path) -> Path | None:
    """Return what a code directory's requirements are in; our own configuration is that only where it is named."""
    if (directory / INPUT_NAME).is_file():
        return directory / INPUT_NAME
    path = directory / PROJECT_FILE
    is_ours = project.settings.source is not None and path == project.settings.source
    return path if path.is_file() and not is_ours and has_project_table(path) else None


def _passed_over(project: Project, bundles: Iterable[Bundle]) -> Iterator[str]:
    """Say where a pyproject.toml beside a requirements.in is not used."""
    for bundle in bundles:
        other = bundle.requirements.with_name(PROJECT_FILE)
        is_ours = other == project.settings.source
        if bundle.requirements.name == INPUT_NAME and not is_ours and other.is_file() and has_project_table(other):
            yield f"`{project.shown(bundle.requirements)}` is used, and the {PROJECT_FILE} beside it is not"


def _refuse_shared(project: Project, configured: Sequence[Bundle]) -> None:
    for bundle in configured:
        others = [each for each in configured if each.compiled == bundle.compiled]
        if len(others) > 1:
            names = " and ".join(f"`{project.shown(each.requirements)}`" for each in others)
            problem = f"{names} would both write `{project.shown(bundle.compiled)}`"
            raise ConfigurationError(problem, hint="keep one of their `[[tool.ca-vendor.bundle]]`")


def _why_skipped(resource: SkippedResource) -> str:
    return f"{resource.reason.value} ({resource.detail})" if resource.detail else resource.reason.value


def _target_name(resource: CodeResource) -> str:
    return f"{resource.runtime}-{resource.architecture}"


def _shared(project: Project, requirements: Path, targets: Mapping[str, Sequence[str]]) -> Bundle:
    if len(targets) > 1:
        raise ConflictingTargetsError(project.shown(requirements), targets)
    [(name, users)] = targets.items()
    target = find_target(name, described=project.settings.targets)
    return _bundle(project, requirements, target, users=tuple(users))


def _configured(project: Project, entry: BundleSettings) -> Bundle:
    assert entry.requirements is not None and entry.target is not None  # noqa: S101, PT018 - reading sees to it
    requirements = project.root / entry.requirements
    if not requirements.is_file():
        raise ConfigurationError(
            f"there is no `{entry.requirements}`, which `[[tool.ca-vendor.bundle]]` names",
            hint="create it, or mend the path",
        )
    target = find_target(entry.target, described=project.settings.targets)
    return configure(_bundle(project, requirements, target, name=entry.name), entry)


def _bundle(
    project: Project, requirements: Path, target: Target, *, name: str | None = None, users: tuple[str, ...] = ()
) -> Bundle:
    return Bundle(
        name=name or _short_name(project, requirements),
        requirements=requirements,
        target=target,
        users=users,
        exclude=project.settings.exclude,
    )


def _short_name(project: Project, requirements: Path) -> str:
    directory = requirements.parent.name or project.root.name
    return _slug(directory if requirements.name in _UNNAMED else f"{directory}-{requirements.stem}")


def _long_name(project: Project, requirements: Path) -> str:
    relative = Path(project.shown(requirements))
    parts = relative.parent.parts if requirements.name in _UNNAMED else (*relative.parent.parts, requirements.stem)
    return _slug("-".join(parts) or project.root.name)


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "bundle"


def _named(project: Project, bundles: Sequence[Bundle]) -> list[Bundle]:
    """Name bundles after their directory; where two directories have one name, after their whole path."""
    short = [bundle.name for bundle in bundles]
    return [
        bundle if short.count(bundle.name) == 1 else replace(bundle, name=_long_name(project, bundle.requirements))
        for bundle in bundles
    ]
