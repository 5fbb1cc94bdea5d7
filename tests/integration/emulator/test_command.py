"""The ``emulator`` command, as a process."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import urllib3
from click.testing import CliRunner

from ca_vendor.cli.emulator import emulator as command
from ca_vendor.emulator import Emulator, EmulatorError, Upstream
from tests.integration.emulator.conftest import Web

START = (sys.executable, "-c", "from ca_vendor.cli.emulator import emulator; emulator()")


@pytest.fixture
def announced(packages: Path, tmp_path: Path) -> Iterator[tuple[Mapping[str, str], Mapping[str, str]]]:
    """What the command says on standard output and standard error."""
    errors = tmp_path / "errors"
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [
                *START,
                "--packages",
                str(packages),
                "--upstream",
                "none",
                "--domain",
                "team",
                "--state",
                str(tmp_path / "s"),
            ],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        exports = [process.stdout.readline() for _ in range(5)]
        while "admin:" not in errors.read_text():
            assert process.poll() is None, errors.read_text()
        yield (
            dict(re.findall(r"^export (\w+)=(.*)$", "".join(exports), re.MULTILINE)),
            dict(re.findall(r"^(\w+): (.*)$", errors.read_text(), re.MULTILINE)),
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_command_announces_what_clients_need(
    announced: tuple[Mapping[str, str], Mapping[str, str]], tmp_path: Path
) -> None:
    exports, addresses = announced
    finished = subprocess.run(
        [
            Path(sys.executable).parent / "aws",
            "codeartifact",
            "list-packages",
            "--domain",
            "team",
            "--repository",
            "python",
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **exports},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "acme-core" in finished.stdout
    assert addresses["index"] == f"{exports['AWS_ENDPOINT_URL_CODEARTIFACT']}/pypi/d/team-111122223333/python/simple/"
    http = urllib3.PoolManager()
    before = http.request("GET", f"{addresses['admin']}/clock").json()["result"]["now"]
    http.request("POST", f"{addresses['admin']}/clock", body=b'{"seconds": 100000}')
    assert http.request("GET", f"{addresses['admin']}/clock").json()["result"]["now"] > before + 99_000


def test_help_says_what_it_is() -> None:
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    for option in ("--packages", "--domain", "--repository", "--region", "--port", "--upstream", "--state"):
        assert option in result.output


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        (["--upstream", "pip"], {"PIP_NO_INDEX": "1"}, "pip is configured to use no index"),
        (["--upstream", "pip"], {"PIP_CONFIG_FILE": "pip.conf"}, "pip does not say which index it uses"),
        (["--packages", "broken", "--upstream", "none"], {}, "neither wheel nor sdist: `x-1.tar.gz"),
    ],
)
def test_what_cannot_be_set_up_is_told(
    arguments: list[str], variables: Mapping[str, str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "pip.conf").write_text("no section")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "x-1.tar.gz").write_bytes(b"nothing")
    finished = subprocess.run(
        [*START, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert finished.returncode != 0
    assert message in finished.stderr


def test_state_in_use_and_port_in_use_are_told(tmp_path: Path) -> None:
    with Emulator(state=tmp_path) as emulator:
        with pytest.raises(EmulatorError, match="another emulator uses"), Emulator(state=tmp_path):
            pass
        port = int(emulator.endpoint_url.rpartition(":")[2])
        with pytest.raises(EmulatorError, match=f"port {port} of"), Emulator(port=port):
            pass
    with Emulator(state=tmp_path, port=port):
        pass


def test_external_connection_comes_with_the_upstream(tmp_path: Path, upstream: Upstream) -> None:
    with Emulator(state=tmp_path / "state") as emulator:
        assert Web(emulator=emulator).get("markupsafe/").status == 404
    with Emulator(state=tmp_path / "state", upstream=upstream) as emulator:
        assert Web(emulator=emulator).get("markupsafe/").status == 200
