"""``ca-vendor build``: what a command line of `sam build` builds, and the environment to run it in."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ca_vendor.sam import (
    BuildArguments,
    BuildSettings,
    CodeResource,
    ImageResource,
    SkippedResource,
    Template,
    Workflow,
    absent_profile_variables,
    container_environment,
    find_samconfig,
    foreign_variables,
    offline_environment,
    parse_build_arguments,
    read_samconfig,
    read_template,
)
from ca_vendor.target import Target
from ca_vendor.workflows.bundles import Bundles, find_bundles, find_locked_bundles, find_template, locked_bundles
from ca_vendor.workflows.project import Bundle, Project
from ca_vendor.workflows.staging import STAGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A function or layer of a build, and the bundle that it is installed from.

    Attributes:
        bundle: `None` for one that has no requirements.in.
        manifest: the requirements file that SAM installs.
    """

    resource: CodeResource
    bundle: Bundle | None
    manifest: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPlan:
    """What one run of `sam build` does.

    Attributes:
        arguments: for `sam build`, the template among them where only our configuration names it.
        in_container: whether functions and layers are built in containers.
        uses: the functions and layers built from Python sources.
        images: the functions built as container images.
        bundles: of the whole template, whatever is built of it.
        code_directories: that need the wheels of a bundle below them while SAM runs, with that bundle.
        is_closed: whether requirements files name all that is installed, so that pip need not follow requirements.
        has_template: whether there is one.
        unknown: the one resource to build, where the template has none of that name; empty otherwise.
        known: the names it could have.
        container_environment: what samconfig tells the containers, each `NAME=VALUE`.
    """

    arguments: tuple[str, ...]
    in_container: bool = False
    uses: tuple[Use, ...] = ()
    images: tuple[ImageResource, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    code_directories: Mapping[Path, Bundle] = field(default_factory=dict)
    is_closed: bool = True
    has_template: bool = True
    unknown: str = ""
    known: tuple[str, ...] = ()
    container_environment: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets of all bundles."""
        return tuple(dict.fromkeys(bundle.target for bundle in self.bundles))

    @property
    def checked(self) -> tuple[Bundle, ...]:
        """The bundles of what is built."""
        built = [use.bundle for use in self.uses] + [self.code_directories.get(image) for image in self._contexts()]
        return tuple({bundle.name: bundle for bundle in built if bundle is not None}.values())

    def _contexts(self) -> list[Path]:
        return [image.context_directory for image in self.images]


def plan_build(project: Project, arguments: Sequence[str]) -> BuildPlan:
    """Read what `sam build` would do in the current directory.

    Args:
        project: whose bundles and locks count.
        arguments: of `sam build`.

    Raises:
        CaVendorError: the template or a samconfig file cannot be read.
    """
    said = parse_build_arguments(arguments)
    path, added = _template_path(project, said)
    if path is None:
        locked = find_locked_bundles(project).managed
        return BuildPlan(arguments=tuple(arguments), bundles=locked, has_template=False)
    settings = said.over(_configured(said, path.parent))
    template = read_template(path, project_root=project.root, settings=settings)
    bundles = locked_bundles(project, find_bundles(project, template=template))
    known = _names(template)
    in_container = settings.use_container
    uses = tuple(_use(resource, bundles, settings) for resource in template.resources)
    return BuildPlan(
        arguments=(*added, *arguments),
        in_container=in_container,
        uses=tuple(use for use in uses if _is_built(use.resource.logical_id, said)),
        images=tuple(image for image in template.images if _is_built(image.logical_id, said)),
        bundles=bundles.managed,
        code_directories=_code_directories(uses, template, bundles, in_container=in_container),
        unknown="" if said.resource is None or any(_is_built(name, said) for name in known) else said.resource,
        known=known,
        container_environment=() if said.container_environment else settings.container_environment,
    )


def build_environment(plan: BuildPlan, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for `sam build`: that of :func:`offline_command_environment`, without useless profiles.

    SAM stops for a profile that this machine does not have, though a build needs no credentials.
    """
    absent = absent_profile_variables(environment)
    offline = offline_command_environment(plan, environment)
    return {name: value for name, value in offline.items() if name not in absent}


def offline_command_environment(plan: BuildPlan, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's environment with one source of packages, and no credential for another.

    Args:
        plan: what is built.
        environment: the caller's own.
    """
    foreign = set(foreign_variables(environment))
    kept = {name: value for name, value in environment.items() if name not in foreign}
    staged = {"PIP_FIND_LINKS": STAGED} if _has_makefiles(plan) else {}
    return kept | offline_environment(plan.targets, is_closed=plan.is_closed) | staged


def sam_arguments(plan: BuildPlan) -> tuple[str, ...]:
    """Return the arguments for `sam`, with what the containers are told.

    Where the command line tells the containers anything, SAM does not read it in samconfig.
    """
    if not plan.in_container:
        return ("build", *plan.arguments)
    told = container_environment(plan.targets, is_closed=plan.is_closed)
    ours = [f"{name}={value}" for name, value in told.items()]
    pairs = [word for pair in (*_harmless(plan), *ours) for word in ("--container-env-var", pair)]
    return ("build", *plan.arguments, *pairs)


def _harmless(plan: BuildPlan) -> list[str]:
    """Return what else the containers are told, without other sources of packages and credentials for them."""
    named = [(pair.partition("=")[0].rpartition(".")[2], pair) for pair in plan.container_environment]
    foreign = foreign_variables(dict(named))
    return [pair for name, pair in named if name not in foreign]


def _template_path(project: Project, said: BuildArguments) -> tuple[Path | None, tuple[str, ...]]:
    """Return the template, and the arguments that tell SAM of it where nothing else does."""
    stated = said.template or os.environ.get("SAM_TEMPLATE_FILE")
    if stated:
        return Path(stated).absolute(), ()
    here = Path.cwd()
    configured = _configured(said, here).template_file
    if configured is not None:
        return configured, ()
    path = find_template(project)
    if path is None or path.parent == here:
        return path, () if path is None or _is_default(path, here) else ("--template-file", path.name)
    return path, ("--template-file", os.path.relpath(path))


def _is_default(path: Path, directory: Path) -> bool:
    names = ("template.yaml", "template.yml", "template.json")
    return next((name for name in names if (directory / name).is_file()), None) == path.name


def _configured(said: BuildArguments, directory: Path) -> BuildSettings:
    path = directory / said.config_file if said.config_file else find_samconfig(directory)
    if path is None or not path.is_file():
        return BuildSettings()
    return read_samconfig(path, environment=said.config_environment)


def _names(template: Template) -> tuple[str, ...]:
    resources: tuple[CodeResource | ImageResource | SkippedResource, ...] = (
        *template.resources,
        *template.images,
        *template.skipped,
    )
    return tuple(resource.logical_id for resource in resources)


def _use(resource: CodeResource, bundles: Bundles, settings: BuildSettings) -> Use:
    manifest = settings.manifest or resource.code_directory / "requirements.txt"
    bundle = next((each for each in bundles.managed if each.compiled.resolve() == manifest.resolve()), None)
    return Use(resource=resource, bundle=bundle, manifest=manifest)


def _is_built(logical_id: str, said: BuildArguments) -> bool:
    if said.resource is not None:
        return said.resource in {logical_id, logical_id.rpartition("/")[2]}
    return logical_id not in said.excluded


def _has_makefiles(plan: BuildPlan) -> bool:
    return any(use.resource.workflow is Workflow.MAKEFILE for use in plan.uses)


def _code_directories(
    uses: Sequence[Use], template: Template, bundles: Bundles, *, in_container: bool
) -> dict[Path, Bundle]:
    """Return where SAM cannot reach a wheelhouse: what a container mounts, what a makefile sees, an image's context."""
    needed = {
        use.resource.code_directory: use.bundle
        for use in uses
        if use.bundle is not None and (in_container or use.resource.workflow is Workflow.MAKEFILE)
    }
    for image in template.images:
        of_image = [each for each in bundles.managed if each.compiled.resolve().parent == image.context_directory]
        needed |= dict.fromkeys([image.context_directory], of_image[0]) if of_image else {}
    return needed
