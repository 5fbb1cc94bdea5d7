"""Direct references and the pins that a lock has for them."""

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from packaging.utils import NormalizedName

from ca_vendor.lock import Archive, Checkout, Lock, Pin, Sdist, Tree
from ca_vendor.requirement import (
    DirectLine,
    GitReference,
    InputLine,
    PathReference,
    TargetInputs,
    UrlReference,
    parse_requirement,
)
from ca_vendor.workflows.project import Project


def direct_names(lock: Lock) -> Collection[NormalizedName]:
    """Return the projects that a lock has by direct references."""
    return {pin.name for pin in lock.pins if pin.source is not None and not isinstance(pin.source, Sdist)}


def with_direct_pins(inputs: TargetInputs, lock: Lock, project: Project) -> TargetInputs:
    """Return inputs with each direct reference as a requirement of what the lock has for it; without it, where none."""
    lines = []
    for line in inputs.direct:
        pin = next((pin for pin in lock.pins if _is_of(pin, line, project)), None)
        if pin is not None:
            lines.append(as_requirement(line, pin.name, str(pin.version)))
    return replace(inputs, requirements=(*inputs.requirements, *lines), direct=())


def as_requirement(line: DirectLine, name: str, version: str) -> InputLine:
    """Return a direct reference as a requirement of the project it names."""
    extras = f"[{','.join(sorted(line.direct.extras))}]" if line.direct.extras else ""
    requirement = parse_requirement(f"{name}{extras}=={version}")
    return InputLine(requirement=requirement, origin=line.origin, path=line.path, number=line.number)


def _is_of(pin: Pin, line: DirectLine, project: Project) -> bool:
    reference = line.direct.reference
    match pin.source, reference:
        case Tree(path=path), PathReference():
            return Path(os.path.normpath(project.vendor / path)) == reference.path
        case Archive(path=str(path), subdirectory=subdirectory), PathReference():
            there = Path(os.path.normpath(project.vendor / path))
            return (there, subdirectory) == (reference.path, reference.subdirectory)
        case Archive(path=None, file=file, subdirectory=subdirectory), UrlReference():
            return (file.url, subdirectory) == (reference.url, reference.subdirectory)
        case Checkout() as checkout, GitReference():
            asked = (reference.url, reference.revision, reference.subdirectory)
            return (checkout.url, checkout.revision, checkout.subdirectory) == asked
        case _:
            return False
