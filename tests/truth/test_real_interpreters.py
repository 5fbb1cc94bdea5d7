"""Nasty requirements, locked here and compiled by the real interpreters, both on the recorded index."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ca_vendor.requirement import evaluate_inputs, read_inputs
from ca_vendor.resolver import ResolverName, Seeds
from ca_vendor.target import Glibc, Target, supported_tags
from ca_vendor.workflows.locking import Task, lock_pins
from tests.truth.environments import LIMITED as LIMITED_PATH
from tests.truth.environments import reference_environment
from tests.truth.interpreters import PYTHONS, Interpreter, find_interpreter
from tests.truth.matrix import LIMITED
from tests.truth.plain_index import PlainIndex, serve_plain_index
from tests.truth.recording import FrozenIndex, frozen_candidates, read_recording
from tests.truth.resolutions import differences, run_real_pip_compile

pytestmark = pytest.mark.interpreters

MARKERS = """
colorama; sys_platform == "win32"
pywin32; platform_system == "Windows"
appnope; sys_platform == "darwin"
pexpect; os_name != "nt"
psutil; platform_machine in "x86_64 aarch64"
idna; platform_machine == "arm64" or platform_machine == "AMD64"
tomli; python_full_version <= "3.11.0a6"
async-timeout; python_full_version < "3.11.3"
cffi; implementation_name == "cpython"
brotlicffi; platform_python_implementation != "CPython"
uvloop; "linux" in sys_platform
typing-extensions; python_version in "3.9 3.10"
tomli-w; python_version not in "3.9 3.10 3.11"
keyring
coverage[toml]
redis[hiredis]
"""

WHEELS = """
pandas
pyarrow
sqlalchemy
cryptography
pyzmq
"""


@pytest.fixture(scope="module")
def index() -> Iterator[PlainIndex]:
    with serve_plain_index(FrozenIndex(read_recording())) as served:
        yield served
        assert served.failures == []


@pytest.fixture(scope="module", params=PYTHONS)
def interpreter(request: pytest.FixtureRequest) -> Interpreter:
    found = find_interpreter(request.param)
    if found is None:
        pytest.skip(f"needs python{request.param}")
    return found


@pytest.fixture(params=[None, LIMITED], ids=["glibc-of-this-machine", "glibc-2.26"])
def glibc(request: pytest.FixtureRequest) -> Glibc | None:
    limit: Glibc | None = request.param
    return limit


def our_pins(scratch: Path, text: str, target: Target) -> dict[str, str]:
    requirements = scratch / "requirements.in"
    requirements.write_text(text, encoding="utf-8")
    task = Task(
        inputs=evaluate_inputs(read_inputs(requirements), target),
        target=target,
        seeds=Seeds(),
        resolver=ResolverName.PIP_COMPILE,
        described={},
    )
    resolved = lock_pins(task, frozen_candidates(FrozenIndex(read_recording()), target))
    return {pin.name: str(pin.version) for pin in resolved.pins}


def test_markers_are_evaluated_as_the_real_interpreter_does(
    tmp_path: Path, interpreter: Interpreter, index: PlainIndex
) -> None:
    expected = run_real_pip_compile(reference_environment(interpreter), MARKERS.split("\n"), index.url)

    assert differences(expected, our_pins(tmp_path, MARKERS, interpreter.target())) == []


@pytest.mark.parametrize(
    ("interpreter", "glibc"),
    [*((version, None) for version in PYTHONS), ("3.9", LIMITED), ("3.11", LIMITED)],
    indirect=True,
    ids=str,
)
def test_wheels_are_chosen_as_the_real_interpreter_does(
    tmp_path: Path, interpreter: Interpreter, glibc: Glibc | None, index: PlainIndex
) -> None:
    environment = reference_environment(interpreter)

    expected = run_real_pip_compile(environment, WHEELS.split("\n"), index.url, limited=glibc is not None)

    assert differences(expected, our_pins(tmp_path, WHEELS, interpreter.target(glibc=glibc))) == []


def test_tags_are_those_of_the_real_interpreter_in_its_order(interpreter: Interpreter, glibc: Glibc | None) -> None:
    python = reference_environment(interpreter).python
    environment = {"PIP_CONFIG_FILE": os.devnull} | ({"PYTHONPATH": str(LIMITED_PATH)} if glibc is not None else {})

    said = subprocess.run(
        [python, "-m", "pip", "debug", "--verbose"], env=environment, capture_output=True, text=True, check=True
    ).stdout

    tags = said.partition("Compatible tags:")[2].splitlines()[1:]
    assert [tag.strip() for tag in tags if tag.strip()] == [
        str(tag) for tag in supported_tags(interpreter.target(glibc=glibc))
    ]
