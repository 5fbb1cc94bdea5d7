"""The local store: one directory, files named by the sha256 of what they hold."""

import hashlib
import os
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from ca_vendor.digests import KnownDigests
from ca_vendor.errors import IntegrityError
from ca_vendor.files import StagedFiles, UnreadableError, remove_leftovers, write_atomically


class WrongHashError(IntegrityError):
    """Downloaded bytes are not the ones their hash names."""

    def __init__(self, filename: str, expected: str, got: str, index: str) -> None:
        super().__init__(
            f"`{filename}` is not the file that was locked",
            details=(f"expected sha256 {expected}", f"got      sha256 {got}", f"from {index}"),
            hint="if the file was legitimately published anew, run `ca-vendor lock --upgrade-package` for its project; "
            "otherwise find out who changed it",
        )
        self.filename = filename
        self.expected = expected
        self.got = got


def default_store_directory() -> Path:
    """Return ``CA_VENDOR_CACHE_DIR``, or the user's cache directory by the system's convention."""
    if configured := os.environ.get("CA_VENDOR_CACHE_DIR"):
        return Path(configured).absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("ca-vendor", appauthor=False))


class Store:
    """Distribution files and METADATA by the sha256 of the distribution file.

    Entries appear whole or not at all, so any number of processes may share one store.

    Attributes:
        digests: of files that have not changed since they were computed, the store's own and others.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.digests = KnownDigests(directory / "digests.json")

    def file_path(self, sha256: str) -> Path:
        """Where the distribution file of that digest is kept, whether or not it is there."""
        return self.directory / "files" / sha256[:2] / sha256

    def add_file(self, chunks: Iterable[bytes], *, filename: str, sha256: str | None, index: str) -> str:
        """Keep a distribution file, hashed while it streams in.

        Args:
            chunks: the file's bytes, in order.
            filename: its name, for the message.
            sha256: the digest it must have, ``None`` where nobody said.
            index: where it came from, for the message.

        Returns:
            Its sha256 in lower-case hex.

        Raises:
            WrongHashError: the bytes have another digest; nothing is kept.
            UnwritableError: the disk refuses.
        """
        digest = hashlib.sha256()
        arrival = self._arrivals / uuid.uuid4().hex
        with StagedFiles() as staged:
            with staged.open(arrival) as file:
                for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
            got = digest.hexdigest()
            if sha256 is not None and got != sha256:
                raise WrongHashError(filename, sha256, got, index)
            staged.move(arrival, self.file_path(got))
            staged.commit()
        self.digests.note(self.file_path(got), got)
        return got

    def sweep(self) -> None:
        """Remove what killed runs left half-written."""
        remove_leftovers(self._arrivals, now=time.time())

    def read_metadata(self, sha256: str) -> bytes | None:
        """Return the METADATA of the distribution file of that digest; ``None`` where it is not kept.

        Raises:
            UnreadableError: it cannot be read.
        """
        path = self._metadata_path(sha256)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnreadableError(path, error) from error

    def write_metadata(self, sha256: str, data: bytes) -> None:
        """Keep the METADATA of the distribution file of that digest.

        Raises:
            UnwritableError: the disk refuses.
        """
        write_atomically(self._metadata_path(sha256), data)

    @property
    def _arrivals(self) -> Path:
        """Where files are until they are whole: in one place, so that leftovers are found without a search."""
        return self.directory / "arrivals"

    def _metadata_path(self, sha256: str) -> Path:
        return self.directory / "metadata" / sha256[:2] / sha256
