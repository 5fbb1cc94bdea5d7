"""What is sent into a build image: the programs that run there, what they import, and the source."""

import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.builder.workspace import Workspace
from ca_vendor.target import Target, marker_environment

_HERE = Path(__file__).parent
_PROGRAMS = ("frontend.py", "inside.py", "wire.py")
_TOOLS = ("build", "pip")


def write_payload(
    path: Path, workspace: Workspace, *, target: Target, port: int, environment: Mapping[str, str]
) -> None:
    """Write the archive that is sent in.

    The frontend's requirements go along where they run on the image's Python; otherwise the image's pip is told to
    install some that do, from the view.

    Args:
        path: the file to write.
        workspace: of the build; its request has been written.
        target: whose build image it is for.
        port: of the view on loopback.
        environment: variables of the frontend.
    """
    tools = _tools(target)
    task = {
        "port": port,
        "python": list(target.python_version),
        "machine": target.architecture.machine,
        "install": [] if tools else ["build"],
        "environment": dict(environment),
    }
    with tarfile.open(path, "w") as archive:
        for package in ("ca_vendor", "ca_vendor/builder"):
            _add(archive, f"{package}/__init__.py", b"")
        for program in _PROGRAMS:
            _add(archive, f"ca_vendor/builder/{program}", (_HERE / program).read_bytes())
        for name, place in _files(tools):
            archive.add(place, arcname=f"lib/{name}", recursive=False)
        _add(archive, "task.json", json.dumps(task).encode())
        _add(archive, "request.json", json.dumps(_request(workspace)).encode())
        archive.add(workspace.source, arcname="source")


def _request(workspace: Workspace) -> dict[str, object]:
    """Return the frontend's request, its paths relative to where all of it is unpacked."""
    request: dict[str, object] = json.loads(workspace.request.read_bytes())
    places = {"source": workspace.project, "output": workspace.output, "answer": workspace.answer}
    return request | {key: place.relative_to(workspace.root).as_posix() for key, place in places.items()}


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mode = 0o644
    archive.addfile(member, io.BytesIO(data))


def _tools(target: Target) -> list[Distribution]:
    """Return `build`, pip and what they require on the target's Python; nothing where one of them does not fit."""
    found: dict[NormalizedName, Distribution] = {}
    waiting = [canonicalize_name(name) for name in _TOOLS]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        tool = _installed(name)
        if tool is None or not _fits(tool, target):
            return []
        found[name] = tool
        waiting += _required(tool, target)
    return list(found.values())


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _fits(tool: Distribution, target: Target) -> bool:
    python = SpecifierSet(tool.metadata["Requires-Python"] or "" if "Requires-Python" in tool.metadata else "")
    return tool.files is not None and python.contains(target.python_full_version, prereleases=True)


def _required(tool: Distribution, target: Target) -> Iterator[NormalizedName]:
    environment = {**marker_environment(target), "extra": ""}
    for text in tool.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield canonicalize_name(requirement.name)


def _files(tools: list[Distribution]) -> Iterator[tuple[PurePosixPath, Path]]:
    for tool in tools:
        for file in tool.files or ():
            place = Path(str(tool.locate_file(file)))
            if ".." not in file.parts and file.suffix != ".pyc" and place.is_file():
                yield file, place
