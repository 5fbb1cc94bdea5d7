"""The host's view of the index that pip on this machine is configured to use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packaging.utils import NormalizedName

from ca_vendor.selection import DistributionFile
from ca_vendor.view import ServedHostView, serve_host_view
from tests.truth.live import configured_index


@contextmanager
def serve_configured_index(directory: Path) -> Iterator[ServedHostView]:
    """Serve it while the block runs.

    Args:
        directory: where files are kept.
    """
    stored = configured_index(directory)

    def ensure_file(name: NormalizedName, file: DistributionFile) -> Path:
        return stored.store.file_path(stored.ensure_file(file))

    with serve_host_view(pages=stored.page, ensure_file=ensure_file) as served:
        yield served
