from pathlib import Path

import pytest

from ca_vendor.sam import BuildArguments, BuildSettings, parse_build_arguments


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", BuildArguments()),
        ("Orders", BuildArguments(resource="Orders")),
        ("--use-container", BuildArguments(use_container=True)),
        ("-u", BuildArguments(use_container=True)),
        ("-pcu Orders", BuildArguments(use_container=True, resource="Orders")),
        ("-u --no-use-container", BuildArguments(use_container=False)),
        ("-t a.yaml", BuildArguments(template="a.yaml")),
        ("-ta.yaml", BuildArguments(template="a.yaml")),
        ("-ut a.yaml", BuildArguments(use_container=True, template="a.yaml")),
        ("--template a.yaml", BuildArguments(template="a.yaml")),
        ("--template-file=a=b.yaml", BuildArguments(template="a=b.yaml")),
        ("-x A --exclude B", BuildArguments(excluded=("A", "B"))),
        ("-e A=B --container-env-var F.C=D", BuildArguments(container_environment=("A=B", "F.C=D"))),
        ("-ef file -bi image -mw WRITE -b dir -cd dir", BuildArguments()),
        ("--build-image image Orders --debug", BuildArguments(resource="Orders")),
        ("--cached --beta-features Orders", BuildArguments(resource="Orders")),
        ("--config-file a.toml --config-env dev", BuildArguments(config_file="a.toml", config_environment="dev")),
        ("--parameter-overrides A=1 B=2 -u", BuildArguments(parameter_overrides=("A=1", "B=2"), use_container=True)),
        ("--parameter-overrides=A=1 B=2", BuildArguments(parameter_overrides=("A=1", "B=2"))),
        ("--region eu-west-1 --language-extensions", BuildArguments(region="eu-west-1", language_extensions=True)),
        ("--template", BuildArguments(template="")),
        ("-", BuildArguments(resource="-")),
    ],
)
def test_arguments(line: str, expected: BuildArguments) -> None:
    assert parse_build_arguments(line.split()) == expected


def test_command_line_wins_over_samconfig() -> None:
    settings = BuildSettings(use_container=True, region="eu-west-1", parameter_overrides={"A": "1"})
    arguments = parse_build_arguments(["--no-use-container", "--parameter-overrides", "B=2 C=3", "-s", "code"])
    merged = arguments.over(settings)
    assert not merged.use_container
    assert merged.region == "eu-west-1"
    assert merged.parameter_overrides == {"B": "2", "C": "3"}
    assert merged.base_directory == Path("code").absolute()
    assert parse_build_arguments([]).over(settings) == settings
