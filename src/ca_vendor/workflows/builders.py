"""Which builder a run uses, opened."""

from ca_vendor.builder import Builder, BuildSettings, HostBuilder
from ca_vendor.target import Target
from ca_vendor.workflows.builds import Builds
from ca_vendor.workflows.session import Session
from ca_vendor.workflows.sources import RoutedIndex


def open_builds(session: Session, index: RoutedIndex, name: str) -> Builds:
    """Return the builds of a run.

    Args:
        session: the run.
        index: where build requirements come from.
        name: of the builder.
    """
    project = session.project

    def open_builder(settings: BuildSettings, _target: Target) -> Builder:
        return HostBuilder(settings)

    return Builds(index=index, store=session.store, open_builder=open_builder, name=name, hidden=(project.root,))
