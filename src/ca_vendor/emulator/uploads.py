"""Uploads, as twine and uv make them."""

import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ca_vendor.emulator.archives import Distribution, NotADistributionError, read_distribution
from ca_vendor.emulator.messages import (
    Request,
    Response,
    ServiceError,
    conflict,
    validation_error,
)
from ca_vendor.emulator.model import Asset, Repository, Restriction, Source
from ca_vendor.emulator.multipart import Form, read_form
from ca_vendor.emulator.publishing import Publisher
from ca_vendor.emulator.state import State


class Uploads:
    """Takes uploads into repositories.

    Args:
        state: the repositories.
        publisher: puts files into them.
    """

    def __init__(self, state: State, publisher: Publisher) -> None:
        self._state = state
        self._publisher = publisher
        self._lock = threading.Lock()
        self._directory = state.directory / "assets"
        self._directory.mkdir(exist_ok=True)

    def receive(self, request: Request, repository: Repository) -> Response:
        """Publish an uploaded file; the same file once more is as good as the first.

        Raises:
            ServiceError: when it cannot be published.
        """
        with tempfile.TemporaryDirectory(dir=self._directory, prefix=".part-") as temporary:
            form = read_form(request.body, request.headers.get("Content-Type", ""), Path(temporary))
            distribution = _check(form)
            with self._lock:
                if self._is_new(repository, distribution):
                    path = self._keep(repository, distribution)
                    asset = replace(distribution.asset, path=path)
                    self._publisher.publish(repository, replace(distribution, asset=asset), Source.UPLOAD)
        return Response()

    def _is_new(self, repository: Repository, distribution: Distribution) -> bool:
        package = self._state.package(repository, distribution.name)
        if package is None:
            return True
        if package.publish is Restriction.BLOCK:
            # ? the status of a publication that the origin controls block.
            message = f"publishing is blocked by the origin controls of {package.name}"
            raise ServiceError(403, "AccessDeniedException", message)
        version = package.versions.get(distribution.version)
        present = version.asset(distribution.asset.filename) if version is not None else None
        if present is not None and not _is_same(present, distribution.asset):
            raise conflict("asset", present.filename, f"asset already exists: {present.filename}")
        return present is None

    def _keep(self, repository: Repository, distribution: Distribution) -> Path:
        directory = self._directory.joinpath(
            repository.domain, repository.name, distribution.name, distribution.version
        )
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / distribution.asset.filename
        assert distribution.asset.path is not None  # noqa: S101 - read_distribution always says
        return distribution.asset.path.replace(path).resolve()


def _is_same(one: Asset, other: Asset) -> bool:
    return one.hashes.get("sha256") == other.hashes.get("sha256")


def _check(form: Form) -> Distribution:
    """Return the distribution in a form whose fields agree with it."""
    if form.fields.get(":action") != "file_upload":
        raise validation_error("the form's :action must be file_upload")
    try:
        distribution = read_distribution(form.file)
        version = str(Version(form.fields.get("version", "")))
    except (NotADistributionError, InvalidVersion) as exc:
        raise validation_error(f"not a distribution: {exc}") from exc
    if (canonicalize_name(form.fields.get("name", "")), version) != (distribution.name, distribution.version):
        raise validation_error("the form's name and version are not those of the file")
    expected = form.fields.get("sha256_digest")
    if expected and expected.lower() != distribution.asset.hashes["sha256"]:
        raise validation_error("the form's sha256_digest is not that of the file")
    return distribution
