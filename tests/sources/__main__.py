"""``python -m tests.sources``: build every source with every builder, and write the table of docs/sources.md."""

import argparse
import hashlib
import io
import json
import struct
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from ca_vendor.emulator import Emulator, Upstream
from tests.sam_matrix.engine import Engine, running_engine
from tests.sources import private
from tests.sources.page import BUILDERS, write_table
from tests.sources.rows import ROWS, X86, Row
from tests.sources.run import Cell, Shop

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
IMAGE = "ca-vendor-sources"
AARCH64 = 183
PYTHON = X86.partition("-")[0].removeprefix("python")


def main() -> None:
    """Build everything; exit with 1 if anything is not as it must be."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--engine", type=Path, help="keep the container engine's images there")
    parser.add_argument("--only", action="append", help="part of a row's title, or a builder; repeatable")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if sys.version_info[:2] != tuple(map(int, PYTHON.split("."))):
        sys.exit(f"needs Python {PYTHON}: what is compiled on the host is for the Python that runs this")
    chosen = [(row, builder) for row in ROWS for builder in BUILDERS if _is_chosen(row, builder, options.only)]
    problems: dict[tuple[str, str], str] = {}
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ca-vendor-sources-")))
        shop = _open_shop(stack, scratch, (options.engine or scratch / "engine").absolute())
        pool = stack.enter_context(ThreadPoolExecutor(options.jobs))
        for (row, builder), (problem, seconds) in zip(
            chosen, pool.map(lambda each: _timed(each[0], each[1], shop), chosen), strict=True
        ):
            problems[row.title, builder] = problem
            _say(f"{problem or 'as it must be'}  {seconds:.1f} s  {builder}  {row.title}")
    write_table(PAGE, problems)
    failed = [problem for problem in problems.values() if problem]
    sys.exit(f"{len(failed)} of {len(problems)} are not as they must be" if failed else None)


def _is_chosen(row: Row, builder: str, only: list[str] | None) -> bool:
    return only is None or any(word == builder or word in row.title for word in only)


def _open_shop(stack: ExitStack, scratch: Path, engine_directory: Path) -> Shop:
    packages = scratch / "packages"
    private.publish(packages)
    emulator = stack.enter_context(Emulator(packages=packages, upstream=Upstream.from_pip(), state=scratch / "state"))
    engine = stack.enter_context(running_engine(engine_directory, [PYTHON]))
    command = scratch / "docker"
    command.write_text(f'#!/bin/sh\nexec docker --host {engine.host} "$@"\n')
    command.chmod(0o755)
    _name_images(engine, scratch)
    settings = f'container-command = "{command}"\nbuild-image = "{IMAGE}-{{architecture}}"\n'
    return Shop(scratch=scratch, index=emulator.environment(), engine=settings)


def _name_images(engine: Engine, scratch: Path) -> None:
    """Have an image for each processor: all there is to the other one is a shell that this machine cannot run."""
    _write_foreign_image(scratch / "other.tar")
    for arguments in (
        ("tag", engine.images[PYTHON], f"{IMAGE}-x86_64"),
        ("load", "--input", str(scratch / "other.tar")),
    ):
        if (done := engine.docker(*arguments)).returncode != 0:
            sys.exit(f"`docker {' '.join(arguments)}` failed: {done.stderr}")


def _write_foreign_image(path: Path) -> None:
    """Write an image as `docker save` does. Source: https://github.com/opencontainers/image-spec/blob/main/config.md."""
    shell = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHI", 2, AARCH64, 1) + bytes(40)
    layer = _tar({"bin/sh": shell})
    layers = {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]}
    config = json.dumps({"architecture": "arm64", "os": "linux", "rootfs": layers, "config": {}}).encode()
    manifest = [{"Config": "config.json", "RepoTags": [f"{IMAGE}-arm64:latest"], "Layers": ["layer.tar"]}]
    path.write_bytes(_tar({"config.json": config, "manifest.json": json.dumps(manifest).encode(), "layer.tar": layer}))


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _timed(row: Row, builder: str, shop: Shop) -> tuple[str, float]:
    started = time.monotonic()
    problem = Cell(row, builder, shop).problem()
    return problem, time.monotonic() - started


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the progress of a run of minutes


if __name__ == "__main__":
    main()
