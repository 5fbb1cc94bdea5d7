"""Requirements: what a user writes, what a distribution's metadata says, and which of it holds on a target."""

from ca_vendor.requirement.inputs import (
    InputLine,
    Inputs,
    InputsError,
    TargetInputs,
    evaluate_inputs,
    read_inputs,
)
from ca_vendor.requirement.metadata import (
    CoreMetadata,
    MetadataError,
    active_requirements,
    parse_metadata,
    render_metadata_for_target,
)

__all__ = [
    "CoreMetadata",
    "InputLine",
    "Inputs",
    "InputsError",
    "MetadataError",
    "TargetInputs",
    "active_requirements",
    "evaluate_inputs",
    "parse_metadata",
    "read_inputs",
    "render_metadata_for_target",
]
