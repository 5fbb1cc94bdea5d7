"""Builds on this machine, with the Python that runs us."""

import sys
from functools import cached_property
from pathlib import Path

from ca_vendor.builder.accepting import Made, accept_wheel
from ca_vendor.builder.confinement import Surroundings, can_confine, import_paths, run_confined
from ca_vendor.builder.environment import build_environment
from ca_vendor.builder.hints import backend_failure
from ca_vendor.builder.model import BuildSettings, BuiltWheel, Source
from ca_vendor.builder.workspace import Workspace, open_workspace
from ca_vendor.process import Command, forbid_inspection, run_command
from ca_vendor.target import Target

FRONTEND = Path(__file__).with_name("frontend.py")


class HostBuilder:
    """Builds sources on this machine.

    Args:
        settings: of all builds of a run.
    """

    def __init__(self, settings: BuildSettings) -> None:
        self._settings = settings
        self._surroundings = Surroundings(port=settings.port, hidden=settings.hidden)
        # Where there are no namespaces, our own environment must not be there to be read by whoever is the same user.
        forbid_inspection()

    @cached_property
    def confined(self) -> bool:
        """Whether builds see neither the network nor the user's files, which not every system allows."""
        return self._settings.confine and can_confine(self._settings.hidden)

    def prepare_metadata(self, source: Source) -> bytes:
        """Return the METADATA that the source's backend makes.

        Raises:
            BuildError: the source cannot be used, or its backend failed.
        """
        with open_workspace(source) as workspace:
            self._run(workspace, source, wheel=False)
            return workspace.metadata(source.shown)

    def build_wheel(self, source: Source, destination: Path, *, target: Target) -> BuiltWheel:
        """Build a wheel that the target loads.

        Raises:
            BuildError: the source cannot be used, or its backend failed.
            ForeignBinaryError: the wheel that came of it is for another machine.
        """
        with open_workspace(source) as workspace:
            self._run(workspace, source, wheel=True)
            made = Made(path=workspace.wheel(source.shown), source=source, confined=self.confined)
            return accept_wheel(made, destination, target=target)

    def _run(self, workspace: Workspace, source: Source, *, wheel: bool) -> None:
        command = Command(
            argv=(sys.executable, "-I", str(FRONTEND), str(workspace.write_request(wheel=wheel, paths=import_paths()))),
            environment=build_environment(workspace.home, self._settings.index_url),
            directory=workspace.home,
        )
        abort = self._settings.abort
        if self.confined:
            completed = run_confined(command, self._surroundings, scratch=workspace.root, abort=abort)
        else:
            completed = run_command(command, abort=abort)
        if completed.returncode != 0:
            raise backend_failure(source, workspace, completed.output + completed.errors, self._settings)
