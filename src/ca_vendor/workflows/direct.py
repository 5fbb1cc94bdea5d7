"""What direct references name: source trees, archives and commits, each as a candidate a view can offer."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from ca_vendor import git
from ca_vendor.builder import Source as BuildSource
from ca_vendor.builder import digest_tree
from ca_vendor.digests import sha256_of
from ca_vendor.errors import InputError
from ca_vendor.lock import Archive, Checkout, LockedFile, Source, Tree
from ca_vendor.requirement import (
    DirectLine,
    GitReference,
    InputsError,
    PathReference,
    TargetInputs,
    UrlReference,
    parse_metadata,
)
from ca_vendor.selection import DistributionFile
from ca_vendor.store import WrongHashError
from ca_vendor.target import Target
from ca_vendor.wheel import read_wheel_metadata
from ca_vendor.workflows.builds import Builds, Making
from ca_vendor.workflows.direct_pins import as_requirement
from ca_vendor.workflows.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """A project that a direct reference names.

    Attributes:
        metadata: METADATA, markers and all.
        listed: how it is listed in the view; its ``url`` is a name for it, nothing that can be asked for.
        source: as the lock records it.
        wheel: the wheel itself, in the store; ``None`` where it has to be built.
        making: what it is built from; ``None`` where it is a wheel.
        place: where on disk it is; ``None`` where it is not on disk.
    """

    name: NormalizedName
    version: Version
    metadata: bytes
    listed: DistributionFile
    source: Source
    wheel: LockedFile | None = None
    making: Making | None = None
    place: Path | None = None


class ContradictingReferencesError(InputError):
    """Two direct references name different places for one project."""

    def __init__(self, name: str, places: Iterable[str]) -> None:
        super().__init__(
            f"`{name}` is required from two places: {' and '.join(f'`{place}`' for place in places)}",
            hint="keep one of them",
        )
        self.name = name


@dataclass(slots=True, kw_only=True)
class DirectReferences:
    """Finds out what direct references name; a context manager that keeps checkouts while they are needed.

    Attributes:
        project: paths are recorded relative to its locks.
        builds: makes METADATA, and downloads what is at a URL.
        target: the machine that wheels are for.
    """

    project: Project
    builds: Builds
    target: Target
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "DirectReferences":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def resolve(self, inputs: TargetInputs) -> tuple[TargetInputs, Mapping[NormalizedName, Direct]]:
        """Return the inputs with each direct reference as a requirement of its project, and what they name.

        Raises:
            CaVendorError: a place has nothing that can be used.
        """
        found: dict[NormalizedName, Direct] = {}
        lines = []
        for line in inputs.direct:
            direct = self.find(line)
            earlier = found.setdefault(direct.name, direct)
            if earlier.source != direct.source:
                raise ContradictingReferencesError(direct.name, (earlier.listed.url, direct.listed.url))
            lines.append(as_requirement(line, direct.name, str(direct.version)))
        return replace(inputs, requirements=(*inputs.requirements, *lines), direct=()), found

    def find(self, line: DirectLine) -> Direct:
        """Return what one line names.

        Raises:
            CaVendorError: the place has nothing that can be used.
        """
        match line.direct.reference:
            case PathReference(path=path) if path.is_dir():
                direct = replace(self._tree(line, path), place=path)
            case PathReference(path=path, subdirectory=subdirectory):
                archive = Archive(file=_file(path), path=self._relative(path), subdirectory=subdirectory)
                direct = replace(self._archive(line, path, archive), place=path)
            case UrlReference() as reference:
                direct = self._download(line, reference)
            case GitReference() as reference:
                direct = self._checkout(line, reference)
        if line.direct.name is not None and direct.name != line.direct.name:
            raise InputsError(
                line.path,
                line.number,
                f"`{line.direct.text}` is `{direct.name}`, not `{line.direct.name}`",
                hint=f"write `{direct.name} @ …`",
            )
        return direct

    def _tree(self, line: DirectLine, path: Path) -> Direct:
        digest = f"sha256:{digest_tree(path)}"
        making = Making(source=BuildSource(path=path, shown=self._shown(path)), digest=digest)
        return self._to_build(line, Tree(path=self._relative(path), digest=digest), making)

    def _checkout(self, line: DirectLine, reference: GitReference) -> Direct:
        checkout, directory = self.check_out(reference)
        return self._to_build(line, checkout, of_checkout(checkout, directory))

    def check_out(self, reference: GitReference) -> tuple[Checkout, Path]:
        """Check a revision out, and return its commit and where it is until this ends.

        Raises:
            CaVendorError: git could not.
        """
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ca-vendor-git-")))
        place = directory / "checkout"
        commit = git.check_out(reference.url, reference.revision, place, abort=self.builds.index.stopped.is_set)
        return (
            Checkout(
                url=reference.url,
                commit=commit,
                revision=reference.revision,
                subdirectory=reference.subdirectory,
            ),
            place,
        )

    def _download(self, line: DirectLine, reference: UrlReference) -> Direct:
        hashes = {"sha256": reference.sha256} if reference.sha256 else {}
        listed = DistributionFile(filename=reference.filename, url=reference.url, hashes=hashes)
        path = self.builds.index.download(listed)
        file = replace(_file(path), filename=reference.filename, url=reference.url)
        return self._archive(line, path, Archive(file=file, subdirectory=reference.subdirectory))

    def _archive(self, line: DirectLine, path: Path, archive: Archive) -> Direct:
        file = archive.file
        if line.hashes and file.sha256 not in line.hashes:
            raise WrongHashError(file.filename, " or ".join(line.hashes), file.sha256, line.direct.text)
        if file.filename.lower().endswith(".whl"):
            return self._wheel(line, path, archive)
        making = self.builds.of_archive(path, file.filename, file.sha256, subdirectory=archive.subdirectory)
        return self._to_build(line, archive, making)

    def _wheel(self, line: DirectLine, path: Path, archive: Archive) -> Direct:
        file = archive.file
        with path.open("rb") as wheel:
            data = read_wheel_metadata(wheel, filename=file.filename)
        with path.open("rb") as wheel:
            chunks = iter(lambda: wheel.read(1 << 20), b"")
            self.builds.store.add_file(chunks, filename=file.filename, sha256=file.sha256, index=line.direct.text)
        name, version = _name_and_version(line, data)
        listed = DistributionFile(filename=file.filename, url=line.direct.text)
        return Direct(
            name=name,
            version=version,
            metadata=data,
            listed=listed,
            source=archive,
            wheel=replace(file, url=None, upload_time=None),
        )

    def _to_build(self, line: DirectLine, source: Source, making: Making) -> Direct:
        data = self.builds.metadata(making, self.target)
        name, version = _name_and_version(line, data)
        listed = DistributionFile(filename=f"{name.replace('-', '_')}-{version}-py3-none-any.whl", url=line.direct.text)
        return Direct(name=name, version=version, metadata=data, listed=listed, source=source, making=making)

    def _relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.project.vendor)).as_posix()

    def _shown(self, path: Path) -> str:
        return self.project.shown(path)


def of_checkout(checkout: Checkout, directory: Path) -> Making:
    """Return what a commit is built from.

    Args:
        checkout: the commit.
        directory: where it is checked out.
    """
    shown = f"{checkout.url}@{checkout.commit[:12]}"
    source = BuildSource(path=directory, shown=shown, subdirectory=checkout.subdirectory)
    return Making(source=source, digest=f"git:{checkout.url}@{checkout.commit}")


def _file(path: Path) -> LockedFile:
    return LockedFile(filename=path.name, url=None, sha256=sha256_of(path) or "", size=path.stat().st_size)


def _name_and_version(line: DirectLine, data: bytes) -> tuple[NormalizedName, Version]:
    metadata = parse_metadata(data, filename=line.direct.text)
    try:
        return canonicalize_name(metadata.name), Version(metadata.version)
    except InvalidVersion as error:
        problem = f"`{line.direct.text}` has no valid version: `{metadata.version}`"
        raise InputsError(line.path, line.number, problem) from error
