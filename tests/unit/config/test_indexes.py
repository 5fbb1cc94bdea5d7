from datetime import timedelta
from pathlib import Path

import pytest

from ca_vendor.config import IndexSettings, Settings, read_settings
from ca_vendor.config.settings import InvalidSettingError
from ca_vendor.credential import SecretLocation
from ca_vendor.errors import ExitCode
from ca_vendor.selection import NamePattern

FULL = """
index-url = "https://public.example/simple/"
minimum-age = "3 days"
minimum-age-except = ["Acme_*", "billing"]

[[index]]
name = "private"
domain = "acme"
domain-owner = "111122223333"
repository = "python"
region = "eu-west-1"
profile = "dev"
packages = ["Acme_*", "billing"]

[[index]]
name = "team-2"
index-url = "https://team.example/simple/"
token-from = "secretsmanager:team"
private = false
packages = ["team-*"]
"""


def read(directory: Path, text: str) -> Settings:
    (directory / "ca-vendor.toml").write_text(text)
    return read_settings(directory)


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = read(tmp_path, FULL)
    assert settings.index_url == "https://public.example/simple/"
    assert settings.indexes == (
        IndexSettings(
            name="private",
            packages=(NamePattern("acme-*"), NamePattern("billing")),
            domain="acme",
            domain_owner="111122223333",
            repository="python",
            region="eu-west-1",
            profile="dev",
        ),
        IndexSettings(
            name="team-2",
            packages=(NamePattern("team-*"),),
            private=False,
            index_url="https://team.example/simple/",
            token_from=SecretLocation(name="team", key=None),
        ),
    )
    assert settings.minimum_age == timedelta(days=3)
    assert settings.minimum_age_except == (NamePattern("acme-*"), NamePattern("billing"))


def test_nothing_said_is_one_index_and_any_age(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert (settings.indexes, settings.minimum_age, settings.minimum_age_except) == ((), None, ())


ENTRY = {"name": '"private"', "index-url": '"https://x.example/simple/"', "packages": '["acme-*"]'}


@pytest.mark.parametrize(
    ("changes", "problem", "hint"),
    [
        ({"name": None}, "`index[0].name` is missing", ""),
        ({"name": '"Private"'}, "`index[0].name` must be lower-case letters, digits and `-`", ""),
        ({"name": '"a_b"'}, "`index[0].name` must be lower-case letters", ""),
        ({"name": "3"}, "`index[0].name` must be a string", ""),
        ({"packages": None}, "`index[0].packages` is missing", "no other index is asked for those"),
        ({"packages": "[]"}, "`index[0].packages` is empty", ""),
        ({"packages": '"acme-*"'}, "`index[0].packages` must be an array of strings", ""),
        ({"packages": "[1]"}, "`index[0].packages` must be an array of strings", ""),
        ({"packages": '["acme-[0-9]"]'}, "has `acme-[0-9]`, which no project's name can match", "such as `acme-*`"),
        ({"index-url": None}, "`index[0].index-url` is missing", "or `domain` and `repository`"),
        ({"index-url": '"https://me:pw@x/simple/"'}, "`index[0].index-url` must not hold a user name", ""),
        ({"domain": '"acme"'}, "`index[0].repository` is missing", ""),
        ({"domain": '"a"', "repository": '"b"'}, "`index[0].index-url` and `domain` exclude each other", ""),
        ({"token-from": '"x"'}, "`index[0].token-from` must be `secretsmanager:NAME`", ""),
        ({"private": '"no"'}, "`index[0].private` must be `true` or `false`", ""),
        ({"pakages": "[]"}, "`index[0].pakages` is not a setting", "did you mean `packages`?"),
    ],
)
def test_entry_that_cannot_be_used_is_told(
    changes: dict[str, str | None], problem: str, hint: str, tmp_path: Path
) -> None:
    entry = {key: value for key, value in {**ENTRY, **changes}.items() if value is not None}
    with pytest.raises(InvalidSettingError) as caught:
        read(tmp_path, "[[index]]\n" + "".join(f"{key} = {value}\n" for key, value in entry.items()))
    assert problem in caught.value.message
    assert hint in caught.value.hint
    assert "pw" not in str(caught.value)
    assert caught.value.exit_code is ExitCode.CONFIGURATION


def test_two_indexes_of_one_name_are_told(tmp_path: Path) -> None:
    entry = "[[index]]\n" + "".join(f"{key} = {value}\n" for key, value in ENTRY.items())
    with pytest.raises(InvalidSettingError, match=r"`index\[1\]\.name` is that of another index too: `private`"):
        read(tmp_path, entry + entry)


@pytest.mark.parametrize("age", ['"3"', "3", '"3 months"', '""'])
def test_age_that_is_none_is_told(age: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingError, match="`minimum-age` must be"):
        read(tmp_path, f"minimum-age = {age}\n")
