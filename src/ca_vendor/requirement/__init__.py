"""Requirements: what a user writes, what a distribution's metadata says, and which of it holds on a target."""

from ca_vendor.requirement.inputs import (
    DirectLine,
    InputLine,
    Inputs,
    InputsError,
    TargetInputs,
    evaluate_inputs,
)
from ca_vendor.requirement.metadata import (
    CoreMetadata,
    MetadataError,
    active_requirements,
    parse_metadata,
    render_metadata_for_target,
)
from ca_vendor.requirement.parsing import parse_requirement
from ca_vendor.requirement.reading import read_inputs
from ca_vendor.requirement.references import (
    DirectRequirement,
    GitReference,
    PathReference,
    Reference,
    UrlReference,
)

__all__ = [
    "CoreMetadata",
    "DirectLine",
    "DirectRequirement",
    "GitReference",
    "InputLine",
    "Inputs",
    "InputsError",
    "MetadataError",
    "PathReference",
    "Reference",
    "TargetInputs",
    "UrlReference",
    "active_requirements",
    "evaluate_inputs",
    "parse_metadata",
    "parse_requirement",
    "read_inputs",
    "render_metadata_for_target",
]
