from pathlib import Path

import pytest

from ca_vendor.errors import InputError
from ca_vendor.sam import BuildSettings, SamConfigError, TemplateTooLargeError, find_samconfig, read_samconfig

TOML = """
version = 0.1
[default.global.parameters]
region = "eu-west-1"
parameter_overrides = "Stage=global"
[default.build.parameters]
template_file = "infra/template.yaml"
base_dir = "code"
manifest = "requirements.txt"
use_container = true
container_env_var = ["A=1", "Orders.A=2"]
parameter_overrides = ["Stage=prod", "Name=\\"two words\\""]
[test.build.parameters]
language_extensions = false
"""


def write(directory: Path, text: str, name: str = "samconfig.toml") -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def test_all_settings(tmp_path: Path) -> None:
    assert read_samconfig(write(tmp_path, TOML)) == BuildSettings(
        template_file=tmp_path / "infra/template.yaml",
        parameter_overrides={"Stage": "prod", "Name": "two words"},
        base_directory=tmp_path / "code",
        manifest=tmp_path / "requirements.txt",
        region="eu-west-1",
        use_container=True,
        container_environment=("A=1", "Orders.A=2"),
    )


def test_one_variable_of_the_containers_and_what_is_none(tmp_path: Path) -> None:
    table = "[default.build.parameters]\ncontainer_env_var = "
    assert read_samconfig(write(tmp_path, f'{table}"A=1"\n')).container_environment == ("A=1",)
    with pytest.raises(SamConfigError, match="must be a list of texts"):
        read_samconfig(write(tmp_path, f"{table}[1]\n"))


def test_another_environment(tmp_path: Path) -> None:
    path = write(tmp_path, TOML)
    assert read_samconfig(path, environment="test") == BuildSettings(language_extensions=False)
    assert read_samconfig(path, environment="none") == BuildSettings()


def test_yaml(tmp_path: Path) -> None:
    text = """
version: 0.1
default:
  build:
    parameters:
      template: other.yaml
      parameter_overrides:
        - Stage: prod
          Zones: [a, b]
          Flag: yes
          Number: 5
          Nothing:
"""
    settings = read_samconfig(write(tmp_path, text, "samconfig.yaml"))
    assert settings.template_file == tmp_path / "other.yaml"
    assert settings.parameter_overrides == {
        "Stage": "prod",
        "Zones": "a,b",
        "Flag": "yes",
        "Number": "5",
        "Nothing": "",
    }


def test_parameters_in_files(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    write(tmp_path, "Stage: prod\n$include: file://more.toml\n", "params/all.yaml")
    write(tmp_path, "Name = 'x'\n", "params/more.toml")
    text = '[default.build.parameters]\nparameter_overrides = "file://params/all.yaml"\n'
    assert read_samconfig(write(tmp_path, text)).parameter_overrides == {"Stage": "prod", "Name": "x"}


def test_the_first_of_its_names_counts(tmp_path: Path) -> None:
    assert find_samconfig(tmp_path) is None
    yml = write(tmp_path, "", "samconfig.yml")
    assert find_samconfig(tmp_path) == yml
    toml = write(tmp_path, "")
    assert find_samconfig(tmp_path) == toml
    assert read_samconfig(toml) == read_samconfig(yml) == BuildSettings()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("samconfig.toml", "a = "),
        ("samconfig.toml", "default = 5"),
        ("samconfig.toml", "[default]\nbuild = 'x'"),
        ("samconfig.toml", "[default.build.parameters]\nbase_dir = 5"),
        ("samconfig.toml", "[default.build.parameters]\nparameter_overrides = 5"),
        ("samconfig.toml", "[default.build.parameters]\nparameter_overrides = 'file://none.yaml'"),
        ("samconfig.toml", "a = " + "[" * 20_000),
        ("samconfig.yaml", "default: [a]"),
        ("samconfig.yaml", "a: &a [*a]"),
        ("samconfig.json", "{}"),
    ],
)
def test_what_cannot_be_used_is_an_error(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path, text, name)
    with pytest.raises(InputError) as caught:
        read_samconfig(path)
    assert caught.value.hint


def test_a_file_that_includes_itself(tmp_path: Path) -> None:
    write(tmp_path, "$include: file://a.yaml\n", "a.yaml")
    path = write(tmp_path, "[default.build.parameters]\nparameter_overrides = 'file://a.yaml'\n")
    with pytest.raises(InputError, match="includes itself"):
        read_samconfig(path)


def test_its_size_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(TemplateTooLargeError):
        read_samconfig(write(tmp_path, "a" + ".a" * 100_000 + " = 1"))


def test_errors_name_the_setting(tmp_path: Path) -> None:
    path = write(tmp_path, "[default.build.parameters]\nregion = ['x']\n")
    with pytest.raises(SamConfigError) as caught:
        read_samconfig(path)
    assert str(caught.value) == f"`{path}`: not a usable samconfig file: `region` must be text"
