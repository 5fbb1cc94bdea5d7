"""The ``ca-vendor`` command: its subcommands, and how every failure ends."""

import importlib
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import click
from click.shell_completion import CompletionItem

from ca_vendor import __version__
from ca_vendor.cli.errors import show_error
from ca_vendor.errors import CaVendorError, ExitCode

_COMMANDS = {
    "lock": "Pin what requirements.in asks for, for the Lambda target.",
    "fetch": "Download exactly the pinned wheels into the wheelhouse.",
    "check": "See that inputs, locks, requirements files and wheels agree.",
    "build": "Run `sam build`, offline.",
    "exec": "Run a command in the environment of `ca-vendor build`.",
    "env": "Print the settings that keep `sam build` offline.",
    "status": "Show the bundles: target, pins, size, and how far each has come.",
    "emulator": "Serve a local AWS CodeArtifact, for trying and testing.",
}

_BUILTINS = frozenset({"exec"})
"""Commands with the name of one of Python's own functions; theirs has an underscore at its end."""


class _LazyGroup(click.Group):
    """Imports a subcommand when it is run: start-up is what everyone waits for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"ca_vendor.cli.{cmd_name}")
        command = getattr(module, f"{cmd_name}_" if cmd_name in _BUILTINS else cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - a defect of this package, never of its user
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name without importing every command for its help."""
        names = [CompletionItem(name, help=text) for name, text in _COMMANDS.items() if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A first run:  ca-vendor lock && ca-vendor fetch && ca-vendor build",
)
@click.version_option(__version__, "-V", "--version", prog_name="ca-vendor", message="%(prog)s %(version)s")
def cli() -> None:
    """Build AWS Lambda functions offline with private packages from AWS CodeArtifact.

    `lock` pins requirements.in for the Lambda target, `fetch` downloads exactly those wheels into vendor/, and
    `build` runs `sam build`, which then installs them with no network and no token.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: without the program's name.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        result = cli.main(args=list(arguments), prog_name="ca-vendor", standalone_mode=False)
    except CaVendorError as error:
        show_error(error.message, error.details, error.hint)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        return ExitCode.USAGE
    except click.ClickException as error:
        show_error(_lower_first(error.format_message()), (), _usage_hint(error))
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        show_error("interrupted", (), "nothing was left half-written; run the same command again to go on")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return ExitCode.FAILED
    return result if isinstance(result, int) else ExitCode.OK


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's signature
    raise KeyboardInterrupt


def _lower_first(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"`{context.command_path} --help` shows what it takes" if context else ""
