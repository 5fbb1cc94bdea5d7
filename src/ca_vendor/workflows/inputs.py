"""What a bundle asks for, on its target."""

from dataclasses import replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ca_vendor.config import Settings
from ca_vendor.requirement import (
    PROJECT_FILE,
    Chosen,
    Inputs,
    ProjectFileError,
    TargetInputs,
    evaluate_inputs,
    read_inputs,
    read_project_inputs,
)
from ca_vendor.selection import Formats
from ca_vendor.workflows.project import Bundle, Project
from ca_vendor.workflows.workspace import read_workspace


def read_bundle_inputs(project: Project, bundle: Bundle) -> TargetInputs:
    """Return what a bundle's requirements.in or pyproject.toml asks for on its target.

    Raises:
        InputError: it cannot be read, a line of it cannot be used, or it is not for the target's Python.
    """
    if bundle.requirements.name == PROJECT_FILE:
        inputs = read_project_inputs(
            bundle.requirements,
            root=project.root,
            chosen=Chosen(extras=bundle.extras, groups=bundle.groups),
            members=read_workspace(project.settings),
        )
        _require_python(inputs, bundle)
    else:
        inputs = read_inputs(bundle.requirements, root=project.root)
    return replace(evaluate_inputs(inputs, bundle.target).without(bundle.exclude), provider=bundle.provided_by)


def _require_python(inputs: Inputs, bundle: Bundle) -> None:
    try:
        specifier = SpecifierSet(inputs.requires_python)
    except InvalidSpecifier as error:
        problem = f"`requires-python` is no specifier: `{inputs.requires_python}`"
        raise ProjectFileError(bundle.requirements, problem, hint="such as `>=3.12`") from error
    if not specifier.contains(bundle.target.python_full_version, prereleases=True):
        raise ProjectFileError(
            bundle.requirements,
            f"it is for Python {specifier}, and {bundle.target} has {bundle.target.python_full_version}",
            hint="mend its `requires-python`, or the function's runtime",
        )


def configured_formats(settings: Settings) -> Formats:
    """Return which kinds of files the configuration wants used."""
    return Formats(only_binary=settings.only_binary, no_binary=settings.no_binary)


def wanted_formats(said: Formats, inputs: TargetInputs) -> Formats:
    """Return which kinds of files a bundle may use: what its requirements.in says outweighs the rest.

    Args:
        said: what configuration and the command line say.
        inputs: of the bundle.
    """
    return Formats(
        only_binary=said.only_binary - inputs.no_binary | inputs.only_binary,
        no_binary=said.no_binary - inputs.only_binary | inputs.no_binary,
    )
