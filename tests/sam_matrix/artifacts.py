"""Whether what SAM built is what was locked, file for file."""

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ca_vendor.lock import Lock, parse_lock
from tests.sam_matrix.workshop import MACHINES, Workshop

_OF_INSTALLERS = frozenset({"INSTALLER", "REQUESTED", "RECORD", "uv_cache.json"})
"""What pip and uv write into a ``.dist-info`` besides the wheel's own; SAM's own unzipping writes none."""


def differences(
    workshop: Workshop, artifact: Path, bundle: str, *, source: str | None = None, packages: Path | None = None
) -> list[str]:
    """Return what of an artifact is not as the lock has it; nothing where all is.

    Args:
        workshop: the project.
        artifact: the directory that holds the packages.
        bundle: whose lock it is to be.
        source: the code directory, ``None`` for an artifact of packages alone.
        packages: where the wheels are, ``None`` for the project's own wheelhouse.
    """
    lock = _read_lock(workshop, bundle)
    own = _files(workshop.root / source) if source else {}
    expected = {path: digest for wheel in _wheels(workshop, lock, packages) for path, digest in _record(wheel)}
    found = _files(artifact)
    problems = [f"missing: {path}" for path in expected if path not in found]
    for path, content in found.items():
        name = Path(path).name
        if path in expected:
            problems += [] if name == "RECORD" or _digest(content) == expected[path] else [f"changed: {path}"]
        elif own.get(path) != content and not _is_of_installer(path):
            problems.append(f"not from the lock: {path}")
        if name.endswith(".so") and content[18:20] != _machine(lock):
            problems.append(f"of another architecture: {path}")
        if name.endswith(".whl") or ".cache" in Path(path).parts:
            problems.append(f"of the wheelhouse: {path}")
    return problems


def _is_of_installer(path: str) -> bool:
    """Whether uv or pip leave a file of that name besides what they install."""
    return path == ".lock" or (".dist-info/" in path and Path(path).name in _OF_INSTALLERS)


def _read_lock(workshop: Workshop, bundle: str) -> Lock:
    path = workshop.root / "vendor" / f"pylock.{bundle}.toml"
    return parse_lock(path.read_text(), path=path)


def _wheels(workshop: Workshop, lock: Lock, packages: Path | None) -> Iterator[Path]:
    for pin in lock.pins:
        name = pin.file.filename
        [wheel] = [packages / name] if packages else workshop.root.rglob(f"{lock.target.name}/{name}")
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() == pin.file.sha256
        yield wheel


def _record(wheel: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/RECORD")]
        for path, digest, _ in csv.reader(io.StringIO(archive.read(name).decode())):
            yield path, digest


def _files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _machine(lock: Lock) -> bytes:
    return MACHINES[lock.target.architecture.machine].to_bytes(2, "little")
