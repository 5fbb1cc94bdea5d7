"""A token kept in AWS Secrets Manager, read from moto's server by the real boto3."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ca_vendor.cli.main import run
from ca_vendor.codeartifact import AwsRefusedError, UnusableSecretError, secret_token_source
from ca_vendor.credential import SecretLocation
from ca_vendor.emulator import Emulator
from tests.distributions import build_wheel


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """A Secrets Manager on loopback; its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def secrets(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of it, with the environment set for others."""
    for name, value in (
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    return boto3.client("secretsmanager", region_name="us-east-1")


def read(location: str) -> str:
    """Return the token at a location."""
    parsed = SecretLocation.parse(location)
    assert parsed is not None
    return secret_token_source(parsed, region="us-east-1", profile=None).current().password.reveal()


def test_a_plain_secret(secrets: Any) -> None:
    secrets.create_secret(Name="team/plain", SecretString="the-token\n")
    assert read("secretsmanager:team/plain") == "the-token"


def test_a_key_of_a_json_secret(secrets: Any) -> None:
    secrets.create_secret(Name="team/json", SecretString=json.dumps({"codeartifact": "the-token"}))
    assert read("secretsmanager:team/json#codeartifact") == "the-token"


@pytest.mark.parametrize(
    ("name", "value", "key", "problem"),
    [
        ("no-json", "the-token", "codeartifact", "it is not JSON"),
        ("no-key", '{"other": "the-token"}', "codeartifact", "it has no text under `codeartifact`"),
        ("a-list", '["the-token"]', "codeartifact", "it has no text under `codeartifact`"),
        ("blank", " ", None, "it is empty"),
    ],
)
def test_a_secret_that_is_no_token(secrets: Any, name: str, value: str, key: str | None, problem: str) -> None:
    secrets.create_secret(Name=name, SecretString=value)
    with pytest.raises(UnusableSecretError, match=problem) as caught:
        read(f"secretsmanager:{name}#{key}" if key else f"secretsmanager:{name}")
    assert "the-token" not in str(caught.value)
    assert caught.value.__cause__ is None, "a decoder's error would carry the text it could not decode"


def test_a_secret_that_is_not_there(secrets: Any) -> None:
    with pytest.raises(UnusableSecretError, match="there is none in us-east-1"):
        read("secretsmanager:missing")


def test_a_missing_permission_is_named(monkeypatch: pytest.MonkeyPatch, secrets: Any) -> None:
    from botocore.stub import Stubber

    from ca_vendor.codeartifact import secretsmanager

    with Stubber(secrets) as stubber:
        said = "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: secretsmanager:GetSecretValue"
        stubber.add_client_error("get_secret_value", "AccessDeniedException", said, 400)
        with pytest.raises(AwsRefusedError) as caught:
            secretsmanager._read(secrets, SecretLocation(name="team/plain", key=None))
    assert caught.value.action == "secretsmanager:GetSecretValue"
    assert "arn:aws:secretsmanager:*:*:secret:team/plain-*" in caught.value.hint


def test_lock_takes_the_token_from_there(
    secrets: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    build_wheel(packages, "acme-core", "1.0")
    (tmp_path / "requirements.in").write_text("acme-core\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CA_VENDOR_CACHE_DIR", str(tmp_path / "store"))
    with Emulator(packages=packages) as emulator:
        for name, value in emulator.environment().items():
            monkeypatch.setenv(name, value)
        secrets.create_secret(Name="team/token", SecretString=emulator.issue_token().value)
        (tmp_path / "ca-vendor.toml").write_text(
            'domain = "acme"\nrepository = "python"\ntoken-from = "secretsmanager:team/token"\n'
            '[[bundle]]\nrequirements = "requirements.in"\ntarget = "python3.12-arm64"\n'
        )
        assert run(["lock"]) == 0, capfd.readouterr().err
        asked = [record.path for record in emulator.requests]
    assert not [path for path in asked if "authorization-token" in path]
