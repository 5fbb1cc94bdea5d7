from dataclasses import replace
from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.config import Settings
from ca_vendor.lock import Archive, Checkout, LockedFile, Sdist, Source, Tree
from ca_vendor.requirement import DirectLine, GitReference, PathReference, Reference, UrlReference
from ca_vendor.selection import DistributionFile
from ca_vendor.workflows.direct import ContradictingReferencesError, Direct
from ca_vendor.workflows.own_projects import OwnProjects, line_of_pin, require_members
from ca_vendor.workflows.project import Project
from ca_vendor.workflows.workspace import member_line
from tests.unit.lock.locks import from_source, pin

ROOT = Path("/p")
PROJECT = Project(settings=Settings(root=ROOT))
FOO, BAR, BAZ = NormalizedName("foo"), NormalizedName("bar"), NormalizedName("baz")


def direct(name: NormalizedName, place: Path | None = None) -> Direct:
    return Direct(
        name=name,
        version=Version("1.0"),
        metadata=b"",
        listed=DistributionFile(filename=f"{name}-1.0-py3-none-any.whl", url=f"{place}"),
        source=Tree(path="..", digest=""),
        place=place,
    )


def line(name: NormalizedName, path: str = "libs/x") -> DirectLine:
    return member_line(name, ROOT / path, PROJECT.settings)


def test_project_is_looked_at_when_it_is_first_needed_and_once() -> None:
    found = list[str]()

    def find(asked: DirectLine) -> Direct:
        assert asked.direct.name is not None
        found.append(asked.direct.name)
        return direct(asked.direct.name)

    named = direct(FOO)
    own = OwnProjects({FOO: named}, {FOO: line(FOO), BAR: line(BAR)}, find)
    assert (len(own), list(own), FOO in own, BAR in own, BAZ in own) == (2, [FOO, BAR], True, True, False)
    assert own.get(BAZ) is None
    assert found == []
    assert own[FOO] is named
    assert own[BAR] is own[BAR]
    assert found == ["bar"]


def test_inputs_and_workspace_name_one_place() -> None:
    require_members({FOO: direct(FOO, ROOT / "libs/x"), BAZ: direct(BAZ)}, {FOO: line(FOO), BAR: line(BAR)})
    with pytest.raises(ContradictingReferencesError, match="`foo` is required from two places"):
        require_members({FOO: direct(FOO, ROOT / "other")}, {FOO: line(FOO)})


URL = "https://host/linked-1.0.tar.gz"
FILE = LockedFile(filename="linked-1.0.tar.gz", url=URL, sha256="a" * 64)


@pytest.mark.parametrize(
    ("source", "reference"),
    [
        (Tree(path="../libs/x", digest="sha256:0"), PathReference(path=ROOT / "libs/x", place="libs/x")),
        (
            Archive(file=replace(FILE, url=None), path="../sdists/linked-1.0.tar.gz"),
            PathReference(path=ROOT / "sdists/linked-1.0.tar.gz", place="sdists/linked-1.0.tar.gz"),
        ),
        (Archive(file=FILE, subdirectory="a"), UrlReference(url=URL, sha256="a" * 64, subdirectory="a")),
        (
            Checkout(url="https://host/x.git", commit="c" * 40, revision="main", subdirectory="a"),
            GitReference(url="https://host/x.git", revision="c" * 40, subdirectory="a"),
        ),
        (Sdist(file=FILE), None),
    ],
)
def test_what_a_layer_is_made_of_is_named_again(source: Source, reference: Reference | None) -> None:
    found = line_of_pin(from_source("linked", source), PROJECT)
    assert (found and found.direct.reference) == reference
    assert found is None or found.direct.name == "linked"


def test_what_an_index_has_is_asked_of_it() -> None:
    assert line_of_pin(pin("foo"), PROJECT) is None
