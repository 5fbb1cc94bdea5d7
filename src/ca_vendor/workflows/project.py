"""A project on disk: where its locks, its wheelhouses and its bundles are."""

import os
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName

from ca_vendor.config import Settings
from ca_vendor.files import UnreadableError
from ca_vendor.lock import LOCK_NAME, InvalidLockError, Lock, parse_lock, render_requirements
from ca_vendor.requirement import PROJECT_FILE
from ca_vendor.target import Target
from ca_vendor.wheelhouse import Wheelhouse


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One requirements.in or pyproject.toml for one target, and who uses it.

    Attributes:
        requirements: the requirements.in or pyproject.toml, absolute.
        users: logical IDs of the functions and layers; empty for a bundle of no template.
        ad_hoc: neither template nor configuration names it: it was locked from the command line.
        extras, groups: which of a pyproject.toml are wanted besides its dependencies.
        exclude: projects that are left out, whoever requires them.
        provided_by: the bundle whose pins are there already where this one runs; empty for none.
    """

    name: str
    requirements: Path
    target: Target
    users: tuple[str, ...] = ()
    ad_hoc: bool = False
    extras: tuple[NormalizedName, ...] = ()
    groups: tuple[NormalizedName, ...] = ()
    exclude: frozenset[NormalizedName] = frozenset()
    provided_by: str = ""

    @property
    def compiled(self) -> Path:
        """The requirements.txt beside requirements.in or pyproject.toml."""
        if self.requirements.name == PROJECT_FILE:
            return self.requirements.with_name("requirements.txt")
        return self.requirements.with_suffix(".txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where things are."""

    settings: Settings

    @property
    def root(self) -> Path:
        """The project's directory."""
        return self.settings.root

    @property
    def vendor(self) -> Path:
        """The directory of the locks."""
        return self.root / "vendor"

    def lock_path(self, bundle: str) -> Path:
        """Where a bundle's lock is."""
        return self.vendor / f"pylock.{bundle}.toml"

    def wheelhouse(self, target: Target) -> Wheelhouse:
        """The wheelhouse of a target."""
        return Wheelhouse(self.root / self.settings.wheelhouse / target.name)

    def shown(self, path: Path) -> str:
        """Return a path as messages show it: relative to the project, with forward slashes."""
        relative = os.path.relpath(path, self.root)
        return path.as_posix() if relative.startswith("..") else Path(relative).as_posix()

    def read_lock(self, bundle: str) -> Lock | None:
        """Return a bundle's lock; ``None`` where there is none.

        Raises:
            InvalidLockError: the file cannot be read as a lock.
            UnreadableError: the file cannot be read at all.
        """
        path = self.lock_path(bundle)
        text = read_text(path)
        if text is None:
            return None
        shown = Path(self.shown(path))
        lock = parse_lock(text, path=shown)
        if lock.bundle != bundle:
            raise InvalidLockError(shown, f"it is that of `{lock.bundle}`, under another name")
        return lock

    def read_provider(self, bundle: Bundle) -> Lock | None:
        """Return the lock of what provides for a bundle; ``None`` where nothing does, or it has none.

        Raises:
            UnreadableError: the file cannot be read at all.
        """
        try:
            return self.read_lock(bundle.provided_by) if bundle.provided_by else None
        except InvalidLockError:
            return None  # as good as none; whoever looks at that bundle is told

    def lock_names(self) -> tuple[str, ...]:
        """Return the bundle names of the locks in the vendor directory, sorted."""
        names = (LOCK_NAME.fullmatch(path.name) for path in self.vendor.glob("pylock.*.toml"))
        return tuple(sorted(match[1] for match in names if match))

    def locks(self) -> tuple[Lock, ...]:
        """Return every lock in the vendor directory, by bundle name.

        Raises:
            InvalidLockError: one of them cannot be read as a lock.
        """
        return tuple(lock for name in self.lock_names() if (lock := self.read_lock(name)) is not None)

    def bundle_of(self, lock: Lock) -> Bundle:
        """Return the bundle that a lock was made for, as the lock tells it.

        Raises:
            InvalidLockError: it names a requirements.in outside of the project, beside which nothing may be written.
        """
        requirements = Path(os.path.normpath(self.vendor / lock.requirements))
        if not requirements.is_relative_to(self.root):
            path = Path(self.shown(self.lock_path(lock.bundle)))
            raise InvalidLockError(path, f"`{lock.requirements}` is outside of the project")
        return Bundle(
            name=lock.bundle,
            requirements=requirements,
            target=lock.target,
            ad_hoc=True,
            extras=lock.extras,
            groups=lock.groups,
            exclude=frozenset(lock.exclude),
            provided_by=lock.provider,
        )

    def locked_requirements(self, bundle: Bundle) -> str:
        """Return the path of a bundle's requirements.in as its lock records it."""
        return Path(os.path.relpath(bundle.requirements, self.vendor)).as_posix()

    def vendored_text(self, lock: Lock, bundle: Bundle) -> str:
        """Return the requirements.txt that installs a bundle from its wheelhouse."""
        wheelhouse = self.wheelhouse(lock.target).directory
        find_links = Path(os.path.relpath(wheelhouse, bundle.compiled.parent)).as_posix()
        return render_requirements(lock, find_links=find_links)


def read_text(path: Path) -> str | None:
    """Return a text file's content; ``None`` where there is no such file.

    Raises:
        UnreadableError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(path, error) from error
