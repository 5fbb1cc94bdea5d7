"""Walks a template and the local templates nested in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse

from ca_vendor.sam.budget import Budget
from ca_vendor.sam.cdk import identifier, normalize_metadata
from ca_vendor.sam.classification import classify, is_buildable_type
from ca_vendor.sam.documents import Document, read_document
from ca_vendor.sam.errors import NestedTemplateError, NotATemplateError, TemplateNotFoundError
from ca_vendor.sam.globals import merge_globals
from ca_vendor.sam.intrinsics import Intrinsics
from ca_vendor.sam.language_extensions import expand_language_extensions, uses_language_extensions
from ca_vendor.sam.loops import is_loop
from ca_vendor.sam.places import Place
from ca_vendor.sam.resources import Origin, Resource, SkippedResource, SkipReason
from ca_vendor.sam.settings import BuildSettings
from ca_vendor.sam.symbols import PSEUDO_PARAMETERS, Symbols, UnresolvableError, parameter_values

_NESTED: Mapping[object, str] = {
    "AWS::Serverless::Application": "Location",
    "AWS::CloudFormation::Stack": "TemplateURL",
}
_REMOTE = ("s3://", "http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One template, and how it comes to be read.

    Attributes:
        path: the template file.
        full_path: the stack's full path; empty for the root.
        overrides: values of its parameters.
        parents: the template files on the way to it, resolved.
    """

    path: Path
    full_path: str = ""
    overrides: Mapping[str, object] = field(default_factory=dict)
    parents: tuple[Path, ...] = ()

    def name(self, logical_id: str) -> str:
        """The full path of something in this stack."""
        return f"{PurePosixPath(self.full_path) / logical_id}" if self.full_path else logical_id


@dataclass(slots=True, kw_only=True)
class StackReader:
    """Reads stacks, root first; what else there is to say of them is in its attributes afterwards.

    Attributes:
        settings: the options of the build.
        project_root: what must contain all sources; `None` to accept any place.
        budget: what bounds the work.
        files: the template files read.
        unset_parameters: full paths of parameters without a value.
        has_language_extensions: whether any template declares that transform.
    """

    settings: BuildSettings
    project_root: Path | None
    budget: Budget
    files: list[Path] = field(default_factory=list)
    unset_parameters: list[str] = field(default_factory=list)
    has_language_extensions: bool = False
    _documents: dict[Path, Document] = field(default_factory=dict)

    def read(self, stack: Stack) -> Iterator[Resource]:
        """Read a stack and those nested in it.

        Raises:
            TemplateError: a template cannot be read as one.
        """
        self.budget.open_stack()
        document = self._document(stack)
        template, lines = self._expanded(document, stack)
        resources = _resources(template)
        intrinsics = self._intrinsics(template, resources, stack)
        for name, declared in resources.items():
            if not isinstance(declared, dict) or is_loop(name):
                continue
            kind = declared.get("Type")
            is_nested = isinstance(kind, str) and kind in _NESTED
            if not is_nested and not is_buildable_type(kind):
                continue
            logical_id = f"{name}"
            resource = normalize_metadata(logical_id, merge_globals(declared, template.get("Globals")))
            resolved = _resolve(intrinsics, resource)
            full_path = stack.name(identifier(logical_id, resource))
            origin = Origin(template=document.path, line=lines.get(logical_id))
            place = self._place(stack)
            if is_nested:
                yield from self._nested(stack, full_path, resolved, place, origin)
            else:
                yield classify(full_path, resolved, place=place, origin=origin)

    def _place(self, stack: Stack) -> Place:
        return Place.of_template(
            stack.path, base_directory=self.settings.base_directory, project_root=self.project_root
        )

    def _document(self, stack: Stack) -> Document:
        if stack.path not in self._documents:
            self._documents[stack.path] = read_document(stack.path)
            self.files.append(stack.path)
        return self._documents[stack.path]

    def _expanded(self, document: Document, stack: Stack) -> tuple[Mapping[object, object], Mapping[str, int]]:
        template = _template(document)
        self._note_unset_parameters(template, stack)
        if not uses_language_extensions(template):
            return template, document.lines
        self.has_language_extensions = True
        if not self.settings.language_extensions:
            return template, document.lines
        values = {**PSEUDO_PARAMETERS, **self._overrides(stack)}
        expanded = expand_language_extensions(document, template, values=values, budget=self.budget)
        return expanded.template, expanded.lines

    def _overrides(self, stack: Stack) -> Mapping[str, object]:
        region = {"AWS::Region": self.settings.region} if self.settings.region else {}
        return {**region, **stack.overrides}

    def _note_unset_parameters(self, template: Mapping[object, object], stack: Stack) -> None:
        declared = template.get("Parameters")
        for name, definition in declared.items() if isinstance(declared, dict) else ():
            has_default = isinstance(definition, dict) and "Default" in definition
            if not has_default and name not in stack.overrides:
                self.unset_parameters.append(stack.name(f"{name}"))

    def _intrinsics(
        self, template: Mapping[object, object], resources: Mapping[object, object], stack: Stack
    ) -> Intrinsics:
        symbols = Symbols(
            values=parameter_values(template, self._overrides(stack)),
            parameters=template.get("Parameters", {}),
            resources=resources,
        )
        return Intrinsics(
            symbols=symbols,
            mappings=template.get("Mappings", {}),
            conditions=template.get("Conditions", {}),
            budget=self.budget,
        )

    def _nested(
        self, stack: Stack, full_path: str, resource: Mapping[object, object], place: Place, origin: Origin
    ) -> Iterator[Resource]:
        child = _child(stack, full_path, resource, place, origin)
        if isinstance(child, SkippedResource):
            yield child
            return
        try:
            yield from self.read(child)
        except TemplateNotFoundError as exc:
            if exc.path != child.path:
                raise
            problem = f"`{child.path}`: {exc.reason}"
            raise NestedTemplateError(full_path, problem, path=origin.template, line=origin.line) from exc


