"""An index with the store before it: each page once a run, each file's METADATA once for good."""

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName

from ca_vendor.selection import DistributionFile, ProjectMissingError, ProjectPage
from ca_vendor.store import Store
from ca_vendor.timings import TIMINGS
from ca_vendor.wheel import read_wheel_metadata
from ca_vendor.workflows.once import Once
from ca_vendor.workflows.progress import Progress, Silence, counted
from ca_vendor.workflows.routing import IndexRouter
from ca_vendor.workflows.turns import Turns

if TYPE_CHECKING:
    from ca_vendor.index import IndexClient

_WHOLE_BYTES = 1 << 17
"""Files up to this size are downloaded whole for their METADATA: a range would save nothing."""


_SILENCE = Silence()
_LARGE_BYTES = 1_000_000
_LARGE_AT_ONCE = 8
"""Downloads that fill a link take turns; those of less than a megabyte need not wait for them."""


class StoppedError(Exception):
    """The run has ended otherwise; whoever meets this has nothing more to do."""


def until_set(stopped: threading.Event, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield chunks until an event is set.

    Raises:
        StoppedError: it was set.
    """
    for chunk in chunks:
        if stopped.is_set():
            raise StoppedError
        yield chunk


class StoredIndex:
    """Pages and METADATA of one index, for any number of views at once.

    What must be downloaded whole for its METADATA goes to the store, where ``fetch`` will look for it.
    """

    def __init__(self, client: "IndexClient", store: Store, *, progress: Progress = _SILENCE) -> None:
        self.client = client
        self.store = store
        self.stopped = threading.Event()
        self._progress = progress
        self._turns = Turns(_LARGE_AT_ONCE)
        self._files: dict[str, DistributionFile] = {}
        self._page_once: Once[NormalizedName, ProjectPage] = Once(self._fetch_page)
        self._metadata_once: Once[str, bytes] = Once(lambda url: self._metadata(self._files[url]))

    def stop(self) -> None:
        """End what is still being downloaded: guesses nobody asked for, or all of it when the run is interrupted."""
        self.stopped.set()

    def page(self, name: NormalizedName) -> ProjectPage:
        """Return the index's page of a project; several callers at once share one request.

        Raises:
            ProjectMissingError: the index has none.
            CaVendorError: the index could not be read.
        """
        return self._page_once(name)

    def metadata(self, file: DistributionFile) -> bytes:
        """Return the METADATA of a wheel, from the cheapest place that has it; several callers share the work.

        Raises:
            BrokenWheelError: the wheel has none that can be read.
            WrongHashError: the wheel is not the one its page names.
            CaVendorError: the index could not be read.
        """
        self._files[file.url] = file
        return self._metadata_once(file.url)

    def ensure_file(self, file: DistributionFile) -> str:
        """See that a file is in the store, and return its sha256.

        Raises:
            WrongHashError: the bytes are not the ones its page names.
            CaVendorError: the index could not be read.
        """
        if file.sha256 and self._is_stored(file.sha256):
            return file.sha256
        return self._keep(file, self.client.stream_file(file))

    def _fetch_page(self, name: NormalizedName) -> ProjectPage:
        with TIMINGS.phase("getting pages"), self._progress.waiting_for(f"the page of {name}"):
            return self.client.fetch_page(name)

    def _metadata(self, file: DistributionFile) -> bytes:
        known = file.sha256 and self.store.read_metadata(file.sha256)
        if known:
            return known
        if (file.size or 0) < _LARGE_BYTES:
            data = self._read_metadata(file)
        else:
            with self._turns.take(file.size or 0):
                data = self._read_metadata(file)
        if file.sha256:
            self.store.write_metadata(file.sha256, data)
        return data

    def _read_metadata(self, file: DistributionFile) -> bytes:
        with TIMINGS.phase("getting METADATA"), self._progress.waiting_for(file.filename):
            return self._obtain_metadata(file)

    def _obtain_metadata(self, file: DistributionFile) -> bytes:
        if file.has_metadata and (data := self.client.fetch_metadata_file(file)) is not None:
            return data
        if file.sha256 and self._is_stored(file.sha256):
            return self._metadata_of_stored(file, file.sha256)
        if file.size is not None and file.size <= _WHOLE_BYTES:
            return self._metadata_of_stored(file, self._keep(file, self.client.stream_file(file)))
        answer = self.client.open_tail(file)
        # Asked this way round, as a file object is an iterator too: of lines.
        if isinstance(answer, io.BufferedReader):
            with answer:
                return read_wheel_metadata(answer, filename=file.filename)
        return self._metadata_of_stored(file, self._keep(file, answer))

    def _is_stored(self, sha256: str) -> bool:
        """Whether the store has the file, and a disk has not damaged it since."""
        return self.store.digests.sha256_of(self.store.file_path(sha256)) == sha256

    def _keep(self, file: DistributionFile, chunks: Iterator[bytes]) -> str:
        watched = counted(until_set(self.stopped, chunks), self._progress)
        return self.store.add_file(watched, filename=file.filename, sha256=file.sha256, index=self.client.url)

    def _metadata_of_stored(self, file: DistributionFile, sha256: str) -> bytes:
        with self.store.file_path(sha256).open("rb") as stored:
            return read_wheel_metadata(stored, filename=file.filename)


class RoutedIndex:
    """The indexes of a run as one: each project's page, METADATA and files come from its own index, and no other.

    Args:
        router: tells the index of each project.
        open_index: opens an index by its identity; called once for each, when it is first needed.
    """

    def __init__(self, router: IndexRouter, open_index: Callable[[str], StoredIndex]) -> None:
        self.router = router
        self.stopped = threading.Event()
        self._released = threading.Event()
        self._released.set()
        self._opened: list[StoredIndex] = []
        self._open_index = open_index
        self._stored: Once[str, StoredIndex] = Once(self._open_one)

    def stop(self) -> None:
        """End what is still being downloaded: guesses nobody asked for, or all of it when the run is interrupted."""
        self.stopped.set()
        self._released.set()
        for stored in self._opened:
            stored.stop()

    def hold(self) -> None:
        """Let whoever asks something wait until :meth:`open` has opened what it is given."""
        self._released.clear()

    def open(self, names: Iterable[NormalizedName]) -> None:
        """Open the indexes of some projects now: a refusal is told at once, and an interrupt ends the asking.

        Raises:
            CaVendorError: a project has no index or two, or AWS refuses.
        """
        asked = (name for name in names if name not in self.router.workspace)
        for identity in dict.fromkeys(self.router.index_of(name).identity for name in asked):
            self._stored(identity)
        self._released.set()

    def url_of(self, identity: str) -> str:
        """Return where an index is today."""
        return self._stored(identity).client.url

    def page(self, name: NormalizedName) -> ProjectPage:
        """Return a project's page; see :meth:`StoredIndex.page`."""
        try:
            return self._of(name).page(name)
        except ProjectMissingError as error:
            claim = self.router.claim_of(name)
            if claim is None:
                raise
            raise ProjectMissingError(name, error.index, claimed_by=claim.text_of(name)) from error

    def metadata(self, name: NormalizedName, file: DistributionFile) -> bytes:
        """Return the METADATA of a project's wheel; see :meth:`StoredIndex.metadata`."""
        return self._of(name).metadata(file)

    def ensure_file(self, name: NormalizedName, file: DistributionFile) -> str:
        """See that a project's file is in the store; see :meth:`StoredIndex.ensure_file`."""
        return self._of(name).ensure_file(file)

    def ensure_path(self, name: NormalizedName, file: DistributionFile) -> Path:
        """See that a project's file is in the store, and return where; see :meth:`StoredIndex.ensure_file`."""
        stored = self._of(name)
        return stored.store.file_path(stored.ensure_file(file))

    def download(self, file: DistributionFile) -> Path:
        """See that a file of no project is in the store, and return where; any index's client will do.

        Raises:
            CaVendorError: it could not be read, or has another hash.
        """
        stored = self._when_released(self.router.indexes[0].identity)
        return stored.store.file_path(stored.ensure_file(file))

    def _open_one(self, identity: str) -> StoredIndex:
        stored = self._open_index(identity)
        self._opened.append(stored)
        if self.stopped.is_set():
            stored.stop()
        return stored

    def _of(self, name: NormalizedName) -> StoredIndex:
        return self._when_released(self.router.index_of(name).identity)

    def _when_released(self, identity: str) -> StoredIndex:
        if not self._released.is_set():
            self._released.wait()
            if self.stopped.is_set():
                raise StoppedError
        return self._stored(identity)
