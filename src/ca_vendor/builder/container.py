"""Builds in the target's build image, for what has to be compiled."""

from dataclasses import replace
from pathlib import Path

from ca_vendor.builder.accepting import Made, accept_wheel
from ca_vendor.builder.conversation import Conversation
from ca_vendor.builder.engine import COMMANDS, ContainerEngine, ContainerEngineError, explain_engine_failure
from ca_vendor.builder.environment import build_settings
from ca_vendor.builder.errors import UnusableSourceError, WrongWheelError
from ca_vendor.builder.hints import backend_failure
from ca_vendor.builder.model import BuildSettings, BuiltWheel, Source
from ca_vendor.builder.payload import write_payload
from ca_vendor.builder.unpacking import unpack_archive
from ca_vendor.builder.workspace import Workspace, open_workspace
from ca_vendor.process import Command, running
from ca_vendor.target import Target

_INSIDE = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}


class ContainerBuilder:
    """Builds sources in containers without a network, which see the view of the index and nothing of this machine.

    Nothing is mounted: the source goes in through standard input; what was built, and connections to the view, come out
    of standard output. So it is the same for engines that run in a virtual machine, or elsewhere.

    Args:
        settings: of all builds of a run.
        engine: how to run build images.
        target: whose build image METADATA is made in.
    """

    confined = True

    def __init__(self, settings: BuildSettings, *, engine: ContainerEngine, target: Target) -> None:
        self._settings = settings
        self._engine = engine
        self._target = target

    def prepare_metadata(self, source: Source) -> bytes:
        """Return the METADATA that the source's backend makes.

        Raises:
            BuildError: the source cannot be used, its backend failed, or the image does not run.
            ProgramMissingError: there is no container engine.
        """
        with open_workspace(source) as workspace:
            return self._run(workspace, source, self._target, wheel=False).metadata(source.shown)

    def build_wheel(self, source: Source, destination: Path, *, target: Target) -> BuiltWheel:
        """Build a wheel that the target loads, in its build image.

        Raises:
            BuildError: the source cannot be used, its backend failed, or the image does not run.
            ForeignBinaryError: the wheel that came of it is for another machine.
            ProgramMissingError: there is no container engine.
        """
        with open_workspace(source) as workspace:
            path = self._run(workspace, source, target, wheel=True).wheel(source.shown)
            made = Made(path=path, source=source, confined=self.confined, in_container=True)
            return accept_wheel(made, destination, target=target)

    def _run(self, workspace: Workspace, source: Source, target: Target, *, wheel: bool) -> Workspace:
        """Run one build; return where what came out of it is."""
        port = self._settings.port
        payload, result = workspace.root / "payload.tar", workspace.root / "result.tar.gz"
        workspace.write_request(wheel=wheel, paths=())
        environment = build_settings(self._settings.index_url) | _INSIDE
        write_payload(payload, workspace, target=target, port=port, environment=environment)
        command = Command(
            argv=self._engine.argv(target),
            environment=self._engine.environment(),
            directory=workspace.home,
            missing_hint=f"install one of {', '.join(COMMANDS)}, or name the command of yours",
        )
        with running(command) as process:
            conversation = Conversation(process, port=port, result=result)
            complete = conversation.run(payload, abort=self._settings.abort)
        if not complete:
            problem, hint = explain_engine_failure(self._engine, target, conversation.output)
            raise ContainerEngineError(source.shown, problem, conversation.output, hint=hint)
        received = _receive(workspace, result, source.shown)
        if received.read_answer():
            raise backend_failure(source, received, conversation.output, self._settings)
        return received


def _receive(workspace: Workspace, result: Path, shown: str) -> Workspace:
    directory = workspace.root / "received"
    directory.mkdir()
    try:
        unpack_archive(result, directory, shown=shown)
    except UnusableSourceError as error:
        raise WrongWheelError(shown, error.problem) from error
    return replace(workspace, output=directory / "output")
