"""Says what SAM CLI itself would build from templates; run by the interpreter that SAM CLI is installed for.

Standard input: a JSON list of cases, each with ``name``, ``template``, ``overrides``, ``base_directory``, ``region``
and ``language_extensions``. Standard output: a JSON object of each case's name to its resources, or to what was raised.
"""

import json
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from samcli.cli.types import CfnParameterOverridesType  # type: ignore[import-not-found]
from samcli.commands.build.build_context import BuildContext  # type: ignore[import-not-found]
from samcli.lib.build.workflow_config import (  # type: ignore[import-not-found]
    get_layer_subfolder,
    get_workflow_config,
)
from samcli.lib.utils.packagetype import IMAGE  # type: ignore[import-not-found]


def main() -> None:
    # SAM CLI logs to standard output here and there.
    logging.disable(logging.CRITICAL)
    cases = json.load(sys.stdin)
    json.dump({case["name"]: judge(case) for case in cases}, sys.stdout)


def judge(case: dict[str, Any]) -> dict[str, Any]:
    # Where SAM CLI is run from makes a difference to it when a template is a symbolic link.
    os.chdir(Path(case["template"]).parent)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with BuildContext(
                None,
                case["template"],
                case["base_directory"],
                f"{scratch}/build",
                f"{scratch}/cache",
                cached=False,
                parallel=False,
                mode=None,
                parameter_overrides=CfnParameterOverridesType().convert(case["overrides"], None, None),
                aws_region=case["region"],
                language_extensions=case["language_extensions"],
            ) as context:
                built = context.resources_to_build
                return {
                    "resources": [
                        *(row for f in built.functions if (row := function(f, context.base_dir))),
                        *(row for layer_ in built.layers if (row := layer(layer_, context.base_dir))),
                    ],
                    "images": [image(f, context.base_dir) for f in built.functions if is_image(f)],
                }
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is the answer
            return {"raised": f"{type(exc).__name__}: {exc}"}


def is_image(function_: Any) -> bool:
    return bool(function_.packagetype == IMAGE and (function_.metadata or {}).get("DockerContext"))


def function(function_: Any, base: str) -> dict[str, Any] | None:
    if function_.packagetype == IMAGE:
        return None
    method = (function_.metadata or {}).get("BuildMethod")
    return row(function_, base, kind="function", runtime=function_.runtime, method=method)


def layer(layer_: Any, base: str) -> dict[str, Any]:
    method = layer_.build_method
    runtime = (layer_.compatible_runtimes or [None])[0] if method == "makefile" else method
    return row(layer_, base, kind="layer", runtime=runtime, method=method)


def row(resource: Any, base: str, *, kind: str, runtime: Any, method: Any) -> dict[str, Any]:
    directory = str(Path(base, resource.codeuri).resolve())
    return {
        "logical_id": resource.full_path,
        "kind": kind,
        "code_directory": directory,
        "runtime": runtime,
        "architecture": architecture(resource),
        "build_method": method,
        "workflow": workflow(kind, runtime, directory, method),
    }


def architecture(resource: Any) -> Any:
    try:
        if not hasattr(resource, "architecture"):
            return resource.build_architecture
        stated = getattr(resource, "architectures", None)
        # What is undecided would become the text of a Python object.
        return resource.architecture if not stated or isinstance(stated[0], str) else {"undecided": True}
    except Exception as exc:  # noqa: BLE001 - SAM CLI refuses it, or trips over it
        return {"raised": type(exc).__name__}


def workflow(kind: str, runtime: Any, directory: str, method: Any) -> str:
    try:
        if kind == "layer":
            get_layer_subfolder(method)
        config = get_workflow_config(runtime if kind == "function" else None, directory, directory, method)
    except Exception as exc:  # noqa: BLE001 - SAM CLI refuses it, or trips over it
        return f"raised {type(exc).__name__}"
    return f"{config.language}-{config.dependency_manager}"


def image(function_: Any, base: str) -> dict[str, Any]:
    return {
        "logical_id": function_.full_path,
        "context_directory": str(Path(base, function_.metadata["DockerContext"]).resolve()),
        "dockerfile": function_.metadata["Dockerfile"],
        "architecture": architecture(function_),
    }


if __name__ == "__main__":
    main()
