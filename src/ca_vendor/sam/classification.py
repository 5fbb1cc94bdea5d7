"""Decides what one resolved resource is to `sam build`."""

import re
from collections.abc import Mapping
from pathlib import Path

from ca_vendor.sam.places import Place
from ca_vendor.sam.resources import (
    CodeResource,
    ImageResource,
    Origin,
    Resource,
    ResourceKind,
    SkippedResource,
    SkipReason,
    Workflow,
)

_FUNCTION_CODE: Mapping[object, str] = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::WebFunction": "CodeUri",
    "AWS::Lambda::Function": "Code",
}
_LAYER_CODE: Mapping[object, str] = {
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::LayerVersion": "Content",
}
_WEB_FUNCTION = "AWS::Serverless::WebFunction"
_OTHER_RUNTIME = re.compile(r"(nodejs|java|ruby|dotnet|go|provided)[0-9.]")
_RUNTIME_METHOD = re.compile(r"python3\.[0-9]+")
_ECR_IMAGE = re.compile(
    r"(?:[a-zA-Z0-9][\w-]*\.dkr\.ecr\.[a-zA-Z0-9][\w-]*\.amazonaws\.com(?:\.cn)?|localhost(?::\d{1,5})?|127\.0\.0\.1(?::\d{1,5})?)/"
    r"[a-z0-9]"
)
_DEFAULT_ARCHITECTURE = "x86_64"


