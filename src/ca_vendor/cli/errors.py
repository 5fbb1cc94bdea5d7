"""How errors look."""

from collections.abc import Sequence

import click

from ca_vendor.cli.color import styled


def show_error(message: str, details: Sequence[str], hint: str) -> None:
    """Write an error to standard error: what happened, the evidence indented, and the next step.

    Args:
        message: lower case, no full stop.
        details: one line each.
        hint: empty where there is none.
    """
    click.echo(f"{styled('error', 'red')}: {message}", err=True)
    for line in details:
        click.echo(f"  {line}", err=True)
    if hint:
        click.echo(f"\n{styled('hint', 'cyan')}: {hint}", err=True)
