"""AWS profiles that this machine does not have: SAM CLI stops for one, though a build needs no credentials.

Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
"""

import configparser
from collections.abc import Iterator, Mapping
from pathlib import Path

_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_FILES = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}


def absent_profile_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that name a profile which neither of AWS's files has; none where a file cannot be read.

    Args:
        environment: what `sam build` will run in.
    """
    try:
        known = {"default", *_profiles(environment)}
    except (configparser.Error, OSError, UnicodeDecodeError, RuntimeError):
        return ()
    return tuple(name for name in _VARIABLES if environment.get(name, "default") not in known)


def _profiles(environment: Mapping[str, str]) -> Iterator[str]:
    for variable, name in _FILES.items():
        stated = environment.get(variable)
        parser = configparser.RawConfigParser(strict=False)
        parser.read(Path(stated).expanduser() if stated else Path.home() / ".aws" / name, encoding="utf-8")
        for section in parser.sections():
            yield section.removeprefix("profile ").strip().strip("\"'")
