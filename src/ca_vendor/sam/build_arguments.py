"""The arguments of `sam build`, read as far as they decide what is built and where; SAM CLI judges the rest."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ca_vendor.sam.overrides import parse_parameter_overrides
from ca_vendor.sam.settings import BuildSettings

_NAMES: Mapping[str, str] = {
    "-t": "template",
    "--template": "template",
    "--template-file": "template",
    "-s": "base-dir",
    "-m": "manifest",
    "-x": "exclude",
    "-e": "container-env-var",
    **{
        f"--{name}": name
        for name in ("base-dir", "manifest", "exclude", "config-file", "config-env", "region", "parameter-overrides")
    },
    "--container-env-var": "container-env-var",
}
"""The options with a value that matter here."""

_OTHER_VALUES = frozenset(
    {"-ef", "--container-env-var-file", "-bi", "--build-image", "-mw", "--mount-with"}
    | {"-b", "--build-dir", "-cd", "--cache-dir", "--docker-network", "--profile", "--output", "--hook-name"}
    | {"--terraform-project-root-path"}
)
"""The other options with a value: what follows is no resource."""

_FLAGS: Mapping[str, tuple[str, bool]] = {
    "-u": ("use_container", True),
    "--use-container": ("use_container", True),
    "--no-use-container": ("use_container", False),
    "--language-extensions": ("language_extensions", True),
    "--no-language-extensions": ("language_extensions", False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildArguments:
    """What a command line of `sam build` says; `None` where it says nothing.

    Attributes:
        template: as written.
        config_file: as written.
        config_environment: the table of the samconfig file.
        parameter_overrides: each as written.
        use_container: whether builds run in a container.
        base_directory: as written.
        manifest: as written.
        resource: the one resource to build.
        excluded: the resources not to build.
        container_environment: each as written.
    """

    template: str | None = None
    config_file: str | None = None
    config_environment: str = "default"
    parameter_overrides: tuple[str, ...] = ()
    use_container: bool | None = None
    language_extensions: bool | None = None
    base_directory: str | None = None
    manifest: str | None = None
    region: str | None = None
    resource: str | None = None
    excluded: tuple[str, ...] = ()
    container_environment: tuple[str, ...] = ()

    def over(self, settings: BuildSettings) -> BuildSettings:
        """Return settings with what the command line says in their place.

        Raises:
            ParameterOverridesError: they are written in no known form.
        """
        stated: dict[str, object] = {
            "use_container": self.use_container,
            "language_extensions": self.language_extensions,
            "base_directory": Path(self.base_directory).absolute() if self.base_directory else None,
            "manifest": Path(self.manifest).absolute() if self.manifest else None,
            "region": self.region,
            "parameter_overrides": parse_parameter_overrides(list(self.parameter_overrides)) or None,
            "container_environment": self.container_environment or None,
        }
        said = {name: value for name, value in stated.items() if value is not None}
        return replace(settings, **said)  # type: ignore[arg-type]


def parse_build_arguments(arguments: Sequence[str]) -> BuildArguments:
    """Read a command line of `sam build`.

    Args:
        arguments: without `sam build` itself.
    """
    values: dict[str, list[str]] = {}
    flags: dict[str, bool] = {}
    for name, value in _tokens(list(arguments)):
        if name in _FLAGS:
            field, state = _FLAGS[name]
            flags[field] = state
        else:
            values.setdefault(_NAMES.get(name, name), []).append(value)

    def last(name: str) -> str | None:
        return values[name][-1] if name in values else None

    return BuildArguments(
        template=last("template"),
        config_file=last("config-file"),
        config_environment=last("config-env") or "default",
        parameter_overrides=tuple(values.get("parameter-overrides", ())),
        use_container=flags.get("use_container"),
        language_extensions=flags.get("language_extensions"),
        base_directory=last("base-dir"),
        manifest=last("manifest"),
        region=last("region"),
        resource=last(""),
        excluded=tuple(values.get("exclude", ())),
        container_environment=tuple(values.get("container-env-var", ())),
    )


def _tokens(rest: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each option with its value, and what is no option under an empty name."""
    rest.reverse()
    while rest:
        word = rest.pop()
        if not word.startswith("-") or word == "-":
            yield "", word
            continue
        name, equals, value = word.partition("=")
        if _takes_value(name):
            yield name, value if equals else _next(rest)
            if name == "--parameter-overrides":
                # It takes all words up to the next option.
                while rest and not rest[-1].startswith("-"):
                    yield name, rest.pop()
        elif word in _FLAGS or word.startswith("--"):
            yield word, ""
        else:
            yield from _short(word[1:], lambda: _next(rest))


def _short(letters: str, following: Callable[[], str]) -> Iterator[tuple[str, str]]:
    """Take letters behind one dash apart: flags, of which the last may have a value."""
    for position, letter in enumerate(letters):
        if _takes_value(f"-{letter}"):
            yield f"-{letter}", letters[position + 1 :] or following()
            return
        yield f"-{letter}", ""


def _takes_value(name: str) -> bool:
    return name in _NAMES or name in _OTHER_VALUES


def _next(rest: list[str]) -> str:
    return rest.pop() if rest else ""
