"""Finding the configuration and reading it."""

from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from ca_vendor import toml
from ca_vendor.config.indexes import (
    INDEX_KEYS,
    read_indexes,
    read_location,
    read_minimum_age,
    read_patterns,
    read_token_location,
)
from ca_vendor.config.settings import (
    BUILDERS,
    DEFAULT_WHEELHOUSE,
    RESOLVERS,
    BundleSettings,
    Settings,
    Table,
    builder_problem,
    bundle_name_problem,
    name_problem,
    path_problem,
    pattern_problem,
    project_problem,
    resolver_problem,
)
from ca_vendor.errors import ConfigurationError
from ca_vendor.target import TargetDescription

OWN_FILE = "ca-vendor.toml"
SHARED_FILE = "pyproject.toml"
_MAX_BYTES = 4 * 1024 * 1024
_KEYS = INDEX_KEYS | {
    "template",
    "wheelhouse",
    "resolver",
    "bundle",
    "targets",
    "index",
    "minimum-age",
    "minimum-age-except",
    "only-binary",
    "no-binary",
    "builder",
    "build-image",
    "container-command",
    "exclude",
    "workspace",
}


def read_settings(start: Path) -> Settings:
    """Read the configuration of the project that a directory is in.

    It is the nearest ca-vendor.toml, or pyproject.toml with a ``[tool.ca-vendor]``, in the directory or above it.
    Without one, the directory itself is the project, and all settings have their defaults.

    Raises:
        ConfigurationError: a file cannot be read, or a setting cannot be used.
    """
    start = start.resolve()
    for directory in (start, *start.parents):
        for name in (OWN_FILE, SHARED_FILE):
            source = directory / name
            table = _read_table(source) if source.is_file() else None
            if table is not None:
                return _settings(table, directory)
    return Settings(root=start)


def _read_table(source: Path) -> Table | None:
    try:
        with source.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise ConfigurationError(f"`{source}` is larger than {_MAX_BYTES} bytes")
        document = toml.loads(data.decode("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"`{source}` cannot be read: {error.strerror}") from error
    except (toml.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(f"`{source}` is not TOML: {error}", hint="mend that line") from error
    if source.name == OWN_FILE:
        return Table(source=source, values=document)
    tool = document.get("tool")
    if not isinstance(tool, dict) or "ca-vendor" not in tool:
        return None
    return Table(source=source, values=tool, path="tool.").table("ca-vendor")


def _settings(table: Table, root: Path) -> Settings:
    table.refuse_unknown(_KEYS)
    only_binary, no_binary = _projects(table, "only-binary"), _projects(table, "no-binary")
    if both := sorted(only_binary & no_binary):
        raise table.invalid("no-binary", f"and `only-binary` both name `{both[0]}`", hint="keep the one you mean")
    return Settings(
        root=root,
        source=table.source,
        token_from=read_token_location(table),
        indexes=read_indexes(table),
        minimum_age=read_minimum_age(table),
        minimum_age_except=read_patterns(table, "minimum-age-except"),
        template=table.text("template", path_problem),
        wheelhouse=table.text("wheelhouse", path_problem) or DEFAULT_WHEELHOUSE,
        resolver=table.text("resolver", resolver_problem) or RESOLVERS[0],
        only_binary=only_binary,
        no_binary=no_binary,
        builder=table.text("builder", builder_problem) or BUILDERS[0],
        build_image=table.text("build-image"),
        container_command=table.text("container-command"),
        exclude=frozenset(_names(table, "exclude")),
        workspace=table.texts("workspace", pattern_problem),
        bundles=tuple(_bundle(entry) for entry in table.tables("bundle")),
        targets=_targets(table.table("targets")),
        **read_location(table),
    )


def _projects(table: Table, key: str) -> frozenset[str]:
    names = table.texts(key, project_problem)
    return frozenset(name if name == ":all:" else canonicalize_name(name) for name in names)


def _bundle(table: Table) -> BundleSettings:
    table.refuse_unknown({"name", "requirements", "target", "extras", "groups", "provided-by", "exclude"})
    requirements, target = table.text("requirements", path_problem), table.text("target")
    name = table.text("name", bundle_name_problem)
    if requirements is None and (name is None or target is not None):
        hint = "name a requirements.in and its `target`; or, to add to a bundle of the template, its `name` alone"
        raise table.invalid("requirements", "is missing", hint=hint)
    if requirements is not None and target is None:
        raise table.invalid("target", "is missing", hint="such as `python3.12-arm64`")
    return BundleSettings(
        requirements=requirements,
        target=target,
        name=name,
        extras=_names(table, "extras"),
        groups=_names(table, "groups"),
        provided_by=table.text("provided-by"),
        exclude=frozenset(_names(table, "exclude")),
    )


def _names(table: Table, key: str) -> tuple[NormalizedName, ...]:
    return tuple(sorted({canonicalize_name(name) for name in table.texts(key, name_problem)}))


def _targets(table: Table) -> dict[str, TargetDescription]:
    described = {}
    for name in table.values:
        entry = table.table(name)
        entry.refuse_unknown({"python-full-version", "glibc"})
        described[name] = TargetDescription(
            python_full_version=entry.text("python-full-version"), glibc=entry.text("glibc")
        )
    return described
