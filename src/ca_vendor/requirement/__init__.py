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
    active_exclusions,
    active_requirements,
    parse_metadata,
    render_metadata_for_target,
)
from ca_vendor.requirement.parsing import parse_requirement
from ca_vendor.requirement.pyproject import (
    PROJECT_FILE,
    Chosen,
    ProjectFileError,
    has_project_table,
    read_project_inputs,
)
from ca_vendor.requirement.reading import read_inputs
from ca_vendor.requirement.references import (
    DirectRequirement,
    GitReference,
    PathReference,
    Reference,
    UrlReference,
)

__all__ = [
    "PROJECT_FILE",
    "Chosen",
    "CoreMetadata",
    "DirectLine",
    "DirectRequirement",
    "GitReference",
    "InputLine",
    "Inputs",
    "InputsError",
    "MetadataError",
    "PathReference",
    "ProjectFileError",
    "Reference",
    "TargetInputs",
    "UrlReference",
    "active_exclusions",
    "active_requirements",
    "evaluate_inputs",
    "has_project_table",
    "parse_metadata",
    "parse_requirement",
    "read_inputs",
    "read_project_inputs",
    "render_metadata_for_target",
]
