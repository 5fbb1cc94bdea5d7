from pathlib import Path

import pytest

from ca_vendor.sam import absent_profile_variables


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Where AWS's files are."""
    (tmp_path / "config").write_text("[default]\nregion = x\n[profile dev]\n[profile 'with blank']\n")
    (tmp_path / "credentials").write_text("[keys]\naws_access_key_id = x\n")
    return {"AWS_CONFIG_FILE": f"{tmp_path / 'config'}", "AWS_SHARED_CREDENTIALS_FILE": f"{tmp_path / 'credentials'}"}


@pytest.mark.parametrize("name", ["default", "dev", "keys", "with blank"])
def test_profile_of_this_machine(files: dict[str, str], name: str) -> None:
    assert absent_profile_variables({**files, "AWS_PROFILE": name}) == ()
    assert absent_profile_variables(files) == ()


def test_profile_of_another_machine(files: dict[str, str]) -> None:
    assert absent_profile_variables({**files, "AWS_PROFILE": "prod", "AWS_DEFAULT_PROFILE": "dev"}) == ("AWS_PROFILE",)
    assert absent_profile_variables({"AWS_PROFILE": "prod"}) == ("AWS_PROFILE",)


def test_file_that_cannot_be_read_says_nothing(files: dict[str, str]) -> None:
    Path(files["AWS_CONFIG_FILE"]).write_text("no section\n")
    assert absent_profile_variables({**files, "AWS_PROFILE": "prod"}) == ()