class _Skip(Exception):  # noqa: N818 - ends the look at one resource, and is no error
    def __init__(self, reason: SkipReason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def is_buildable_type(kind: object) -> bool:
    """Whether a resource type is one that `sam build` may build."""
    return isinstance(kind, str) and (kind in _FUNCTION_CODE or kind in _LAYER_CODE)


def classify(full_path: str, resource: Mapping[object, object], *, place: Place, origin: Origin) -> Resource:
    """Decide what a resolved function or layer is.

    Args:
        full_path: the resource's full path.
        resource: its declaration, Globals merged, metadata normalized, intrinsic functions resolved.
        place: where its paths lead.
        origin: where it is declared.
    """
    view = _View(full_path, resource, place, origin)
    try:
        if resource.get("Type") in _LAYER_CODE:
            return _layer(view)
        if view.properties.get("PackageType", "Zip") == "Image":
            return _image(view)
        return _function(view)
    except _Skip as skip:
        return SkippedResource(
            logical_id=full_path,
            type=f"{resource.get('Type')}",
            reason=skip.reason,
            detail=skip.detail,
            origin=origin,
        )


class _View:
    """A resource, its parts at hand."""

    def __init__(self, full_path: str, resource: Mapping[object, object], place: Place, origin: Origin) -> None:
        properties, metadata = resource.get("Properties"), resource.get("Metadata")
        self.full_path = full_path
        self.type = resource.get("Type")
        self.properties: dict[object, object] = properties if isinstance(properties, dict) else {}
        self.metadata: dict[object, object] = metadata if isinstance(metadata, dict) else {}
        self.place = place
        self.origin = origin

    def directory(self, stated: str) -> Path:
        try:
            directory = self.place.code(stated)
        except (OSError, ValueError, RuntimeError):
            raise _Skip(SkipReason.UNDECIDED, f"`{stated}` is no path") from None
        if not self.place.contains(directory):
            raise _Skip(SkipReason.OUTSIDE_PROJECT, f"{directory}")
        return directory

    def code(self, key: str) -> str:
        """The path of the code as stated; the template's directory where the template does not decide it."""
        code = self.properties.get(key, ".")
        if _is_in_s3(code):
            raise _Skip(SkipReason.CODE_IN_S3)
        if not isinstance(code, str):
            return "."
        if code.endswith(".zip"):
            raise _Skip(SkipReason.PREBUILT_ARCHIVE, code)
        return code

    def build_method(self) -> str | None:
        method = self.metadata.get("BuildMethod")
        if method and not isinstance(method, str):
            raise _Skip(SkipReason.UNDECIDED, "BuildMethod")
        return method if isinstance(method, str) and method else None


def _function(view: _View) -> CodeResource:
    key = _FUNCTION_CODE[view.type]
    if _is_in_s3(view.properties.get(key)):
        raise _Skip(SkipReason.CODE_IN_S3)
    if _is_inline(view):
        raise _Skip(SkipReason.INLINE_CODE)
    code = view.code(key)
    if view.metadata.get("SkipBuild"):
        raise _Skip(SkipReason.SKIP_BUILD)
    runtime = _python_runtime(view.properties.get("Runtime"))
    method = view.build_method()
    return CodeResource(
        logical_id=view.full_path,
        kind=ResourceKind.FUNCTION,
        code_directory=view.directory(code),
        runtime=runtime,
        architecture=_function_architecture(view),
        build_method=method,
        workflow=_workflow(method),
        origin=view.origin,
    )


def _layer(view: _View) -> CodeResource:
    code = view.code(_LAYER_CODE[view.type])
    method = view.build_method()
    if method is None:
        raise _Skip(SkipReason.NO_BUILD_METHOD)
    if view.metadata.get("SkipBuild"):
        raise _Skip(SkipReason.SKIP_BUILD)
    workflow = _workflow(method)
    if workflow is Workflow.UV:
        raise _Skip(SkipReason.OTHER_BUILD_METHOD, "`python-uv`, which SAM CLI has for functions only")
    runtime = method if workflow is Workflow.PIP else _first_runtime(view.properties.get("CompatibleRuntimes"))
    return CodeResource(
        logical_id=view.full_path,
        kind=ResourceKind.LAYER,
        code_directory=view.directory(code),
        runtime=_python_runtime(runtime),
        architecture=_architecture(view.metadata.get("BuildArchitecture", _DEFAULT_ARCHITECTURE)),
        build_method=method,
        workflow=workflow,
        compatible_architectures=_texts(view.properties.get("CompatibleArchitectures")),
        origin=view.origin,
    )


def _image(view: _View) -> ImageResource:
    if view.type == "AWS::Serverless::Function" and view.properties.get("InlineCode"):
        raise _Skip(SkipReason.INLINE_CODE)
    if view.metadata.get("SkipBuild"):
        raise _Skip(SkipReason.SKIP_BUILD)
    context, dockerfile = view.metadata.get("DockerContext"), view.metadata.get("Dockerfile")
    if context == "" and view.place.base_directory is None:
        context = "."
    image = view.properties.get("ImageUri") or view.properties.get("Code")
    image = image.get("ImageUri") if isinstance(image, dict) else image
    if not context or not dockerfile:
        raise _Skip(SkipReason.PREBUILT_IMAGE, image if isinstance(image, str) else "")
    if not isinstance(context, str) or not isinstance(dockerfile, str):
        raise _Skip(SkipReason.UNDECIDED, "DockerContext or Dockerfile")
    # An image that is a file is loaded, whatever the metadata says.
    if isinstance(image, str) and not _ECR_IMAGE.match(image) and _is_file(view.place.beside_template(image)):
        raise _Skip(SkipReason.PREBUILT_IMAGE, image)
    return ImageResource(
        logical_id=view.full_path,
        context_directory=view.directory(context),
        dockerfile=dockerfile,
        architecture=_function_architecture(view),
        origin=view.origin,
    )


def _is_inline(view: _View) -> bool:
    if view.type == "AWS::Serverless::Function":
        return bool(view.properties.get("InlineCode"))
    code = view.properties.get("Code")
    return view.type == "AWS::Lambda::Function" and isinstance(code, dict) and bool(code.get("ZipFile"))


def _is_in_s3(code: object) -> bool:
    if isinstance(code, dict):
        return "S3Bucket" in code or "Bucket" in code
    return isinstance(code, str) and code.startswith("s3://")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _python_runtime(runtime: object) -> str:
    if runtime is None or runtime == "":
        raise _Skip(SkipReason.NO_RUNTIME)
    if not isinstance(runtime, str):
        raise _Skip(SkipReason.UNDECIDED, "Runtime")
    if _OTHER_RUNTIME.match(runtime):
        raise _Skip(SkipReason.OTHER_RUNTIME, runtime)
    return runtime


def _workflow(method: str | None) -> Workflow:
    if method is None or _RUNTIME_METHOD.fullmatch(method):
        return Workflow.PIP
    match method:
        case "python-uv":
            return Workflow.UV
        case "makefile":
            return Workflow.MAKEFILE
    raise _Skip(SkipReason.OTHER_BUILD_METHOD, method)


def _function_architecture(view: _View) -> str:
    stated = view.properties.get("Architectures")
    # SAM CLI builds web functions for one architecture, whatever they state.
    if not stated or view.type == _WEB_FUNCTION:
        return _DEFAULT_ARCHITECTURE
    if not isinstance(stated, list) or len(stated) != 1:
        raise _Skip(SkipReason.UNDECIDED, "Architectures")
    return _architecture(stated[0])


def _architecture(stated: object) -> str:
    if not isinstance(stated, str):
        raise _Skip(SkipReason.UNDECIDED, "the architecture")
    return stated


def _first_runtime(runtimes: object) -> object:
    if not runtimes:
        return None
    return runtimes[0] if isinstance(runtimes, list) else runtimes


def _texts(values: object) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()
