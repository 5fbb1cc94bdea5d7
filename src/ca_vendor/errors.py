"""The base of every error that ca-vendor explains to its user.

Each room defines the errors it raises as subclasses; only the command line renders them. Exit codes are a closed
set, so that a script can tell "your lock is stale" from "the index refused you".
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Process exit codes, documented in ``docs/errors.md``."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    INPUT = 4
    CREDENTIALS = 5
    INDEX = 6
    RESOLUTION = 7
    TARGET = 8
    STALE = 9
    INTEGRITY = 10
    FILESYSTEM = 11
    TEMPLATE = 12
    REPOSITORY = 13
    REFUSED = 14
    PROJECT = 15
    BUILD = 16
    INTERRUPTED = 130


class CaVendorError(Exception):
    """An expected failure: what happened, the evidence, and the next step.

    Attributes:
        exit_code: the process exit code this failure ends with.
        details: lines of evidence, each shown indented below the message.
        hint: the next step for the user; empty when there is none to offer.
    """

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, *, details: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.hint = hint

    def __str__(self) -> str:
        return "\n".join((self.message, *(f"  {line}" for line in self.details)))


class ConfigurationError(CaVendorError):
    """The configuration cannot be used as it is."""

    exit_code = ExitCode.CONFIGURATION


class InputError(CaVendorError):
    """A file the user wrote (requirements.in, template) cannot be used as it is."""

    exit_code = ExitCode.INPUT


class CredentialsError(CaVendorError):
    """AWS or the index did not accept, or did not find, credentials."""

    exit_code = ExitCode.CREDENTIALS


class IndexUnavailableError(CaVendorError):
    """The index could not be read: network, status, or an answer that is not an index page."""

    exit_code = ExitCode.INDEX


class ResolutionError(CaVendorError):
    """The requirements have no solution on the target."""

    exit_code = ExitCode.RESOLUTION


class TargetError(CaVendorError):
    """A target is unknown, or a pin has no file that the target can load."""

    exit_code = ExitCode.TARGET


class StaleError(CaVendorError):
    """Inputs, lock, requirements.txt and wheelhouse do not agree."""

    exit_code = ExitCode.STALE


class IntegrityError(CaVendorError):
    """Bytes are not what the lock says they are."""

    exit_code = ExitCode.INTEGRITY


class FilesystemError(CaVendorError):
    """A file or directory could not be read or written."""

    exit_code = ExitCode.FILESYSTEM
