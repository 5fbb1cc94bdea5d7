from dataclasses import replace
from pathlib import Path

import pytest

from ca_vendor.lock import input_digest
from ca_vendor.requirement import evaluate_inputs, read_inputs
from ca_vendor.target import Glibc, Target, find_target

ARM = find_target("python3.12-arm64")
BASE = "foo>=1 ; python_version >= '3'\nbar\n-c limits.txt\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "limits.txt").write_text("foo<9")
    return tmp_path


def digest(directory: Path, text: str, target: Target = ARM) -> str:
    path = directory / "requirements.in"
    path.write_text(text)
    return input_digest(evaluate_inputs(read_inputs(path, environment={}), target), target)


@pytest.mark.parametrize(
    "text",
    [
        BASE.replace("\n", "\r\n"),
        f"# comment\n\n{BASE}",
        BASE.replace("foo>=1 ", "foo >= 1"),
        BASE.replace("python_version >= '3'", "sys_platform == 'linux'"),
        f"{BASE}\nwindows ; sys_platform == 'win32'",
        f"{BASE}\n--prefer-binary",
    ],
    ids=["crlf", "comments", "blanks", "another-marker-that-holds", "other-machine", "harmless-option"],
)
def test_what_cannot_change_the_pins_does_not_change_the_digest(directory: Path, text: str) -> None:
    assert digest(directory, text) == digest(directory, BASE)


@pytest.mark.parametrize(
    "text",
    [
        BASE.replace(">=1", ">=2"),
        BASE.replace("bar", "bar[x]"),
        BASE.replace("bar\n", ""),
        BASE.replace("-c limits.txt\n", ""),
        BASE.replace("-c limits", "-r limits"),
        f"{BASE}--pre\n",
        BASE.replace("bar", f"bar --hash=sha256:{'0' * 64}"),
        "bar\nfoo>=1\n-c limits.txt\n",
    ],
)
def test_what_can_change_the_pins_changes_the_digest(directory: Path, text: str) -> None:
    assert digest(directory, text) != digest(directory, BASE)


@pytest.mark.parametrize(
    "target",
    [
        find_target("python3.12-x86_64"),
        find_target("python3.13-arm64"),
        replace(ARM, python_full_version="3.12.99"),
        replace(ARM, glibc=Glibc(2, 40)),
    ],
    ids=["architecture", "runtime", "patch-level", "glibc"],
)
def test_target_is_part_of_the_digest(directory: Path, target: Target) -> None:
    assert digest(directory, BASE, target) != digest(directory, BASE)


def test_digest_names_its_algorithm(directory: Path) -> None:
    assert digest(directory, BASE).startswith("sha256:")
