"""What all bundles of one run share."""

import math
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ca_vendor.errors import ConfigurationError
from ca_vendor.store import Store
from ca_vendor.timings import TIMINGS
from ca_vendor.workflows.indexes import locked_index, open_index
from ca_vendor.workflows.progress import Progress
from ca_vendor.workflows.project import Project
from ca_vendor.workflows.routing import IndexRouter
from ca_vendor.workflows.sources import RoutedIndex, StoredIndex

if TYPE_CHECKING:
    # Imported when something is asked of an index: most runs ask nothing, and it takes a third of their start-up.
    from ca_vendor.index import HttpClient, IndexClient, Patience

TIMEOUT_VARIABLE = "CA_VENDOR_TIMEOUT"


def patience(environment: Mapping[str, str] | None = None) -> "Patience":
    """Return how long an index is waited for: as long as ``CA_VENDOR_TIMEOUT`` says, else as long as usual.

    Raises:
        ConfigurationError: it is no number of seconds.
    """
    from ca_vendor.index import Patience

    text = (os.environ if environment is None else environment).get(TIMEOUT_VARIABLE)
    if not text:
        return Patience()
    return Patience.of(seconds_of(TIMEOUT_VARIABLE, text))


def seconds_of(variable: str, text: str) -> float:
    """Return the seconds that a variable holds.

    Raises:
        ConfigurationError: it is no number of seconds.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ConfigurationError(f"{variable} is not a number of seconds: `{text}`", hint="such as `300`")
    return seconds


@dataclass(slots=True, kw_only=True)
class Session:
    """One run of a command.

    Attributes:
        project: where things are.
        store: looked into before any index.
        progress: is told what happens.
        router: the index of each project. One that a lock names and that is not among its indexes is reached by its
            identity alone.
    """

    project: Project
    store: Store
    progress: Progress
    router: IndexRouter = field(default_factory=IndexRouter)
    _http: "HttpClient | None" = None
    _clients: "dict[str, IndexClient]" = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def patience(self) -> float:
        """Seconds for one answer of an index or of AWS."""
        return patience().total

    def stop(self) -> None:
        """End every request that is under way, in whatever thread."""
        if self._http is not None:
            self._http.stop()

    def index(self) -> RoutedIndex:
        """Return all indexes as one, the store before each; an index is opened when it is first needed."""
        return RoutedIndex(
            self.router, lambda identity: StoredIndex(self.client(identity), self.store, progress=self.progress)
        )

    def client(self, identity: str) -> "IndexClient":
        """Return the client of an index, opened when first asked for.

        Raises:
            CaVendorError: AWS refuses, or credentials cannot be read.
        """
        from ca_vendor.index import HttpClient

        with self._lock:
            if self._http is None:
                self._http = HttpClient(patience=patience())
            if identity not in self._clients:
                configured = {name.identity: name for name in self.router.indexes}
                name = configured.get(identity) or locked_index(identity, configured.values())
                with TIMINGS.phase("opening the index"):
                    self._clients[identity] = open_index(name, http=self._http)
            return self._clients[identity]