def _child(
    stack: Stack, full_path: str, resource: Mapping[object, object], place: Place, origin: Origin
) -> Stack | SkippedResource:
    """The stack that a resource nests, or why it is not followed."""
    kind = f"{resource.get('Type')}"
    properties = resource.get("Properties")
    properties = properties if isinstance(properties, dict) else {}
    location = properties.get(_NESTED[kind])
    if not isinstance(location, str) or location.startswith(_REMOTE):
        reason, detail = SkipReason.REMOTE_STACK, location if isinstance(location, str) else ""
        return SkippedResource(logical_id=full_path, type=kind, reason=reason, detail=detail, origin=origin)
    is_url = location.startswith("file://")
    path = place.beside_template(unquote(urlparse(location).path) if is_url else location)
    try:
        resolved, is_inside = path.resolve(), place.contains(path)
    except (OSError, ValueError, RuntimeError) as exc:
        raise NestedTemplateError(full_path, f"{exc}", path=origin.template, line=origin.line) from exc
    if not is_inside:
        reason, detail = SkipReason.OUTSIDE_PROJECT, f"{path}"
        return SkippedResource(logical_id=full_path, type=kind, reason=reason, detail=detail, origin=origin)
    parents = (*stack.parents, stack.path.resolve())
    if resolved in parents:
        problem = f"`{location}` is nested in itself"
        raise NestedTemplateError(full_path, problem, path=origin.template, line=origin.line)
    parameters = properties.get("Parameters")
    overrides = {f"{name}": value for name, value in parameters.items()} if isinstance(parameters, dict) else {}
    return Stack(path=path, full_path=full_path, overrides=overrides, parents=parents)


def _template(document: Document) -> Mapping[object, object]:
    template = document.content
    if not isinstance(template, dict):
        kind = "empty" if template is None else f"a {type(template).__name__}"
        raise NotATemplateError(f"the file is {kind}, not a mapping", path=document.path)
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise NotATemplateError("there is no `Resources` mapping", path=document.path)
    return template


def _resources(template: Mapping[object, object]) -> Mapping[object, object]:
    resources = template.get("Resources")
    return resources if isinstance(resources, dict) else {}


def _resolve(intrinsics: Intrinsics, resource: Mapping[object, object]) -> Mapping[object, object]:
    try:
        resolved = intrinsics.resolve(resource)
    except UnresolvableError:
        return resource
    return resolved if isinstance(resolved, dict) else resource
