"""One source and one builder, through `ca-vendor lock`, `fetch` and `check` as a user runs them."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ca_vendor.lock import parse_lock
from ca_vendor.selection import parse_wheel_name
from tests.sources.rows import Builds, Refused, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What all cells share.

    Attributes:
        scratch: each cell has a directory of its own in it.
        index: variables that lead to the index.
        engine: lines of configuration that lead to a container engine; empty for none.
    """

    scratch: Path
    index: Mapping[str, str]
    engine: str = ""


class Cell:
    """A project with one requirement.

    Args:
        row: the source.
        builder: ``host`` or ``container``.
        shop: where it is.
    """

    def __init__(self, row: Row, builder: str, shop: Shop) -> None:
        self._row, self._builder, self._shop = row, builder, shop
        self._home = shop.scratch / f"{row.name}-{row.target}-{builder}-{abs(hash(row.requirement)) % 10_000}"
        self._project = self._home / "project"

    def problem(self) -> str:
        """Build it; return what is not as it must be, empty where all is."""
        self._write()
        expected = self._row.host if self._builder == "host" else self._row.container
        lock = ["lock", "job/requirements.in", "--target", self._row.target, "--builder", self._builder]
        code, output = self._run(*lock)
        match expected:
            case Refused():
                is_right = code == expected.code and expected.words in " ".join(output.split())
                return "" if is_right else f"ends with {code}: {output.strip()[-1500:]}"
            case Builds() if code != 0:
                return f"is refused: {output.strip()[-1500:]}"
            case Builds():
                return self._problem_of_wheel(expected)

    def _write(self) -> None:
        (self._project / "job").mkdir(parents=True)
        if self._row.prepare is not None:
            self._row.prepare(self._project)
        binary = f'no-binary = ["{self._row.name}"]\n' if self._row.has_wheels else ""
        settings = f'domain = "acme"\nrepository = "python"\nresolver = "uv"\n{binary}{self._shop.engine}'
        (self._project / "ca-vendor.toml").write_text(settings)
        requirement = self._row.requirement.replace("PROJECT", str(self._project))
        requirement = requirement.replace("./", "../") if requirement.startswith(("./", "-e ./")) else requirement
        (self._project / "job" / "requirements.in").write_text(f"{requirement}\n")

    def _run(self, *arguments: str) -> tuple[int, str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "CA_VENDOR_CACHE_DIR": str(self._home / "store"),
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._shop.index,
        }
        done = subprocess.run(
            [sys.executable, "-m", "ca_vendor", *arguments],
            cwd=self._project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def _problem_of_wheel(self, expected: Builds) -> str:
        for command in ("fetch", "check"):
            code, output = self._run(command)
            if code != 0:
                return f"`{command}` ends with {code}: {output.strip()[-1500:]}"
        [path] = (self._project / "vendor").glob("pylock.*.toml")
        [pin] = [pin for pin in parse_lock(path.read_text(), path=path).pins if pin.name == self._row.name]
        name = parse_wheel_name(pin.file.filename)
        if pin.build is None or pin.build.builder != self._builder:
            return f"{pin.file.filename} was not built by {self._builder}"
        if name is None or name.tags != expected.tags:
            return f"it is {pin.file.filename}"
        return self._problem_of_import(self._project / "vendor" / "wheelhouse" / self._row.target / pin.file.filename)

    def _problem_of_import(self, wheel: Path) -> str:
        """Import what was built with our Python, which is the target's; what it requires is there as well."""
        if f"python3.{sys.version_info[1]}" not in self._row.target or not self._row.module:
            return ""
        site = self._home / "site"
        for each in wheel.parent.glob("*.whl"):
            with zipfile.ZipFile(each) as archive:
                archive.extractall(site)
        code = f"import sys; sys.path.insert(0, {str(site)!r}); import {self._row.module} as m; print(m.__file__)"
        done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
        if done.returncode != 0 or str(site) not in done.stdout:
            return f"`{self._row.module}` cannot be imported: {done.stderr.strip()[-500:]}"
        return ""
