"""An index in memory: what a view needs of one, and a record of what was asked of it."""

import threading
import time
from collections.abc import Callable, Iterable

from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor.selection import DistributionFile, ProjectMissingError, ProjectPage
from ca_vendor.target import find_target
from ca_vendor.view import Hints, Policy, TargetView
from tests.distributions import render_metadata

URL = "https://index.example/simple/"
ARM = find_target("python3.12-arm64")


class MemoryIndex:
    """Serves pages and METADATA; a name or a file name in ``errors`` fails with that error instead."""

    def __init__(self) -> None:
        self.errors = dict[str, Exception]()
        self.asked = list[str]()
        self._lock = threading.Lock()
        self._files = dict[NormalizedName, list[DistributionFile]]()
        self._metadata = dict[str, str]()

    def add(
        self,
        name: str,
        version: str = "1.0",
        requires: Iterable[str] = (),
        *,
        extras: Iterable[str] = (),
        tag: str = "py3-none-any",
        requires_python: str | None = None,
        yanked: str | None = None,
    ) -> None:
        project = canonicalize_name(name)
        filename = f"{project.replace('-', '_')}-{version}-{tag}.whl"
        file = DistributionFile(
            filename=filename, url=f"{URL}{filename}", requires_python=requires_python, yanked=yanked
        )
        self._files.setdefault(project, []).append(file)
        self._metadata[filename] = render_metadata(name, version, requires, requires_python, extras)

    def page(self, name: NormalizedName) -> ProjectPage:
        self._note(name)
        if name not in self._files:
            raise ProjectMissingError(name, URL)
        return ProjectPage.of(name=name, url=f"{URL}{name}/", files=tuple(self._files[name]))

    def metadata(self, name: NormalizedName, file: DistributionFile) -> bytes:
        self._note(file.filename)
        assert file in self._files[name]
        return self._metadata[file.filename].encode()

    def view(self, policy: Policy | None = None, *, hints: Hints | None = None) -> TargetView:
        return TargetView(target=ARM, pages=self.page, metadata=self.metadata, policy=policy, hints=hints)

    def _note(self, what: str) -> None:
        with self._lock:
            self.asked.append(what)
        if what in self.errors:
            raise self.errors[what]


def eventually(condition: Callable[[], bool], *, seconds: float = 10.0) -> bool:
    """Return whether a condition comes true in time."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.005)
    return True
