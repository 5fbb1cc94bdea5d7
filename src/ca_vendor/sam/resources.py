"""What a template's resources are to a build: Python sources, an image, or nothing of ours, with the reason."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class ResourceKind(Enum):
    """What a directory of Python sources becomes."""

    FUNCTION = "function"
    LAYER = "layer"


class Workflow(Enum):
    """How `sam build` installs a resource's requirements."""

    PIP = "pip"
    UV = "uv"
    MAKEFILE = "makefile"


class SkipReason(Enum):
    """Why a function, layer or nested stack is not built from Python sources."""

    OTHER_RUNTIME = "its runtime is not Python"
    NO_RUNTIME = "it names no runtime"
    INLINE_CODE = "its code stands in the template"
    CODE_IN_S3 = "its code is in S3"
    PREBUILT_ARCHIVE = "its code is an archive that is already built"
    PREBUILT_IMAGE = "its image is already built, or no Dockerfile is named"
    SKIP_BUILD = "its metadata says SkipBuild"
    NO_BUILD_METHOD = "a layer without BuildMethod is not built"
    OTHER_BUILD_METHOD = "its build method is not one for Python"
    REMOTE_STACK = "its template is not a local file"
    OUTSIDE_PROJECT = "it lies outside of the project"
    UNDECIDED = "a property it depends on is decided only at deployment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a resource is declared.

    Attributes:
        template: the template file.
        line: the line of its logical ID, from 1; `None` for JSON and for resources that a loop generates.
    """

    template: Path
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeResource:
    """A function or layer that `sam build` builds from a directory of Python sources.

    Attributes:
        logical_id: its full path, such as `Orders` or `Billing/Invoices` in a nested stack, as SAM CLI prints it.
        kind: function or layer.
        code_directory: the directory of its sources, absolute; it need not exist.
        runtime: as the template states it, such as `python3.12`; whether Lambda has it is not judged here.
        architecture: as the template states it; `x86_64` where it does not.
        build_method: the `BuildMethod` of its metadata; `None` where there is none.
        workflow: how its requirements are installed.
        compatible_architectures: a layer's `CompatibleArchitectures`, which do not decide what it is built for.
        origin: where it is declared.
    """

    logical_id: str
    kind: ResourceKind
    code_directory: Path
    runtime: str
    architecture: str
    build_method: str | None
    workflow: Workflow
    compatible_architectures: tuple[str, ...] = ()
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResource:
    """A function that `sam build` builds as a container image; the Dockerfile decides its runtime.

    Attributes:
        logical_id: its full path.
        context_directory: the build context, absolute.
        dockerfile: the Dockerfile's path within the context.
        architecture: as for a `CodeResource`.
        origin: where it is declared.
    """

    logical_id: str
    context_directory: Path
    dockerfile: str
    architecture: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedResource:
    """A function, layer or nested stack with nothing to install for Python.

    Attributes:
        logical_id: its full path.
        type: its resource type, such as `AWS::Serverless::Function`.
        reason: why it is skipped.
        detail: the value that decided it; empty where the reason says it all.
        origin: where it is declared.
    """

    logical_id: str
    type: str
    reason: SkipReason
    detail: str = ""
    origin: Origin


Resource = CodeResource | ImageResource | SkippedResource
