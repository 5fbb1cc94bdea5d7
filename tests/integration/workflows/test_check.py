"""check names every difference, with the command that mends it, and that command does mend it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.workflows.conftest import Command

WHEELHOUSE = "vendor/wheelhouse/python3.12-arm64"
CORE = f"{WHEELHOUSE}/acme_core-1.1.0-py3-none-any.whl"


def edit(path: str, before: str, after: str) -> Callable[[Path], None]:
    """Replace text in a file of the project."""

    def change(project: Path) -> None:
        file = project / path
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after, 1))

    return change


def remove(path: str) -> Callable[[Path], None]:
    """Remove a file of the project."""
    return lambda project: (project / path).unlink()


def tamper(project: Path) -> None:
    """Change a wheel; unlink it first, as it may be a hard link into the store."""
    wheel = project / CORE
    data = wheel.read_bytes()
    wheel.unlink()
    wheel.write_bytes(data + b"\n")


def drop_pin(project: Path) -> None:
    """Take a pin out of the lock, as a careless merge would."""
    lock = project / "vendor/pylock.orders.toml"
    head, *packages = lock.read_text().split("[[packages]]")
    tool = packages[-1][packages[-1].index("[tool.ca-vendor]") :]
    kept = [package for package in packages if not package.startswith('\nname = "acme-json"')]
    text = "[[packages]]".join([head, *kept])
    lock.write_text(text if "[tool.ca-vendor]\n" in text else f"{text}{tool}")


CASES: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "changed inputs": (
        edit("src/orders/requirements.in", "acme-orders", "acme-json\nacme-orders"),
        "orders: `src/orders/requirements.in` has changed since it was locked",
        "ca-vendor lock",
    ),
    "another architecture": (
        edit("template.yaml", "arm64", "x86_64"),
        "orders: it was locked for python3.12-arm64 (Python 3.12.13, glibc 2.34), and is for python3.12-x86_64",
        "ca-vendor lock",
    ),
    "another index": (
        edit("ca-vendor.toml", '"python"', '"other"'),
        "orders: it was locked against codeartifact:acme/python, and codeartifact:acme/other is configured",
        "ca-vendor lock",
    ),
    "no lock": (
        remove("vendor/pylock.orders.toml"),
        "orders: there is no lock `vendor/pylock.orders.toml`",
        "ca-vendor lock",
    ),
    "a lock that is not one": (
        edit("vendor/pylock.orders.toml", "lock-version", "lock-versoin"),
        "orders: `vendor/pylock.orders.toml` cannot be read as a lock",
        "ca-vendor lock",
    ),
    "an edited requirements.txt": (
        edit("src/orders/requirements.txt", "acme-core==1.1.0", "acme-core==1.0.0"),
        "orders: `src/orders/requirements.txt` is not what the lock says",
        "ca-vendor fetch",
    ),
    "no requirements.txt": (
        remove("src/orders/requirements.txt"),
        "orders: there is no `src/orders/requirements.txt`",
        "ca-vendor fetch",
    ),
    "a missing wheel": (remove(CORE), f"orders: there is no `{CORE}`", "ca-vendor fetch"),
    "a tampered wheel": (tamper, f"orders: `{CORE}` has sha256 ", "ca-vendor fetch"),
    "a wheel too many": (
        lambda project: (project / WHEELHOUSE / "extra-1.0-py3-none-any.whl").touch(),
        f"no lock names `{WHEELHOUSE}/extra-1.0-py3-none-any.whl`",
        "ca-vendor fetch",
    ),
    "a missing pin": (
        drop_pin,
        "orders: `acme-orders==0.3.0` requires `acme-json`, which is not pinned",
        "ca-vendor lock",
    ),
    "a credential": (
        edit("src/orders/requirements.in", "acme-orders", "# https://aws:token@example.com/simple/\nacme-orders"),
        "orders: `src/orders/requirements.in` line 1 seems to hold a credential",
        "remove it",
    ),
}


@pytest.mark.parametrize(("change", "problem", "mend"), CASES.values(), ids=CASES.keys())
def test_difference(change: Callable[[Path], None], problem: str, mend: str, project: Path, ca_vendor: Command) -> None:
    assert ca_vendor("lock", "--resolver", "uv").code == 0
    assert ca_vendor("fetch").code == 0
    assert ca_vendor("check").code == 0
    change(project)
    result = ca_vendor("check")
    assert result.code == 9
    lines = [line for line in result.out.splitlines() if line.startswith(problem)]
    assert lines, result.out
    assert lines[0].rpartition(" → ")[2].startswith(mend)


@pytest.mark.parametrize(
    "name", ["changed inputs", "no lock", "a lock that is not one", "a missing wheel", "a tampered wheel"]
)
def test_the_named_commands_mend_it(name: str, project: Path, ca_vendor: Command) -> None:
    for command in ("lock", "fetch"):
        assert ca_vendor(command).code == 0
    CASES[name][0](project)
    assert ca_vendor("check").code == 9
    for command in ("lock", "fetch", "check"):
        assert ca_vendor(command).code == 0


def test_json(project: Path, ca_vendor: Command) -> None:
    result = ca_vendor("check", "orders", "--json")
    assert result.code == 9
    assert json.loads(result.out) == [
        {"bundle": "orders", "problem": "there is no lock `vendor/pylock.orders.toml`", "mend": "ca-vendor lock"}
    ]
