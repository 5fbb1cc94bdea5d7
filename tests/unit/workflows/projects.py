"""A project on disk that is locked and fetched, made without an index or a resolver."""

import hashlib
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import NormalizedName, parse_wheel_filename

from ca_vendor.config import Settings
from ca_vendor.lock import Lock, LockedFile, Pin, close_pins, input_digest, render_lock
from ca_vendor.requirement import CoreMetadata, evaluate_inputs, parse_metadata, read_inputs
from ca_vendor.selection import NamePattern
from ca_vendor.store import Store
from ca_vendor.target import find_target
from ca_vendor.wheel import read_wheel_metadata
from ca_vendor.workflows.indexes import IndexName
from ca_vendor.workflows.project import Bundle, Project
from ca_vendor.workflows.routing import Claim, IndexRouter
from ca_vendor.workflows.session import Session

TARGET = find_target("python3.12-arm64")
NOWHERE = "http://127.0.0.1:9/simple/"
"""An index that nobody serves: a request to it fails the test."""


@dataclass
class Notes:
    """Progress that is kept."""

    lines: list[str] = field(default_factory=list)
    waited_for: list[str] = field(default_factory=list)
    bytes: int = 0

    def note(self, text: str) -> None:
        self.lines.append(text)

    def begin(self, text: str, *, total: int | None = None) -> None:
        self.lines.append(f"{text} ({total})")

    def advance(self, amount: int) -> None:
        self.bytes += amount

    def waiting_for(self, what: str) -> AbstractContextManager[None]:
        self.waited_for.append(what)
        return nullcontext()

    def end(self) -> None:
        self.lines.append("end")


def routes(default: str | None, claims: Mapping[str, str]) -> IndexRouter:
    """Return the routes to an index for all projects, and to others by the one pattern that each claims."""
    return IndexRouter(
        default=IndexName(identity=default) if default else None,
        claims=tuple(
            Claim(index=IndexName(identity=identity, name=f"index-{number}"), packages=(NamePattern(pattern),))
            for number, (pattern, identity) in enumerate(claims.items())
        ),
    )


@dataclass
class Workplace:
    """A project's directory, the wheels there are to lock, and a store."""

    root: Path

    def __post_init__(self) -> None:
        self.root.mkdir(exist_ok=True)
        self.wheels = self.root.parent / "wheels"
        self.store = Store(self.root.parent / "store")
        self.project = Project(settings=Settings(root=self.root))
        self.notes = Notes()

    def session(self, *, index: str | None = None, claims: Mapping[str, str] | None = None) -> Session:
        """Return a run's session; see :func:`routes`. Without an index there is none but what locks name."""
        router = routes(index, claims or {})
        return Session(project=self.project, store=self.store, progress=self.notes, router=router)

    def bundle(self, name: str = "orders", requirements: str = "foo\n") -> Bundle:
        """Write a requirements.in, and return the bundle of it."""
        path = self.root / "src" / name / "requirements.in"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(requirements)
        return Bundle(name=name, requirements=path, target=TARGET)

    def lock(self, bundle: Bundle, *wheels: Path, index: str = NOWHERE) -> Lock:
        """Write the lock of a bundle, with these wheels as its pins."""
        inputs = evaluate_inputs(read_inputs(bundle.requirements), bundle.target)
        pins = {pin.name: pin for pin in (pin_of(wheel, index) for wheel in wheels)}
        versions = {name: pin.version for name, pin in pins.items()}
        metadata = {pin.name: metadata_of(wheel) for pin, wheel in zip(pins.values(), wheels, strict=True)}
        closure = close_pins(versions, metadata, inputs, bundle.target)
        lock = Lock(
            bundle=bundle.name,
            target=bundle.target,
            requirements=self.project.locked_requirements(bundle),
            input_digest=input_digest(inputs, bundle.target),
            index=index,
            index_url=index,
            pins=tuple(
                Pin(
                    name=name,
                    version=pins[name].version,
                    file=pins[name].file,
                    dependencies=closure.dependencies[name],
                    origins=closure.origins[name],
                )
                for name in sorted(pins)
            ),
        )
        self.write_lock(lock)
        return lock

    def write_lock(self, lock: Lock) -> None:
        path = self.project.lock_path(lock.bundle)
        path.parent.mkdir(exist_ok=True)
        path.write_text(render_lock(lock))

    def fetch(self, lock: Lock, bundle: Bundle) -> None:
        """Put everything where ``fetch`` would."""
        wheelhouse = self.project.wheelhouse(lock.target).directory
        wheelhouse.mkdir(parents=True, exist_ok=True)
        for pin in lock.pins:
            shutil.copy(self.wheels / pin.file.filename, wheelhouse)
        bundle.compiled.write_text(self.project.vendored_text(lock, bundle))


def pin_of(wheel: Path, index: str) -> Pin:
    name, version, _, _ = parse_wheel_filename(wheel.name)
    data = wheel.read_bytes()
    file = LockedFile(
        filename=wheel.name,
        url=f"{index}{name}/{wheel.name}",
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )
    return Pin(name=NormalizedName(name), version=version, file=file)


def metadata_of(wheel: Path) -> CoreMetadata:
    with wheel.open("rb") as file:
        return parse_metadata(read_wheel_metadata(file, filename=wheel.name), filename=wheel.name)


def tree(directory: Path) -> dict[str, bytes]:
    """Return every file below a directory with its content."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
