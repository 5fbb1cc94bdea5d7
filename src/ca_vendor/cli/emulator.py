"""The ``emulator`` command."""

from pathlib import Path

import click


@click.command(
    name="emulator",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Examples:\n\n"
    "\b\n"
    "  ca-vendor emulator --packages dist                  private packages, the public index behind\n"
    "  ca-vendor emulator --packages dist --upstream none  private packages alone",
)
@click.option(
    "--packages",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar="DIR",
    help="Publish the wheels and sdists of this directory, at any depth. Repeatable.",
)
@click.option("--domain", default="acme", show_default=True, help="The domain's name.")
@click.option("--repository", default="python", show_default=True, help="The repository's name.")
@click.option("--owner", default="111122223333", show_default=True, help="The account that owns the domain.")
@click.option("--region", default="us-east-1", show_default=True, help="The region in names and hosts.")
@click.option("--port", default=0, help="The port on 127.0.0.1.  [default: chosen by the system]")
@click.option("--admin-port", default=0, help="The admin interface's port.  [default: chosen by the system]")
@click.option(
    "--upstream",
    default="pip",
    show_default=True,
    metavar="URL|pip|none",
    help="The index behind the external connection: a simple API's URL, what pip is configured to use, or none.",
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep repositories, uploads and upstream files here over a restart.  [default: a temporary directory]",
)
@click.option("--html-only", is_flag=True, help="Serve HTML pages to every client.")
@click.option(
    "--import-seconds",
    default=0.0,
    show_default=True,
    help="How long an upstream asset answers 404 when first asked for; the service takes 1.3 to 1.6.",
)
def emulator(*, upstream: str, packages: tuple[Path, ...], **settings: object) -> None:
    """Serve a local AWS CodeArtifact on 127.0.0.1 until interrupted.

    Standard output carries the environment variables that point AWS clients at it, as `export` lines. Then boto3,
    the AWS CLI, pip, twine and uv work against it unchanged.
    """
    import signal
    import threading

    from ca_vendor.emulator import Emulator, ShiftedClock, Upstream

    index = {"none": lambda: None, "pip": Upstream.from_pip}.get(upstream, lambda: Upstream(url=upstream))()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    clock = ShiftedClock()
    with Emulator(packages=packages, upstream=index, clock=clock, **settings) as running:  # type: ignore[arg-type]
        for name, value in running.environment().items():
            click.echo(f"export {name}={value}")
        click.echo(f"index: {running.index_url}", err=True)
        click.echo(f"admin: {running.admin_url}", err=True)
        stopped.wait()
