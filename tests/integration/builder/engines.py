"""Commands that stand in for a container engine's."""

import sys
from pathlib import Path

_PROGRAM = Path(__file__).with_name("stand_in_engine.py")


def write_stand_in(directory: Path) -> Path:
    """Write a command that runs what an engine would, and return it."""
    command = directory / "engine"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -I {_PROGRAM} "$@"\n')
    command.chmod(0o755)
    return command
