"""What ``[tool.uv.sources]`` of a pyproject.toml says of a requirement.

To pass it over would ask an index for what its author keeps elsewhere.

Source: https://docs.astral.sh/uv/concepts/projects/dependencies/#dependency-sources
"""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name


class UnsupportedUvSourceError(ValueError):
    """A source that has no meaning here.

    Attributes:
        hint: what to write instead.
    """

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(f"{problem} in `[tool.uv.sources]`")
        self.hint = hint


def uv_reference(document: Mapping[str, Any], requirement: Requirement, members: Collection[NormalizedName]) -> str:
    """Return the place that uv takes a project from, as a direct reference's URL; empty where it is an index.

    Args:
        document: of the pyproject.toml.
        requirement: of the project.
        members: projects of our workspace.

    Raises:
        UnsupportedUvSourceError: it takes it from a place that we do not know.
    """
    name = canonicalize_name(requirement.name)
    source = _source_of(document, name)
    match source:
        case None:
            return ""
        case {"path": str(path)}:
            return f"file:{quote(path)}"
        case {"url": str(url), **rest}:
            return url + _subdirectory(rest)
        case {"git": str(url), **rest}:
            revisions = [f"@{rest[key]}" for key in ("rev", "tag", "branch") if isinstance(rest.get(key), str)]
            return f"git+{url}{revisions[0] if revisions else ''}{_subdirectory(rest)}"
        case {"workspace": True} if name in members:
            return ""
        case {"workspace": True}:
            hint = 'name its directory in `[tool.ca-vendor]`, as in `workspace = ["libs/*"]`'
            raise UnsupportedUvSourceError("it is of the workspace", hint)
        case {"index": str(index)}:
            hint = (
                "claim it for its index, by `packages` in `[[tool.ca-vendor.index]]`, and require it in requirements.in"
            )
            raise UnsupportedUvSourceError(f"it is of the index `{index}`", hint)
        case _:
            hint = "write `name @ …` in the dependencies, or use a requirements.in"
            raise UnsupportedUvSourceError("it has a source that is not supported", hint)


def _source_of(document: Mapping[str, Any], name: NormalizedName) -> object:
    sources: Any = document
    for key in ("tool", "uv", "sources"):
        sources = sources.get(key) if isinstance(sources, dict) else None
    if not isinstance(sources, dict):
        return None
    return next((source for project, source in sources.items() if canonicalize_name(project) == name), None)


def _subdirectory(source: Mapping[Any, object]) -> str:
    subdirectory = source.get("subdirectory")
    return f"#subdirectory={quote(subdirectory)}" if isinstance(subdirectory, str) else ""
