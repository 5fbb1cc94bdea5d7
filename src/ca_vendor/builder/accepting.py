"""From what a backend made to a wheel that may be kept."""

from dataclasses import dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from ca_vendor.builder.errors import WrongWheelError
from ca_vendor.builder.foreign import check_loads
from ca_vendor.builder.model import BuiltWheel, Source
from ca_vendor.builder.normalizing import normalize_wheel
from ca_vendor.digests import sha256_of
from ca_vendor.files import StagedFiles
from ca_vendor.requirement import MetadataError, parse_metadata
from ca_vendor.selection import WheelName, parse_wheel_name
from ca_vendor.target import Target
from ca_vendor.wheel import BrokenWheelError, read_wheel_metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A wheel as its backend made it.

    Attributes:
        path: the file, in a directory where more can be put.
        source: what it was made of.
        confined: whether the build saw neither the network nor the user's files.
        in_container: whether it was built in the target's build image.
    """

    path: Path
    source: Source
    confined: bool
    in_container: bool = False


def accept_wheel(made: Made, destination: Path, *, target: Target) -> BuiltWheel:
    """Normalise a wheel, see that the target loads it, and put it in its place.

    Args:
        made: the wheel.
        destination: the directory it appears in, whole.
        target: the machine it must load on.

    Raises:
        WrongWheelError: it is no wheel.
        ForeignBinaryError: the target does not load it.
    """
    shown, filename = made.source.shown, made.path.name
    name = _checked_name(made.path, shown)
    normalized = made.path.parent / "normalized" / filename
    normalize_wheel(made.path, normalized, shown=shown)
    check_loads(normalized, name.tags, target, shown=shown, in_container=made.in_container)
    with StagedFiles() as staged:
        staged.link(normalized, destination / filename)
        staged.commit()
    return BuiltWheel(
        path=destination / filename,
        filename=filename,
        name=name.name,
        version=name.version,
        tags=name.tags,
        sha256=sha256_of(destination / filename) or "",
        confined=made.confined,
    )


def _checked_name(made: Path, shown: str) -> WheelName:
    """Return the parts of a wheel's name, which its METADATA must bear out."""
    name = parse_wheel_name(made.name)
    if name is None:
        raise WrongWheelError(shown, f"`{made.name}` is not the name of a wheel")
    try:
        with made.open("rb") as file:
            metadata = parse_metadata(read_wheel_metadata(file, filename=made.name), filename=made.name)
        version = Version(metadata.version)
    except (BrokenWheelError, MetadataError) as error:
        raise WrongWheelError(shown, error.problem) from error
    except InvalidVersion as error:
        raise WrongWheelError(shown, f"its version is `{metadata.version}`") from error
    if version != name.version:
        raise WrongWheelError(shown, f"`{made.name}` holds version {version}")
    return name
