"""The ``--timings`` option."""

from collections.abc import Sequence

import click

from ca_vendor import STARTED
from ca_vendor.timings import TIMINGS, Phase


def _begin(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        TIMINGS.start(STARTED)
        TIMINGS.since_start("start-up")
        context.call_on_close(_show)


def _show() -> None:
    click.echo(render_timings(TIMINGS.phases(), TIMINGS.elapsed()), err=True)


timings_option = click.option(
    "--timings", is_flag=True, is_eager=True, expose_value=False, callback=_begin, help="Print where the time went."
)


def render_timings(phases: Sequence[Phase], whole: float) -> str:
    """Return a table of phases.

    Args:
        phases: in order.
        whole: seconds of the whole run.
    """
    lines = ["timings, in seconds:", f"  {'':24} {'times':>6} {'from':>8} {'to':>8} {'in all threads':>15}"]
    lines += [
        f"  {phase.name:24} {phase.count:6} {phase.begun:8.2f} {phase.ended:8.2f} {phase.busy:15.2f}"
        for phase in phases
    ]
    return "\n".join([*lines, f"  {'the whole run':24} {'':6} {0:8.2f} {whole:8.2f}"])
