"""The project's own libraries: served from their source trees by name, and from nowhere else."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from ca_vendor import toml
from ca_vendor.config import Settings
from ca_vendor.errors import ConfigurationError, InputError
from ca_vendor.requirement import PROJECT_FILE, DirectLine, DirectRequirement, PathReference
from ca_vendor.requirement.reading import read_input_text

_PROJECT_FILES = (PROJECT_FILE, "setup.py", "setup.cfg")


class WorkspaceError(ConfigurationError):
    """The workspace that is configured cannot be used."""


def read_workspace(settings: Settings) -> Mapping[NormalizedName, Path]:
    """Return the source tree of each project of the workspace, by its name.

    A directory without a project in it is passed over. One whose name only its build backend would tell is refused:
    to pass it over as well would ask an index for what is here.

    Raises:
        WorkspaceError: a pattern matches no project, a project tells no name, or two have one.
    """
    members = dict[NormalizedName, Path]()
    for pattern in settings.workspace:
        found = list(_projects(settings.root, pattern))
        if not found:
            raise WorkspaceError(
                f"`{pattern}` of `workspace` matches no directory with a project in it",
                hint="mend it, or take it out of `[tool.ca-vendor]`",
            )
        for directory in found:
            name = _static_name(directory, settings.root)
            other = members.setdefault(name, directory)
            if other != directory:
                shown = " and ".join(f"`{_shown(path, settings.root)}`" for path in sorted((other, directory)))
                raise WorkspaceError(f"{shown} are both `{name}`", hint="leave one of them out of `workspace`")
    return dict(sorted(members.items()))


def member_line(name: NormalizedName, directory: Path, settings: Settings) -> DirectLine:
    """Return the workspace's way to name a project of it, as if the inputs did."""
    place = _shown(directory, settings.root)
    return DirectLine(
        direct=DirectRequirement(reference=PathReference(path=directory, place=place), text=place, name=name),
        origin="workspace",
        path=settings.source or settings.root,
        number=1,
    )


def _projects(root: Path, pattern: str) -> Iterator[Path]:
    for directory in sorted(root.glob(pattern)):
        if any((directory / name).is_file() for name in _PROJECT_FILES):
            yield directory


def _static_name(directory: Path, root: Path) -> NormalizedName:
    path, shown = directory / PROJECT_FILE, _shown(directory, root)
    hint = f"write `[project]` and its `name` in `{shown}/{PROJECT_FILE}`, or leave it out of `workspace`"
    try:
        project = toml.loads(read_input_text(path)).get("project") if path.is_file() else None
        return canonicalize_name(project["name"], validate=True)  # type: ignore[index]
    except (KeyError, TypeError, InvalidName) as error:
        raise WorkspaceError(f"`{shown}` is in the workspace and tells no name of its own", hint=hint) from error
    except (toml.TOMLDecodeError, RecursionError) as error:
        raise WorkspaceError(f"`{shown}/{PROJECT_FILE}` is not TOML ({error})", hint="mend that line") from error
    except InputError as error:
        raise WorkspaceError(error.message, hint=error.hint) from error


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
