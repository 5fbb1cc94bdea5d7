"""Reads SAM templates: which functions and layers `sam build` builds from Python sources, and from where."""

from ca_vendor.sam.build_arguments import BuildArguments, parse_build_arguments
from ca_vendor.sam.container_engine import container_engine_problem
from ca_vendor.sam.errors import (
    LoopError,
    NestedTemplateError,
    NotATemplateError,
    ParameterOverridesError,
    SamConfigError,
    TemplateError,
    TemplateNotFoundError,
    TemplateSyntaxError,
    TemplateTooLargeError,
)
from ca_vendor.sam.links import render_links
from ca_vendor.sam.offline import (
    CACHE_DIRECTORY,
    NEVER_SHIPPED,
    container_environment,
    foreign_variables,
    offline_environment,
    other_sources,
    private_environment,
)
from ca_vendor.sam.overrides import parse_parameter_overrides
from ca_vendor.sam.profiles import absent_profile_variables
from ca_vendor.sam.resources import (
    CodeResource,
    ImageResource,
    Origin,
    ResourceKind,
    SkippedResource,
    SkipReason,
    Workflow,
)
from ca_vendor.sam.samconfig import find_samconfig, read_samconfig
from ca_vendor.sam.settings import BuildSettings
from ca_vendor.sam.template import Template, read_template
from ca_vendor.sam.wheel_filter import refusal

__all__ = [
    "CACHE_DIRECTORY",
    "NEVER_SHIPPED",
    "BuildArguments",
    "BuildSettings",
    "CodeResource",
    "ImageResource",
    "LoopError",
    "NestedTemplateError",
    "NotATemplateError",
    "Origin",
    "ParameterOverridesError",
    "ResourceKind",
    "SamConfigError",
    "SkipReason",
    "SkippedResource",
    "Template",
    "TemplateError",
    "TemplateNotFoundError",
    "TemplateSyntaxError",
    "TemplateTooLargeError",
    "Workflow",
    "absent_profile_variables",
    "container_engine_problem",
    "container_environment",
    "find_samconfig",
    "foreign_variables",
    "offline_environment",
    "other_sources",
    "parse_build_arguments",
    "parse_parameter_overrides",
    "private_environment",
    "read_samconfig",
    "read_template",
    "refusal",
    "render_links",
]
