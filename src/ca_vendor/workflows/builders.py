"""Which builder a run uses, opened."""

from ca_vendor.builder import DEFAULT_IMAGE, Builder, BuildSettings, ContainerBuilder, ContainerEngine, HostBuilder
from ca_vendor.target import Target
from ca_vendor.workflows.builds import CONTAINER, Builds
from ca_vendor.workflows.session import Session
from ca_vendor.workflows.sources import RoutedIndex


def open_builds(session: Session, index: RoutedIndex, name: str) -> Builds:
    """Return the builds of a run.

    Args:
        session: the run.
        index: where build requirements come from.
        name: of the builder.
    """
    project, settings = session.project, session.project.settings
    engine = ContainerEngine(
        command=settings.container_command or "",
        image=settings.build_image or DEFAULT_IMAGE,
    )

    def open_builder(settings: BuildSettings, target: Target) -> Builder:
        if name == CONTAINER:
            return ContainerBuilder(settings, engine=engine, target=target)
        return HostBuilder(settings)

    hidden = (project.root, session.store.directory)
    return Builds(index=index, store=session.store, open_builder=open_builder, name=name, hidden=hidden)
