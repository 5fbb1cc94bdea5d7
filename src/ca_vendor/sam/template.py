"""Reads a template, and the local templates nested in it, into what `sam build` builds from Python sources.

What is read is what SAM CLI 1.170 would build, its oddities included where they decide a directory, a runtime or an
architecture. It differs on purpose in this:

- Several documents are an error; so are YAML tags that CloudFormation does not have, and files that are larger,
  deeper or expand to more than any real template.
- A template that SAM CLI refuses or falls over (no `Handler`, an unknown property, a null section) is read all the
  same: the build says what is wrong with it.
- A resource whose architecture or build method is decided only at deployment is skipped, for that reason.
- A layer with `python-uv` is skipped: SAM CLI takes it for buildable, and then refuses to build it.
- The `AWS::LanguageExtensions` transform is run unless the settings say otherwise; SAM CLI wants to be told so. Where
  it refuses one resource, here that resource alone stays unexpanded.
- `AWS::NoValue` has no value each time, in SAM CLI only the first time that a template refers to it.
- `Fn::GetAZs`, `AWS::Include` and a reference to an alias of a function are not decided.
- Two resources that are one YAML node, an anchor and its alias, are both listed; SAM CLI takes both for the first.
- The paths of a template that is a symbolic link are relative to where it leads; in SAM CLI they depend on the working
  directory, which is the same thing for nested templates if it is the root template's directory.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ca_vendor.sam.budget import Budget
from ca_vendor.sam.resources import CodeResource, ImageResource, Resource, ResourceKind, SkippedResource
from ca_vendor.sam.settings import BuildSettings
from ca_vendor.sam.stacks import Stack, StackReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What `sam build` builds from a template.

    Attributes:
        path: the template file.
        resources: functions and layers built from Python sources, in the order of the template.
        images: functions built as container images.
        skipped: functions, layers and nested stacks that are neither, each with the reason.
        files: every template file that was read, `path` first.
        unset_parameters: full paths of parameters with neither a default nor a value; what refers to them sees their
            name instead of a value.
        has_language_extensions: whether a template declares `AWS::LanguageExtensions`; SAM CLI then has to be told
            `--language-extensions`.
    """

    path: Path
    resources: tuple[CodeResource, ...]
    images: tuple[ImageResource, ...] = ()
    skipped: tuple[SkippedResource, ...] = ()
    files: tuple[Path, ...] = ()
    unset_parameters: tuple[str, ...] = ()
    has_language_extensions: bool = False


def read_template(
    path: Path,
    *,
    parameter_overrides: Mapping[str, str] | None = None,
    project_root: Path | None = None,
    settings: BuildSettings | None = None,
) -> Template:
    """Read a template.

    Args:
        path: the template file, YAML or JSON.
        parameter_overrides: values of parameters, over their defaults; `None` for those of `settings`.
        project_root: what must contain all sources; a resource outside is skipped, for that reason. `None` to accept
            any place.
        settings: what `sam build` is set to; `None` for its defaults.

    Raises:
        TemplateError: the template, or one nested in it, cannot be read as one.
    """
    settings = settings or BuildSettings()
    overrides = settings.parameter_overrides if parameter_overrides is None else parameter_overrides
    reader = StackReader(settings=settings, project_root=project_root, budget=Budget(path=path))
    found = _distinct(reader.read(Stack(path=path, overrides=overrides)))
    return Template(
        path=path,
        resources=tuple(item for item in found if isinstance(item, CodeResource)),
        images=tuple(item for item in found if isinstance(item, ImageResource)),
        skipped=tuple(item for item in found if isinstance(item, SkippedResource)),
        files=tuple(reader.files),
        unset_parameters=tuple(reader.unset_parameters),
        has_language_extensions=reader.has_language_extensions,
    )


def _distinct(found: Iterable[Resource]) -> Collection[Resource]:
    """Return resources, of functions or layers that have one name (AWS CDK's metadata can give it) the last alone."""
    return {(_kind(resource), resource.logical_id): resource for resource in found}.values()


def _kind(resource: Resource) -> ResourceKind:
    match resource:
        case CodeResource(kind=kind):
            return kind
        case SkippedResource(type=kind) if kind.endswith("LayerVersion"):
            return ResourceKind.LAYER
    return ResourceKind.FUNCTION
