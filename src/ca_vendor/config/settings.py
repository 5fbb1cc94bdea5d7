"""What configuration can say, and what is wrong with what it says."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from packaging.utils import InvalidName, NormalizedName, canonicalize_name

from ca_vendor.credential import SecretLocation
from ca_vendor.errors import ConfigurationError
from ca_vendor.selection import NamePattern
from ca_vendor.target import TargetDescription

RESOLVERS = ("pip-compile", "uv")
BUILDERS = ("host", "container")
DEFAULT_WHEELHOUSE = "vendor/wheelhouse"
_BUNDLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSettings:
    """A bundle that no template names, or what is to be added to one that a template names.

    Attributes:
        requirements: the requirements.in or pyproject.toml, relative to the project's root; ``None`` where the
            template names the bundle.
        target: the target's name; ``None`` likewise.
        name: ``None`` to derive it from the directory.
        extras, groups: which of a pyproject.toml are wanted.
        provided_by: name, function or layer of the bundle that has some of what this one requires.
        exclude: projects that are left out.
    """

    requirements: str | None = None
    target: str | None = None
    name: str | None = None
    extras: tuple[NormalizedName, ...] = ()
    groups: tuple[NormalizedName, ...] = ()
    provided_by: str | None = None
    exclude: frozenset[NormalizedName] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """An index that serves some projects, and is asked of no other.

    Attributes:
        name: what messages and the variables of its credential call it.
        packages: which projects.
        private: nobody else should have projects of these names.
        index_url: a simple index; ``None`` for a CodeArtifact repository.
        token_from: where the index's token is kept.
    """

    name: str
    packages: tuple[NamePattern, ...]
    private: bool = True
    domain: str | None = None
    domain_owner: str | None = None
    repository: str | None = None
    region: str | None = None
    profile: str | None = None
    index_url: str | None = None
    token_from: SecretLocation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of the configuration; ``None`` where it says nothing.

    Attributes:
        root: the project's directory; other paths are relative to it.
        source: the file it was read from, ``None`` where there is none.
        index_url: a simple index that is not asked of AWS.
        token_from: where the index's token is kept.
        template: the SAM template.
        wheelhouse: the directory above the targets' wheelhouses.
        indexes: those that serve some projects; all others come from ``repository`` or ``index_url``.
        minimum_age: how old a file must be before it is locked.
        minimum_age_except: projects that this is not for.
        only_binary, no_binary: projects whose sdists, or wheels, are not wanted, normalised; or ``:all:``.
        builder: what builds wheels of sources.
        build_image: where the container builder builds; ``{runtime}`` and ``{architecture}`` in it are the target's.
        container_command: what runs containers: ``docker``, ``finch``, ``podman``, or the path of one.
        exclude: projects that every bundle leaves out.
        workspace: patterns of directories whose projects are the project's own.
        bundles: that no template names, and what is to be added to those that it names.
    """

    root: Path
    source: Path | None = None
    domain: str | None = None
    domain_owner: str | None = None
    repository: str | None = None
    region: str | None = None
    profile: str | None = None
    index_url: str | None = None
    token_from: SecretLocation | None = None
    template: str | None = None
    wheelhouse: str = DEFAULT_WHEELHOUSE
    resolver: str = RESOLVERS[0]
    indexes: tuple[IndexSettings, ...] = ()
    minimum_age: timedelta | None = None
    minimum_age_except: tuple[NamePattern, ...] = ()
    only_binary: frozenset[str] = frozenset()
    no_binary: frozenset[str] = frozenset()
    builder: str = BUILDERS[0]
    build_image: str | None = None
    container_command: str | None = None
    exclude: frozenset[NormalizedName] = frozenset()
    workspace: tuple[str, ...] = ()
    bundles: tuple[BundleSettings, ...] = ()
    targets: Mapping[str, TargetDescription] = field(default_factory=dict)


