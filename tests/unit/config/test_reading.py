from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_vendor.config import Settings, read_settings
from ca_vendor.config.settings import BundleSettings, InvalidSettingError
from ca_vendor.errors import ConfigurationError, ExitCode
from ca_vendor.target import TargetDescription
from tests.unit.properties import PROPERTY

FULL = """
domain = "acme"
domain-owner = "111122223333"
repository = "python"
region = "eu-west-1"
profile = "dev"
template = "infra/template.yaml"
wheelhouse = "vendor/wheels"
resolver = "uv"

[[bundle]]
name = "tools"
requirements = "tools/requirements.in"
target = "python3.12-arm64"

[[bundle]]
requirements = "other/requirements.in"
target = "python3.15-arm64"

[targets."python3.15-arm64"]
python-full-version = "3.15.1"
glibc = "2.34"
"""


def read(directory: Path, text: str) -> Settings:
    (directory / "ca-vendor.toml").write_text(text)
    return read_settings(directory)


def test_additions_to_bundles_are_read(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'exclude = ["Boto3"]\nworkspace = ["libs/*"]\n'
        '[[bundle]]\nname = "orders"\nextras = ["Fast_x"]\n'
        'groups = ["b", "a", "b"]\nprovided-by = "L"\nexclude = ["six"]\n',
    )
    assert settings.exclude == {"boto3"}
    assert settings.workspace == ("libs/*",)
    [entry] = settings.bundles
    assert (entry.name, entry.requirements, entry.target, entry.provided_by) == ("orders", None, None, "L")
    assert [*entry.extras, *entry.groups, *entry.exclude] == ["fast-x", "a", "b", "six"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[bundle]]\nextras = ["x"]\n', "bundle[0].requirements"),
        ('[[bundle]]\nname = "x"\ntarget = "python3.12-arm64"\n', "bundle[0].requirements"),
        ('[[bundle]]\nrequirements = "a.in"\n', "bundle[0].target"),
        ('[[bundle]]\nname = "x"\nexclude = ["a b"]\n', "bundle[0].exclude"),
        ('exclude = "boto3"\n', "exclude"),
        ('workspace = ["../libs"]\n', "workspace"),
        ('workspace = ["./"]\n', "workspace"),
    ],
)
def test_addition_that_cannot_be_used_is_told(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        read(tmp_path, text)
    assert caught.value.key == key


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = read(tmp_path, FULL)
    assert settings == Settings(
        root=tmp_path,
        source=tmp_path / "ca-vendor.toml",
        domain="acme",
        domain_owner="111122223333",
        repository="python",
        region="eu-west-1",
        profile="dev",
        template="infra/template.yaml",
        wheelhouse="vendor/wheels",
        resolver="uv",
        bundles=(
            BundleSettings(name="tools", requirements="tools/requirements.in", target="python3.12-arm64"),
            BundleSettings(requirements="other/requirements.in", target="python3.15-arm64"),
        ),
        targets={"python3.15-arm64": TargetDescription(python_full_version="3.15.1", glibc="2.34")},
    )


def test_empty_file_makes_a_project_with_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert settings == Settings(root=tmp_path, source=tmp_path / "ca-vendor.toml")
    assert (settings.wheelhouse, settings.resolver) == ("vendor/wheelhouse", "pip-compile")


def test_without_configuration_the_directory_is_the_project(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings(root=tmp_path)


def test_nearest_configuration_above_wins(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ca-vendor]\ndomain = "a"\nrepository = "b"\n')
    middle = tmp_path / "one"
    inner = middle / "two"
    inner.mkdir(parents=True)
    (middle / "pyproject.toml").write_text("[tool.other]\n")
    settings = read_settings(inner)
    assert (settings.root, settings.domain) == (tmp_path, "a")
    (middle / "pyproject.toml").write_text("[tool.ca-vendor]\n")
    assert read_settings(inner).root == middle


def test_own_file_wins_over_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ca-vendor]\nindex-url = "https://shared.example/simple/"\n')
    assert read(tmp_path, 'index-url = "https://own.example/simple/"').index_url == "https://own.example/simple/"


@pytest.mark.parametrize("text", ["", "tool = 3", "[tool]\n", "[project]\nname = 'x'"])
def test_pyproject_without_our_table_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert read_settings(tmp_path).source is None


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ('domian = "x"', "domian", "did you mean `domain`?"),
        ('domain_owner = "1"', "domain_owner", "did you mean `domain-owner`?"),
        ('index_url = "x"', "index_url", "did you mean `index-url`?"),
        ("zzzzz = 1", "zzzzz", "known keys: build-image, builder, bundle, container-command, domain"),
        ('[[bundles]]\nname = "x"', "bundles", "did you mean `bundle`?"),
        ('[[bundle]]\nrequirement = "x"', "bundle[0].requirement", "did you mean `requirements`?"),
        ('[targets."python3.15-arm64"]\nlibc = "2"', "targets.python3.15-arm64.libc", "did you mean `glibc`?"),
    ],
)
def test_unknown_key_is_told_the_nearest_known_one(tmp_path: Path, text: str, key: str, hint: str) -> None:
    with pytest.raises(InvalidSettingError, match="is not a setting") as caught:
        read(tmp_path, text)
    assert caught.value.key == key
    assert hint in caught.value.hint
    assert caught.value.exit_code is ExitCode.CONFIGURATION


