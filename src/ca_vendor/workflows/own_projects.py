"""The projects that no index is asked for: those the inputs name, those of the workspace, and those of a layer."""

from collections.abc import Callable, Iterator, Mapping

from packaging.utils import NormalizedName

from ca_vendor.lock import Archive, Checkout, Pin, Tree
from ca_vendor.requirement import (
    DirectLine,
    DirectRequirement,
    GitReference,
    PathReference,
    Reference,
    UrlReference,
)
from ca_vendor.workflows.direct import ContradictingReferencesError, Direct
from ca_vendor.workflows.once import Once
from ca_vendor.workflows.project import Project
from ca_vendor.workflows.staleness import place_of


class OwnProjects(Mapping[NormalizedName, Direct]):
    """Projects by name; where one is named only by the workspace or a layer, it is looked at when it is first needed.

    Args:
        named: what the inputs name; this comes first.
        lines: what names the others.
        find: returns what a line names.
    """

    def __init__(
        self,
        named: Mapping[NormalizedName, Direct],
        lines: Mapping[NormalizedName, DirectLine],
        find: Callable[[DirectLine], Direct],
    ) -> None:
        self._named = named
        self._lines = lines
        self._find = find
        self._found: Once[NormalizedName, Direct] = Once(lambda name: self._find(self._lines[name]))

    def __getitem__(self, name: NormalizedName) -> Direct:
        if name in self._named:
            return self._named[name]
        if name not in self._lines:
            raise KeyError(name)
        return self._found(name)

    def __contains__(self, name: object) -> bool:
        return name in self._named or name in self._lines

    def __iter__(self) -> Iterator[NormalizedName]:
        return iter(dict.fromkeys((*self._named, *self._lines)))

    def __len__(self) -> int:
        return len(self._named.keys() | self._lines.keys())


def require_members(named: Mapping[NormalizedName, Direct], lines: Mapping[NormalizedName, DirectLine]) -> None:
    """See that where inputs name a project of the workspace by its place, it is that place.

    Raises:
        ContradictingReferencesError: it is another.
    """
    for name in sorted(named.keys() & lines.keys()):
        line, place = lines[name], named[name].place
        if isinstance(line.direct.reference, PathReference) and place != line.direct.reference.path:
            raise ContradictingReferencesError(name, (named[name].listed.url, line.direct.text))


def line_of_pin(pin: Pin, project: Project) -> DirectLine | None:
    """Return a reference to what a locked project was made of; ``None`` where an index has it."""
    reference: Reference
    place = place_of(project, pin)
    match pin.source:
        case Tree() | Archive(path=str()) if place is not None:
            reference = PathReference(path=place, place=project.shown(place))
            text = project.shown(place)
        case Archive(file=file, subdirectory=subdirectory) if file.url is not None:
            reference = UrlReference(url=file.url, sha256=file.sha256, subdirectory=subdirectory)
            text = file.url
        case Checkout(url=url, commit=commit, subdirectory=subdirectory):
            reference = GitReference(url=url, revision=commit, subdirectory=subdirectory)
            text = f"git+{url}@{commit}"
        case _:
            return None
    direct = DirectRequirement(reference=reference, text=text, name=pin.name)
    return DirectLine(direct=direct, origin="provided", path=project.root, number=1)
