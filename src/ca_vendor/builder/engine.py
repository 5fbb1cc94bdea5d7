"""The user's container engine, by its command: docker, finch or podman, which take the same arguments."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from ca_vendor.builder.errors import BuildError
from ca_vendor.builder.inside import BOOTSTRAP
from ca_vendor.process import client_environment
from ca_vendor.target import Architecture, Target

COMMANDS = ("docker", "finch", "podman")

DEFAULT_IMAGE = "public.ecr.aws/sam/build-{runtime}:latest-{architecture}"
"""SAM's own build images, under the names that `sam build --use-container` pulls."""

_SETTINGS = (
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "CONTAINER_HOST",
    "CONTAINERS_CONF",
    "CONTAINERS_STORAGE_CONF",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
)
"""Where the engine's command looks for its engine."""

_PLATFORMS = {Architecture.ARM64: "linux/arm64", Architecture.X86_64: "linux/amd64"}
_SHOWN_LINES = 8

# The image's Python of the target's version, where it goes by that name; whatever it is, it is asked what it is.
_START = 'exec "$(command -v "$1" || command -v python3 || echo python3)" -I -c "$2"'


class ContainerEngineError(BuildError):
    """The container engine is missing, or did not run the image."""

    def __init__(self, shown: str, problem: str, output: str, *, hint: str) -> None:
        lines = [line.rstrip() for line in output.splitlines() if line.strip()]
        message = f"`{shown}` cannot be built in a container: {problem}"
        super().__init__(shown, message, details=tuple(lines[-_SHOWN_LINES:]), hint=hint)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerEngine:
    """How to run build images.

    Attributes:
        command: ``docker``, ``finch``, ``podman`` or the path of one; empty for the first there is.
        image: the build image; ``{runtime}`` and ``{architecture}`` in it are the target's.
    """

    command: str = ""
    image: str = DEFAULT_IMAGE

    def image_of(self, target: Target) -> str:
        """Return the name of the target's build image."""
        return self.image.replace("{runtime}", target.runtime).replace("{architecture}", target.architecture.value)

    def argv(self, target: Target) -> list[str]:
        """Return the command that runs the target's build image: no network, no rights, nothing mounted."""
        command = self.command or next(filter(shutil.which, COMMANDS), COMMANDS[0])
        options = ["--rm", "--interactive", "--network", "none", "--platform", _PLATFORMS[target.architecture]]
        options += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--entrypoint", "/bin/sh"]
        return [command, "run", *options, self.image_of(target), "-c", _START, "sh", target.runtime, BOOTSTRAP]

    def environment(self) -> Mapping[str, str]:
        """Return what the engine's command gets of our environment: enough to find its engine, and no AWS variable."""
        return client_environment(_SETTINGS)


def explain_engine_failure(engine: ContainerEngine, target: Target, output: str) -> tuple[str, str]:
    """Return what went wrong, and what to do, where an image did not run.

    Args:
        engine: that was to run it.
        target: whose image it was.
        output: what its command wrote to standard error.
    """
    image, platform, text = engine.image_of(target), _PLATFORMS[target.architecture], output.lower()
    if re.search("exec format error|does not match the (specified|detected) platform|no matching manifest", text):
        emulation = "`docker run --privileged --rm tonistiigi/binfmt --install all`"
        hint = f"let it run {platform}, as {emulation} does, or build on a machine of that kind"
        return f"this machine does not run `{image}` ({platform})", hint
    if re.search("(python|sh).*: not found", text):
        return f"`{image}` has no Python", "name another image"
    if re.search("unable to find image|pull access denied|manifest unknown|no such image", text):
        return f"there is no image `{image}`", "pull it, or name another"
    if re.search("cannot connect to|is the docker daemon running|connection refused|permission denied.*sock", text):
        return "the engine does not answer", "start it, and see that you may use it"
    return f"`{image}` did not run", "see that the engine runs it, and that it has a Python"
