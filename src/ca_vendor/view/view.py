"""The view itself: a project's usable versions and their metadata, each fetched once and ahead of need."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType

from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version

from ca_vendor.requirement import CoreMetadata, parse_metadata
from ca_vendor.selection import (
    WHEELS_ONLY,
    DistributionFile,
    Formats,
    ProjectPage,
    Selection,
    select_files,
)
from ca_vendor.target import Target
from ca_vendor.timings import TIMINGS
from ca_vendor.view.crawl import Crawl, Hints, TooManyVersionsError

PARALLEL_REQUESTS = 64
_FETCHERS = ThreadPoolExecutor(PARALLEL_REQUESTS, thread_name_prefix="view")
"""Ask the index, for all views of a run together."""

_SIFTER = ThreadPoolExecutor(1, thread_name_prefix="sift")
"""Takes pages apart, one at a time. More threads would not do it sooner, and each would hold a page in memory: in heaps
of their own, which C libraries do not give back."""

MOST_VERSIONS = 300
"""Metadata of more versions of one project is asked for only by a resolver that is lost in a conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which of the files that a target could use may be locked.

    Attributes:
        hashes: returns the sha256 digests a project's files are limited to; empty for no limit.
        formats: which kinds of files may be used.
        objection: says why a file may not be locked; empty where it may. A version whose file may not is left out.
        exclude: projects that are left out of whatever requires them.
    """

    hashes: Callable[[NormalizedName], Collection[str]] = lambda _: ()
    formats: Formats = WHEELS_ONLY
    objection: Callable[[NormalizedName, DistributionFile], str] = lambda _, __: ""
    exclude: Collection[NormalizedName] = ()


class TargetView:
    """An index as one target sees it.

    Pages and metadata are fetched in parallel, ahead of the resolver's asking, from the requirements on.

    Args:
        target: the machine files must load on.
        pages: returns the index's page of a project; raises where there is none.
        metadata: returns the METADATA of a project's distribution file.
        policy: which of the files that the target could use may be locked.
        hints: what the resolver is told besides the requirements.
    """

    def __init__(
        self,
        *,
        target: Target,
        pages: Callable[[NormalizedName], ProjectPage],
        metadata: Callable[[NormalizedName, DistributionFile], bytes],
        policy: Policy | None = None,
        hints: Hints | None = None,
    ) -> None:
        self.target = target
        self.policy = policy or Policy()
        self._fetch_page = pages
        self._fetch_metadata = metadata
        self._lock = threading.RLock()
        self._selections: dict[NormalizedName, Future[Selection]] = {}
        self._metadata: dict[tuple[NormalizedName, Version], Future[CoreMetadata]] = {}
        self._asked: defaultdict[NormalizedName, set[Version]] = defaultdict(set)
        self._crawl = Crawl(target, select=self._select_soon, read=self._metadata_soon, hints=hints or Hints())

    def __enter__(self) -> "TargetView":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Guesses that are under way are not waited for; whoever gave us the index ends them.
        self._crawl.stop()
        with self._lock:
            pages, metadata = list(self._selections.values()), list(self._metadata.values())
        for page in pages:
            page.cancel()
        for each in metadata:
            each.cancel()

    def crawl(self, requirements: Iterable[tuple[str, Requirement]]) -> None:
        """Begin to fetch what a resolver will ask for.

        Args:
            requirements: each with the name of who requires it.
        """
        for parent, requirement in requirements:
            self._crawl.expect(requirement, parent=parent)

    def page(self, name: NormalizedName) -> ProjectPage:
        """Return the index's own page, unfiltered, to explain what is missing from the view."""
        return self._fetch_page(name)

    def selection(self, name: NormalizedName) -> Selection:
        """Return the versions of a project that the target can use, each with the file it takes.

        Raises:
            CaVendorError: the page could not be had.
        """
        return self._select_soon(name).result()

    def left_out(self, name: NormalizedName) -> Mapping[Version, str]:
        """Return the versions that the target could use and that may not be locked, each with the reason.

        Raises:
            CaVendorError: the page could not be had.
        """
        usable = self._usable(name)
        return {version: why for version, use in usable.items() if (why := self.policy.objection(name, use.file))}

    def metadata(self, name: NormalizedName, version: Version) -> CoreMetadata:
        """Return the metadata of the file that the target takes of a version, markers and all.

        Raises:
            KeyError: the target can use no file of that version.
            CaVendorError: the page or the metadata could not be had.
        """
        return self._metadata_soon(name, version, self.selection(name)[version].file).result()

    def demands(self) -> Mapping[NormalizedName, Mapping[str, Requirement]]:
        """Return, for each project that a requirement named, those requirements by who made them."""
        return self._crawl.demands()

    def ask_metadata(self, name: NormalizedName, version: Version) -> CoreMetadata:
        """Do what :meth:`metadata` does for a resolver, and notice one that is lost.

        Raises:
            TooManyVersionsError: it has asked for very many versions of the project.
        """
        with self._lock:
            asked = self._asked[name]
            asked.add(version)
            if len(asked) > MOST_VERSIONS:
                raise TooManyVersionsError(name, len(asked), self._crawl.demands().get(name, {}))
        return self.metadata(name, version)

    def _select_soon(self, name: NormalizedName) -> Future[Selection]:
        with self._lock:
            if name not in self._selections:
                self._selections[name] = _FETCHERS.submit(self._select, name)
            return self._selections[name]

    def _select(self, name: NormalizedName) -> Selection:
        usable = self._usable(name)
        return {version: use for version, use in usable.items() if not self.policy.objection(name, use.file)}

    def _usable(self, name: NormalizedName) -> Selection:
        hashes, page = frozenset(self.policy.hashes(name)), self._fetch_page(name)
        return _SIFTER.submit(_sift, page, self.target, hashes, self.policy.formats).result()

    def _metadata_soon(self, name: NormalizedName, version: Version, file: DistributionFile) -> Future[CoreMetadata]:
        key = (name, version)
        with self._lock:
            if key not in self._metadata:
                self._metadata[key] = _FETCHERS.submit(self._read, name, file)
            return self._metadata[key]

    def _read(self, name: NormalizedName, file: DistributionFile) -> CoreMetadata:
        metadata = parse_metadata(self._fetch_metadata(name, file), filename=file.filename)
        return metadata.without(self.policy.exclude)


@lru_cache(maxsize=4096)
def _sift(page: ProjectPage, target: Target, hashes: Collection[str], formats: Formats) -> Selection:
    """Do what :func:`select_files` does, once for all views of a target."""
    with TIMINGS.phase("taking pages apart"):
        return select_files(page, target, hashes=hashes, formats=formats)
