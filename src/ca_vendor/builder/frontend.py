"""Runs a build backend with `build`; a program of its own, on whatever Python the backend is to run on.

It imports nothing of ca-vendor, and runs on every Python that `build` does: in a build image there is neither
ca-vendor nor its Python. Its one argument is the path of a JSON object with

- ``source``: the project's directory;
- ``output``: an empty directory for the wheel, or for the directory that METADATA is in;
- ``paths``: directories that hold `build` and what it needs, where Python does not look by itself;
- ``wheel``: whether to build a wheel, rather than METADATA alone;
- ``answer``: where to write a JSON object that says which step failed, and how; empty when none did.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FAILED = 1


def main():  # type: () -> int
    """Do what the request says; return the exit code."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    os.umask(0o022)
    paths = [path for path in request["paths"] if path not in sys.path]
    if paths:
        sys.path += paths
        os.environ["PYTHONPATH"] = pip_alone(paths)
    # `build` tells what the programs it ran have written, where they failed, through its logger.
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    answer = run(request)
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")
    return FAILED if answer else 0


def pip_alone(paths):  # type: (list[str]) -> str
    """Return a directory with pip and nothing else, for the pip that `build` runs as a process.

    What else lies beside it would seem to be installed already, and then be missing in the build environment.
    """
    directory = Path(tempfile.mkdtemp())
    for path in map(Path, paths):
        for entry in (path / "pip", *path.glob("pip-*.dist-info")):
            if entry.is_dir() and not (directory / entry.name).exists():
                (directory / entry.name).symlink_to(entry)
    return str(directory)


def run(request):  # type: (dict[str, str]) -> dict[str, str]
    """Run the backend; return what failed."""
    import build
    import build.env

    step = "environment"
    try:
        with build.env.DefaultIsolatedEnv(installer="pip") as environment:
            step = "source"
            builder = build.ProjectBuilder.from_isolated_env(environment, request["source"])
            step = "requirements"
            environment.install(builder.build_system_requires)
            step = "backend"
            requires = builder.get_requires_for_build("wheel")
            step = "requirements"
            environment.install(requires)
            step = "backend"
            if request["wheel"]:
                builder.build("wheel", request["output"])
            else:
                builder.metadata_path(request["output"])
    except (build.BuildException, build.BuildBackendException, build.FailedProcessError) as error:
        return {"step": step, "problem": str(error)}
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        return {"step": step, "problem": type(error).__name__}
    return {}


if __name__ == "__main__":
    sys.exit(main())
