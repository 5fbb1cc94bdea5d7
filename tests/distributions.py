"""Wheels and sdists made from dicts, with the same bytes each time they are made."""

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name, canonicalize_version

Content = str | bytes
Files = Mapping[str, Content]

_EPOCH = (1980, 1, 1, 0, 0, 0)

_PYPROJECT = b"""\
[build-system]
requires = []
build-backend = "_backend"
backend-path = ["."]
"""

# A PEP 517 backend that needs nothing but the standard library, so that an sdist builds with no network.
_BACKEND = '''\
"""Builds the wheel of this source tree from the files below ``src`` and its ``PKG-INFO``."""

import base64
import hashlib
import pathlib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent
STEM = {stem!r}
INFO = STEM + ".dist-info"
WHEEL = "Wheel-Version: 1.0\\nGenerator: in-tree\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    directory = pathlib.Path(metadata_directory, INFO)
    directory.mkdir()
    directory.joinpath("METADATA").write_bytes(ROOT.joinpath("PKG-INFO").read_bytes())
    directory.joinpath("WHEEL").write_text(WHEEL, encoding="utf-8")
    return INFO


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    source = ROOT / "src"
    entries = {{
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file()
    }}
    entries[INFO + "/METADATA"] = ROOT.joinpath("PKG-INFO").read_bytes()
    entries[INFO + "/WHEEL"] = WHEEL.encode()
    record = []
    name = STEM + "-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as archive:
        for path, content in entries.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append("%s,sha256=%s,%d" % (path, digest, len(content)))
            archive.writestr(zipfile.ZipInfo(path), content)
        record.append(INFO + "/RECORD,,")
        archive.writestr(zipfile.ZipInfo(INFO + "/RECORD"), "\\n".join(record) + "\\n")
    return name
'''


def build_wheel(
    directory: Path,
    name: str,
    version: str,
    *,
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    files: Files | None = None,
    tag: str = "py3-none-any",
    extras: Iterable[str] = (),
    build: str = "",
    metadata: str | None = None,
) -> Path:
    """Write a wheel that pip installs.

    Args:
        directory: where the wheel goes; made when missing.
        name: the project's name as its author writes it.
        version: written as given in METADATA, normalised in the file name.
        requires: the ``Requires-Dist`` lines.
        requires_python: the ``Requires-Python`` line.
        files: contents by path in the archive; a module of one line when not given.
        tag: the compatibility tag, possibly compressed (``cp311.cp312-abi3-linux_x86_64``).
        extras: the ``Provides-Extra`` lines.
        build: the build number part of the file name.
        metadata: the whole METADATA text, in place of the one made from the other arguments.
    """
    stem = file_stem(name, version)
    info = f"{stem}.dist-info"
    text = metadata if metadata is not None else render_metadata(name, version, requires, requires_python, extras)
    interpreters, abis, platforms = tag.split("-")
    tags = [
        f"Tag: {interpreter}-{abi}-{platform}\n"
        for interpreter in interpreters.split(".")
        for abi in abis.split(".")
        for platform in platforms.split(".")
    ]
    pure = "true" if platforms == "any" else "false"
    wheel = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {pure}\n{''.join(tags)}"
    entries = {
        **_encoded(files if files is not None else _module(name, version)),
        f"{info}/METADATA": text.encode(),
        f"{info}/WHEEL": wheel.encode(),
    }
    entries[f"{info}/RECORD"] = _record(entries, f"{info}/RECORD")
    middle = f"-{build}" if build else ""
    path = directory / f"{stem}{middle}-{tag}.whl"
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in entries.items():
            member = zipfile.ZipInfo(entry, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)
    return path


def build_sdist(
    directory: Path,
    name: str,
    version: str,
    *,
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    files: Files | None = None,
    extras: Iterable[str] = (),
    metadata: str | None = None,
    metadata_version: str = "2.2",
    dynamic: Iterable[str] = (),
    root_files: Files | None = None,
) -> Path:
    """Write a ``.tar.gz`` sdist that builds with no network: its build backend is a file of its own.

    Args:
        directory: where the sdist goes; made when missing.
        name: the project's name as its author writes it.
        version: written as given in PKG-INFO, normalised in the file name.
        requires: the ``Requires-Dist`` lines.
        requires_python: the ``Requires-Python`` line.
        files: contents by path below ``src``; a module of one line when not given.
        extras: the ``Provides-Extra`` lines.
        metadata: the whole PKG-INFO text, in place of the one made from the other arguments.
        metadata_version: below 2.2, nothing in PKG-INFO counts as static.
        dynamic: the ``Dynamic`` lines.
        root_files: contents by path in the root of the tree; replaces the default of the same path, so that
            another ``pyproject.toml`` or a ``setup.py`` can take the place of the in-tree backend.
    """
    stem = file_stem(name, version)
    text = (
        metadata
        if metadata is not None
        else render_metadata(name, version, requires, requires_python, extras, metadata_version, dynamic)
    )
    entries = {
        "PKG-INFO": text.encode(),
        "pyproject.toml": _PYPROJECT,
        "_backend.py": _BACKEND.format(stem=stem).encode(),
        **{
            f"src/{path}": content
            for path, content in _encoded(files if files is not None else _module(name, version)).items()
        },
        **_encoded(root_files or {}),
    }
    path = directory / f"{stem}.tar.gz"
    directory.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry, content in sorted(entries.items()):
            member = tarfile.TarInfo(f"{stem}/{entry}")
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    with path.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as compressed:
        compressed.write(buffer.getvalue())
    return path


def file_stem(name: str, version: str) -> str:
    """Return the ``NAME-VERSION`` part of a file name, both normalised."""
    project = canonicalize_name(name).replace("-", "_")
    return f"{project}-{canonicalize_version(version, strip_trailing_zero=False)}"


def render_metadata(
    name: str,
    version: str,
    requires: Iterable[str] = (),
    requires_python: str | None = None,
    extras: Iterable[str] = (),
    metadata_version: str = "2.2",
    dynamic: Iterable[str] = (),
) -> str:
    """Return the text of METADATA or PKG-INFO."""
    lines = [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {version}"]
    if requires_python is not None:
        lines.append(f"Requires-Python: {requires_python}")
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    lines += [f"Dynamic: {field}" for field in dynamic]
    return "\n".join(lines) + "\n"


def _module(name: str, version: str) -> Files:
    return {f"{canonicalize_name(name).replace('-', '_')}/__init__.py": f'__version__ = "{version}"\n'}


def _encoded(files: Files) -> dict[str, bytes]:
    return {path: content.encode() if isinstance(content, str) else content for path, content in files.items()}


def _record(entries: Mapping[str, bytes], own: str) -> bytes:
    lines = []
    for path, content in entries.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}")
    return ("\n".join([*lines, f"{own},,"]) + "\n").encode()
