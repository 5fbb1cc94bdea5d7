"""What all bundles of one run share."""

import math
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from ca_vendor.errors import ConfigurationError
from ca_vendor.index import HttpClient, IndexClient, Patience
from ca_vendor.store import Store
from ca_vendor.workflows.indexes import IndexName, open_index
from ca_vendor.workflows.progress import Progress
from ca_vendor.workflows.project import Project

TIMEOUT_VARIABLE = "CA_VENDOR_TIMEOUT"


def patience(environment: Mapping[str, str] | None = None) -> Patience:
    """Return how long an index is waited for: as long as ``CA_VENDOR_TIMEOUT`` says, else as long as usual.

    Raises:
        ConfigurationError: it is no number of seconds.
    """
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
        indexes: how to reach an index that a lock names, by its identity; one that is not here is reached by its
            identity alone.
    """

    project: Project
    store: Store
    progress: Progress
    indexes: Mapping[str, IndexName] = field(default_factory=dict)
    _http: HttpClient = field(default_factory=lambda: HttpClient(patience=patience()))
    _clients: dict[str, IndexClient] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """End every request that is under way, in whatever thread."""
        self._http.stop()

    def client(self, identity: str) -> IndexClient:
        """Return the client of an index, opened when first asked for.

        Raises:
            CaVendorError: AWS refuses, or credentials cannot be read.
        """
        with self._lock:
            if identity not in self._clients:
                name = self.indexes.get(identity, IndexName(identity=identity, only_locked=True))
                self._clients[identity] = open_index(name, http=self._http)
            return self._clients[identity]
