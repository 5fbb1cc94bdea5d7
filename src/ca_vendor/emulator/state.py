"""Domains, repositories and packages, held in memory and kept in a directory.

Every change is one small file, written aside and renamed, so that the directory is whole whenever the process ends.
"""

import json
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from packaging.utils import NormalizedName

from ca_vendor.emulator.messages import conflict, not_found
from ca_vendor.emulator.model import Domain, Package, Repository
from ca_vendor.emulator.records import (
    Record,
    parse_domain,
    parse_package,
    parse_repository,
    render_record,
)

Place = tuple[str, str]
"""A repository's place: its domain's label and its own name."""


class State:
    """What the service remembers. Safe to use from several threads.

    Args:
        directory: where it is kept; what an earlier process left there is taken up.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = threading.RLock()
        self._domains: dict[str, Domain] = {}
        self._repositories: dict[Place, Repository] = {}
        self._packages: dict[Place, dict[NormalizedName, Package]] = {}
        self._read()

    def domains(self) -> tuple[Domain, ...]:
        """Return every domain, by name."""
        with self._lock:
            return tuple(domain for _, domain in sorted(self._domains.items()))

    def domain(self, name: str, owner: str) -> Domain:
        """Return a domain.

        Raises:
            ServiceError: when there is none.
        """
        found = self._domains.get(f"{name}-{owner}")
        if found is None:
            raise not_found("domain", name)
        return found

    def add_domain(self, domain: Domain) -> Domain:
        """Create a domain.

        Raises:
            ServiceError: when there is one of that name.
        """
        with self._lock:
            if domain.label in self._domains:
                raise conflict("domain", domain.name, f"domain already exists: {domain.name}")
            self._domains[domain.label] = domain
            self._write(self._root(domain.label) / "domain.json", render_record(domain))
        return domain

    def repositories(self, domain: str) -> tuple[Repository, ...]:
        """Return the repositories of a domain, by name."""
        with self._lock:
            return tuple(found for place, found in sorted(self._repositories.items()) if place[0] == domain)

    def repository(self, domain: str, name: str) -> Repository:
        """Return a repository.

        Raises:
            ServiceError: when there is none.
        """
        found = self._repositories.get((domain, name))
        if found is None:
            raise not_found("repository", name)
        return found

    def add_repository(self, repository: Repository) -> Repository:
        """Create a repository.

        Raises:
            ServiceError: when there is one of that name, or an upstream is missing.
        """
        with self._lock:
            if (repository.domain, repository.name) in self._repositories:
                message = f"repository already exists: {repository.name}"
                raise conflict("repository", repository.name, message)
            return self.put_repository(repository)

    def put_repository(self, repository: Repository) -> Repository:
        """Replace a repository's settings.

        Raises:
            ServiceError: when an upstream is missing.
        """
        for upstream in repository.upstreams:
            self.repository(repository.domain, upstream)
        place = (repository.domain, repository.name)
        with self._lock:
            self._repositories[place] = repository
            self._packages.setdefault(place, {})
            self._write(self._root(*place) / "repository.json", render_record(repository))
        return repository

    def packages(self, repository: Repository) -> tuple[Package, ...]:
        """Return the packages of a repository, by name, without those of its upstreams."""
        with self._lock:
            held = self._packages[repository.domain, repository.name]
            return tuple(package for _, package in sorted(held.items()))

    def package(self, repository: Repository, name: str) -> Package | None:
        """Return a package of a repository, without those of its upstreams."""
        return self._packages[repository.domain, repository.name].get(NormalizedName(name))

    def update_package(
        self, repository: Repository, name: NormalizedName, change: Callable[[Package | None], Package]
    ) -> Package:
        """Replace a package by what a function makes of it, as one step."""
        place = (repository.domain, repository.name)
        with self._lock:
            held = self._packages[place]
            before = held.get(name)
            after = change(before)
            if after is not before:
                held[name] = after
                self._write(self._root(*place) / "packages" / f"{name}.json", render_record(after))
        return after

    def drop_versions(self, repository: Repository, name: NormalizedName, versions: frozenset[str]) -> None:
        """Forget versions of a package, and the package with its last one."""
        place = (repository.domain, repository.name)
        with self._lock:
            held = self._packages[place]
            package = held[name]
            left = {key: value for key, value in package.versions.items() if key not in versions}
            if left:
                self.update_package(repository, name, lambda _: replace(package, versions=left))
            else:
                del held[name]
                (self._root(*place) / "packages" / f"{name}.json").unlink(missing_ok=True)

    def _root(self, *parts: str) -> Path:
        return self.directory.joinpath("domains", *parts)

    def _read(self) -> None:
        for path in self._root().glob("*/domain.json"):
            domain = parse_domain(_load(path))
            self._domains[domain.label] = domain
        for path in self._root().glob("*/*/repository.json"):
            repository = parse_repository(_load(path))
            place = (repository.domain, repository.name)
            self._repositories[place] = repository
            packages = (parse_package(_load(file)) for file in path.parent.glob("packages/*.json"))
            self._packages[place] = {package.name: package for package in packages}

    def _write(self, path: Path, record: Record) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(record, indent=1).encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees a part of it."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    Path(temporary).replace(path)


def _load(path: Path) -> Record:
    record: Record = json.loads(path.read_bytes())
    return record
