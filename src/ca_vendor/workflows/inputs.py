"""What a bundle asks for, on its target."""

from ca_vendor.config import Settings
from ca_vendor.requirement import TargetInputs, evaluate_inputs, read_inputs
from ca_vendor.selection import Formats
from ca_vendor.workflows.project import Bundle, Project


def read_bundle_inputs(project: Project, bundle: Bundle) -> TargetInputs:
    """Return what a bundle's requirements.in asks for on its target.

    Raises:
        InputError: it cannot be read, or a line of it cannot be used.
    """
    return evaluate_inputs(read_inputs(bundle.requirements, root=project.root), bundle.target)


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
