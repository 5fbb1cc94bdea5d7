"""Source archives made by hand, honest ones and hostile ones."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

MODES = {".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.bz2": "w:bz2", ".tar.xz": "w:xz"}


def member(name: str, content: bytes = b"", **attributes: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info, content


def write_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    suffix = next(suffix for suffix in MODES if path.name.endswith(suffix))
    with tarfile.open(path, MODES[suffix]) as archive:  # type: ignore[call-overload]
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


def write_archive(path: Path, files: Mapping[str, bytes]) -> Path:
    if path.name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    return write_tar(path, *(member(name, content) for name, content in files.items()))
