"""Reads what `sam build` is set to from a samconfig file.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
"""

from collections.abc import Mapping
from pathlib import Path

from ca_vendor import toml
from ca_vendor.sam.documents import parse_document, read_text
from ca_vendor.sam.errors import SamConfigError
from ca_vendor.sam.overrides import Includes, parse_parameter_overrides
from ca_vendor.sam.settings import BuildSettings

# In the order in which SAM CLI prefers them.
FILE_NAMES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
# The TOML parser takes time that grows with the square of a dotted key's length.
_MAX_BYTES = 64 * 1024


def find_samconfig(directory: Path) -> Path | None:
    """The samconfig file that SAM CLI reads for a template in a directory; `None` if there is none."""
    paths = (directory / name for name in FILE_NAMES)
    return next((path for path in paths if path.is_file()), None)


def read_samconfig(path: Path, *, environment: str = "default") -> BuildSettings:
    """The settings of `sam build` in a samconfig file; relative paths in it are relative to its directory.

    Args:
        path: the file, TOML or YAML.
        environment: the table in it, as `--config-env` names it; without that table all is at its default.

    Raises:
        SamConfigError: the file is malformed, or a setting has the wrong type.
        ParameterOverridesError: its parameter overrides have no known form.
        TemplateError: the file, or one that it includes, cannot be opened or parsed.
    """
    table = _table(_read(path), environment, path)
    parameters = {**_table(table, "global", path, "parameters"), **_table(table, "build", path, "parameters")}
    directory = path.parent

    def text(*names: str) -> str | None:
        value = next((parameters[name] for name in names if parameters.get(name) is not None), None)
        if value is not None and not isinstance(value, str):
            raise SamConfigError(f"`{names[0]}` must be text", path=path)
        return value or None

    def texts(name: str) -> tuple[str, ...]:
        value = parameters.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        if not all(isinstance(entry, str) for entry in values):
            raise SamConfigError(f"`{name}` must be a list of texts", path=path)
        return tuple(values)

    def located(*names: str) -> Path | None:
        stated = text(*names)
        return directory / stated if stated else None

    return BuildSettings(
        template_file=located("template_file", "template"),
        parameter_overrides=parse_parameter_overrides(
            parameters.get("parameter_overrides"), includes=Includes(directory=directory, read=_read)
        ),
        base_directory=located("base_dir"),
        manifest=located("manifest"),
        region=text("region"),
        language_extensions=parameters.get("language_extensions") is not False,
        use_container=parameters.get("use_container") is True,
        container_environment=texts("container_env_var"),
    )


def _read(path: Path) -> object:
    text = read_text(path, max_bytes=_MAX_BYTES)
    if path.suffix in {".yaml", ".yml"}:
        return parse_document(text, path=path, is_yaml_1_2=True).content
    if path.suffix != ".toml":
        raise SamConfigError(f"`{path.suffix}` is none of .toml, .yaml and .yml", path=path)
    try:
        return toml.loads(text)
    except toml.TOMLDecodeError as exc:
        raise SamConfigError(f"{exc}", path=path) from exc
    except RecursionError as exc:
        raise SamConfigError("too deep", path=path) from exc


def _table(content: object, name: str, path: Path, *inner: str) -> Mapping[object, object]:
    """A table within a table; empty where there is none."""
    for key in (name, *inner):
        content = content.get(key) if isinstance(content, dict) else content
        if content is None:
            return {}
        if not isinstance(content, dict):
            raise SamConfigError(f"`{key}` must be a table", path=path)
    return content if isinstance(content, dict) else {}