BUNDLE = '[[bundle]]\nrequirements = "a.in"\ntarget = "python3.12-arm64"\n'


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ("domain = 3", "domain", "must be a string"),
        ('domain = " "', "domain", "must be a string that is not empty"),
        ("region = 2024-01-01", "region", "must be a string"),
        ('domain = "a"', "repository", "is missing"),
        ('repository = "a"', "domain", "is missing"),
        ('domain = "a"\nrepository = "b"\nindex-url = "https://x/"', "index-url", "exclude each other"),
        ('index-url = "https://me:secret@x/"', "index-url", "must not hold a user name or password"),
        ('index-url = "https://me@x/"', "index-url", "must not hold a user name or password"),
        ('index-url = "ftp://x/"', "index-url", "must be an http or https URL"),
        ('index-url = "x"', "index-url", "must be an http or https URL"),
        ('index-url = "https:///simple"', "index-url", "must be an http or https URL"),
        ('index-url = "http://[x"', "index-url", "must be an http or https URL"),
        ('index-url = "http://x:99999/"', "index-url", "must be an http or https URL"),
        ('index-url = "https://x/?token=1"', "index-url", "must not have a query"),
        ('index-url = "https://x/#a"', "index-url", "must not have a query or a fragment"),
        ('token-from = "vault:x"', "token-from", "secretsmanager"),
        ('resolver = "poetry"', "resolver", "must be one of pip-compile, uv"),
        ('template = "../template.yaml"', "template", "must be a path inside the project"),
        ('wheelhouse = "/srv/wheels"', "wheelhouse", "must be a path inside the project"),
        ("bundle = 3", "bundle", "must be an array of tables"),
        ('bundle = ["x"]', "bundle", "must be an array of tables"),
        ("[bundle]", "bundle", "must be an array of tables"),
        ("[[bundle]]", "bundle[0].requirements", "is missing"),
        ('[[bundle]]\nrequirements = "a.in"', "bundle[0].target", "is missing"),
        (f'{BUNDLE}[[bundle]]\nrequirements = "../a.in"', "bundle[1].requirements", "must be a path inside"),
        (f'{BUNDLE}name = "../x"', "bundle[0].name", "must be letters, digits"),
        (f'{BUNDLE}name = "a.b"', "bundle[0].name", "must be letters, digits"),
        ("targets = 3", "targets", "must be a table"),
        ("[targets]\nx = 3", "targets.x", "must be a table"),
        ('[targets."x"]\nglibc = 2.34', "targets.x.glibc", "must be a string"),
    ],
)
def test_unusable_setting_is_refused_by_its_key(tmp_path: Path, text: str, key: str, problem: str) -> None:
    with pytest.raises(InvalidSettingError) as caught:
        read(tmp_path, text)
    assert caught.value.key == key
    assert problem in caught.value.problem
    assert caught.value.message.startswith(f"`ca-vendor.toml`: `{key}` ")


def test_key_in_pyproject_is_told_with_its_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ca-vendor]\ndomain = ""\n')
    with pytest.raises(InvalidSettingError, match=r"`pyproject\.toml`: `tool\.ca-vendor\.domain` must be"):
        read_settings(tmp_path)


def test_our_table_must_be_a_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\nca-vendor = 3\n")
    with pytest.raises(InvalidSettingError, match=r"`tool\.ca-vendor` must be a table"):
        read_settings(tmp_path)


def test_message_never_repeats_a_password(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, 'index-url = "https://me:hunter2@x/simple/"')
    assert "hunter2" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"domain = ", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        (b"a = " + b"[" * 20_000, "is not TOML"),
        (b"#" * (4 * 1024 * 1024 + 1), "is larger than"),
    ],
    ids=["syntax", "encoding", "depth", "size"],
)
def test_file_that_is_no_configuration_is_told(tmp_path: Path, data: bytes, problem: str) -> None:
    (tmp_path / "ca-vendor.toml").write_bytes(data)
    with pytest.raises(ConfigurationError, match=problem):
        read_settings(tmp_path)


WORDS = [*FULL.replace('"', ' " ').split(), "\n", "=", '"', "[", "]", "3", "index-url", "https://[", "{", "}"]


@PROPERTY
@given(st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join))
def test_any_text_is_a_configuration_or_an_explained_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with suppress(ConfigurationError):
        read(tmp_path_factory.mktemp("project"), text)


def test_what_runs_containers_and_their_image_are_as_written(tmp_path: Path) -> None:
    settings = read(tmp_path, 'builder = "container"\nbuild-image = "acme/{runtime}"\ncontainer-command = "podman"')
    assert (settings.builder, settings.build_image, settings.container_command) == (
        "container",
        "acme/{runtime}",
        "podman",
    )