class InvalidSettingError(ConfigurationError):
    """A setting that is unknown or cannot be used."""

    def __init__(self, source: Path, key: str, problem: str, *, hint: str = "") -> None:
        super().__init__(f"`{source.name}`: `{key}` {problem}", hint=hint)
        self.source = source
        self.key = key
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A TOML table being read; every complaint names the key it is about.

    Attributes:
        path: the table's own name, with its dot; empty for the outermost.
    """

    source: Path
    values: Mapping[str, object]
    path: str = ""

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Complain of the first key that is not known, and name the nearest that is.

        Raises:
            InvalidSettingError: there is one.
        """
        for key in self.values:
            if key not in known:
                close = difflib.get_close_matches(key.replace("_", "-"), known, n=1, cutoff=0.5)
                hint = f"did you mean `{close[0]}`?" if close else f"known keys: {', '.join(sorted(known))}"
                raise self.invalid(key, "is not a setting", hint=hint)

    def text(self, key: str, check: Callable[[str], str] = lambda _: "") -> str | None:
        """Return a string; ``None`` where there is none.

        Args:
            key: its key.
            check: returns what is wrong with it, empty where nothing is.

        Raises:
            InvalidSettingError: it is no string, is empty, or ``check`` complains.
        """
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.invalid(key, "must be a string that is not empty")
        if problem := check(value):
            raise self.invalid(key, problem)
        return value

    def required_text(self, key: str, check: Callable[[str], str] = lambda _: "") -> str:
        """Return a string that must be there; see :meth:`text`."""
        value = self.text(key, check)
        if value is None:
            raise self.invalid(key, "is missing")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return a boolean.

        Raises:
            InvalidSettingError: it is none.
        """
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.invalid(key, "must be `true` or `false`")
        return value

    def table(self, key: str) -> "Table":
        """Return a table within, empty where there is none.

        Raises:
            InvalidSettingError: it is no table.
        """
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.invalid(key, "must be a table")
        return Table(source=self.source, values=value, path=f"{self.path}{key}.")

    def tables(self, key: str) -> tuple["Table", ...]:
        """Return an array of tables, empty where there is none.

        Raises:
            InvalidSettingError: it is no array of tables.
        """
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.invalid(key, "must be an array of tables")
        return tuple(
            Table(source=self.source, values=entry, path=f"{self.path}{key}[{index}].")
            for index, entry in enumerate(value)
        )

    def texts(self, key: str, check: Callable[[str], str] = lambda _: "") -> tuple[str, ...]:
        """Return an array of strings, empty where there is none.

        Args:
            key: its key.
            check: returns what is wrong with one of them, empty where nothing is.

        Raises:
            InvalidSettingError: it is no array of strings, or ``check`` complains.
        """
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.invalid(key, "must be an array of strings")
        for entry in value:
            if problem := check(entry):
                raise self.invalid(key, problem)
        return tuple(value)

    def invalid(self, key: str, problem: str, *, hint: str = "") -> InvalidSettingError:
        """Return a complaint about a key."""
        return InvalidSettingError(self.source, f"{self.path}{key}", problem, hint=hint)


def url_problem(url: str) -> str:
    """Say what is wrong with an index URL; empty where nothing is."""
    try:
        parts, _ = urlsplit(url), urlsplit(url).port
    except ValueError:
        return "must be an http or https URL"
    if parts.password or parts.username:
        return "must not hold a user name or password; the environment, netrc or keyring may"
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        return "must be an http or https URL"
    if parts.query or parts.fragment:
        return "must not have a query or a fragment"
    return ""


def bundle_name_problem(name: str) -> str:
    """Say what is wrong with a bundle's name; empty where nothing is."""
    return (
        "" if _BUNDLE_NAME.fullmatch(name) else "must be letters, digits, `-` and `_`, as it is part of a file's name"
    )


def path_problem(path: str) -> str:
    """Say what is wrong with a path inside the project; empty where nothing is."""
    return "must be a path inside the project" if Path(path).is_absolute() or ".." in Path(path).parts else ""


def pattern_problem(pattern: str) -> str:
    """Say what is wrong with a pattern of directories inside the project; empty where nothing is."""
    if not pattern.strip(" ./"):
        return "must name directories below the project, such as `libs/*`"
    return path_problem(pattern)


def token_from_problem(text: str) -> str:
    """Say what is wrong with a setting ``token-from``; empty where nothing is."""
    if SecretLocation.parse(text) is not None:
        return ""
    return "must be `secretsmanager:NAME`, or `secretsmanager:NAME#KEY` for a key of a JSON secret"


def project_problem(name: str) -> str:
    """Say what is wrong with a project's name, or ``:all:``; empty where nothing is."""
    try:
        return "" if name == ":all:" else canonicalize_name(name, validate=True) and ""
    except InvalidName:
        return f"must hold names of projects, or `:all:`; `{name}` is none"


def name_problem(name: str) -> str:
    """Say what is wrong with the name of a project, an extra or a group; empty where nothing is."""
    try:
        return canonicalize_name(name, validate=True) and ""
    except InvalidName:
        return f"must hold names; `{name}` is none"


def builder_problem(name: str) -> str:
    """Say what is wrong with a builder's name; empty where nothing is."""
    return "" if name in BUILDERS else f"must be one of {', '.join(BUILDERS)}"


def resolver_problem(name: str) -> str:
    """Say what is wrong with a resolver's name; empty where nothing is."""
    return "" if name in RESOLVERS else f"must be one of {', '.join(RESOLVERS)}"
