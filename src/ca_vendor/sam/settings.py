"""What `sam build` is set to, as far as it decides what is built."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """Options of `sam build`.

    Attributes:
        template_file: the template; `None` for `template.yaml` and its kin.
        parameter_overrides: values of the root template's parameters.
        base_directory: what code paths of all stacks are relative to; `None` for each template's own directory.
        manifest: the one requirements file of all functions; `None` for each one's own.
        region: the value of `AWS::Region` in all stacks; `None` for SAM CLI's made-up one.
        language_extensions: whether the `AWS::LanguageExtensions` transform is run. SAM CLI has it off unless
            `--language-extensions` or its environment variable turn it on, and then cannot read a template with loops.
        use_container: whether builds run in a container.
        container_environment: variables of the containers, each `NAME=VALUE` or `RESOURCE.NAME=VALUE`.
    """

    template_file: Path | None = None
    parameter_overrides: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    base_directory: Path | None = None
    manifest: Path | None = None
    region: str | None = None
    language_extensions: bool = True
    use_container: bool = False
    container_environment: tuple[str, ...] = ()
