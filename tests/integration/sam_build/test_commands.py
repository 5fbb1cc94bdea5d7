"""`ca-vendor env`, `exec` and `status`."""

import json
import sys
from pathlib import Path

import pytest

from tests.sam_matrix.workshop import Workshop

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SEE = "import os, json, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"


@pytest.fixture
def workshop(fetched: Workshop) -> Workshop:
    """The project, of a user with settings of their own."""
    fetched.environment |= {
        "PIP_INDEX_URL": "http://127.0.0.1:1/",
        "pip_extra_index_url": "http://127.0.0.1:1/",
        "UV_INDEX": "http://127.0.0.1:1/",
        "PIP_CACHE_DIR": "kept",
        "CODEARTIFACT_AUTH_TOKEN": "canary",
        "AWS_PROFILE": "kept",
    }
    return fetched


def seen(workshop: Workshop, *argv: str) -> dict[str, str]:
    """Return the environment that a command in the project sees."""
    file = workshop.home / "seen.json"
    workshop.run([*argv, sys.executable, "-c", SEE, f"{file}"]).succeeded()
    environment: dict[str, str] = json.loads(file.read_text())
    return environment


def is_offline(environment: dict[str, str]) -> bool:
    sources = {name: value for name, value in environment.items() if "127.0.0.1" in value or value == "canary"}
    wanted = {
        "PIP_NO_INDEX": "1",
        "PIP_ONLY_BINARY": ":all:",
        "PIP_NO_DEPS": "1",
        "UV_OFFLINE": "1",
        "UV_NO_CONFIG": "1",
    }
    platforms = environment["PIP_PLATFORM"].split()
    return (
        not sources
        and wanted.items() <= environment.items()
        and platforms[0] == "manylinux_2_34_aarch64"
        and "manylinux2014_aarch64" in platforms
    )


def test_exec(workshop: Workshop) -> None:
    environment = seen(workshop, sys.executable, "-m", "ca_vendor", "exec", "--")
    assert is_offline(environment)
    assert environment["AWS_PROFILE"] == environment["PIP_CACHE_DIR"] == "kept"


def test_exec_returns_the_exit_code_of_its_command(workshop: Workshop) -> None:
    assert workshop.ca_vendor("exec", "--", "sh", "-c", "exit 7").code == 7
    assert workshop.ca_vendor("exec", "--", "sh", "-c", "kill -9 $$").code == 137
    assert workshop.ca_vendor("exec", "no-such-program").code == 1


def test_exec_puts_wheels_where_containers_see_them(workshop: Workshop) -> None:
    workshop.write("src/orders/.cache/other", "kept\n")
    killed = workshop.root / "src/orders/.cache/ca-vendor/old.whl"
    killed.parent.mkdir()
    killed.touch()
    listed = workshop.ca_vendor("exec", "-u", "--", "ls", "-A", "src/orders/.cache/ca-vendor").succeeded()
    names = [Path(name).name for name in listed.out.split()]
    assert names[0] == ".gitignore"
    assert [name.split("-")[0] for name in names[1:]] == ["acme_core", "acme_native"]
    assert [path.name for path in (workshop.root / "src/orders/.cache").iterdir()] == ["other"]


def test_env_for_a_shell(workshop: Workshop) -> None:
    environment = seen(workshop, "sh", "-c", f'eval "$({sys.executable} -m ca_vendor env)" && exec "$@"', "sh")
    assert is_offline(environment)


def test_env_for_github_actions(workshop: Workshop) -> None:
    lines = workshop.ca_vendor("env", "--format", "github").succeeded().out.splitlines()
    settings = dict(line.split("=", 1) for line in lines)
    assert is_offline({**workshop.environment, **settings})
    assert settings["PIP_INDEX_URL"] == settings["CODEARTIFACT_AUTH_TOKEN"] == ""


def test_env_as_json(workshop: Workshop) -> None:
    settings = json.loads(workshop.ca_vendor("env", "--format", "json").succeeded().out)
    assert settings["PIP_INDEX_URL"] is None
    assert is_offline({name: value for name, value in settings.items() if value is not None})


def test_env_for_samconfig(workshop: Workshop) -> None:
    table = tomllib.loads(workshop.ca_vendor("env", "--format", "samconfig").succeeded().out)
    settings = dict(pair.split("=", 1) for pair in table["default"]["build"]["parameters"]["container_env_var"])
    assert is_offline(settings)
    assert settings["PIP_FIND_LINKS"] == "/tmp/samcli/source/.cache/ca-vendor"


def test_status(workshop: Workshop) -> None:
    def state() -> dict[str, object]:
        [bundle] = json.loads(workshop.ca_vendor("status", "--json").succeeded().out)
        return {name: bundle[name] for name in ("bundle", "state", "pins", "users")}

    fetched = {"bundle": "orders", "state": "fetched", "pins": 2, "users": ["Orders"]}
    assert state() == fetched
    title, row = workshop.ca_vendor("status").succeeded().out.splitlines()
    assert title.split()[:3] == ["bundle", "target", "pins"]
    assert row.split() == ["orders", "python3.12-arm64", "2", "0.0", "fetched", "Orders"]
    next(workshop.root.glob("vendor/wheelhouse/*/acme_core-*.whl")).unlink()
    assert state() == {**fetched, "state": "locked"}
    workshop.write("src/orders/requirements.in", "acme-http\n")
    assert state() == {**fetched, "state": "stale"}
    lock = workshop.root / "vendor" / "pylock.orders.toml"
    lock.write_text("no lock")
    assert state() == {**fetched, "state": "stale", "pins": None}
    lock.unlink()
    assert state() == {**fetched, "state": "not locked", "pins": None}
