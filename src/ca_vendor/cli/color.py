"""Colour, where the terminal takes it and the user has not said no."""

import os
import sys

import click


def wants_color() -> bool:
    """Whether standard error takes colour. Source: https://no-color.org."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, color: str) -> str:
    """Return a text bold and in a colour, or as it is."""
    return click.style(text, fg=color, bold=True) if wants_color() else text
