"""Every wheel a target takes passes the filter of `sam build` itself."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from ca_vendor.sam import Workflow, refusal
from ca_vendor.target import find_target, known_target_names, supported_tags

SAM = Path(os.environ.get("CA_VENDOR_TEST_SAM", Path(__file__).parents[3] / ".venv-sam" / "bin" / "sam"))
ASK = """
import json, sys
from aws_lambda_builders.workflows.python_pip.packager import DependencyBuilder
from aws_lambda_builders.workflows.python_pip.utils import OSUtils
refused = {}
for name, tags in json.load(sys.stdin).items():
    runtime, architecture = name.split("-", 1)
    builder = DependencyBuilder(OSUtils(), runtime, sys.executable, object(), architecture)
    refused[name] = [tag for tag in tags if not builder._is_compatible_wheel_filename(f"demo-1.0-{tag}.whl")]
json.dump(refused, sys.stdout)
"""

pytestmark = pytest.mark.skipif(not SAM.is_file(), reason="needs SAM CLI")


def ask_sam(tags: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return, for each target, the tags that SAM's filter refuses."""
    python = SAM.parent / "python"
    done = subprocess.run([python, "-c", ASK], input=json.dumps(tags), capture_output=True, text=True, check=True)
    refused: dict[str, list[str]] = json.loads(done.stdout)
    return refused


def test_sam_accepts_every_tag_of_every_target() -> None:
    tags = {name: [str(tag) for tag in supported_tags(find_target(name))] for name in known_target_names()}
    assert ask_sam(tags) == {name: [] for name in tags}


def test_the_filter_is_the_real_one_and_does_refuse() -> None:
    tags = {"python3.11-arm64": ["cp311-cp311-manylinux_2_28_aarch64", "cp311-cp311-manylinux_2_17_x86_64"]}
    assert ask_sam(tags) == tags


def test_our_reading_of_the_filter_is_the_filter() -> None:
    platforms = [
        "any",
        "linux_{}",
        "manylinux1_{}",
        "manylinux2010_{}",
        "manylinux2014_{}",
        "win_amd64",
        "musllinux_1_1_{}",
    ]
    platforms += [f"manylinux_2_{minor}_{{}}" for minor in (5, 17, 24, 26, 27, 28, 34, 35, 39)]
    machines = ("x86_64", "aarch64")
    tags = [
        f"{interpreter}-{platform.format(machine)}"
        for interpreter in ("py3-none", "cp311-cp311", "cp312-cp312", "cp39-abi3", "cp314-cp314t", "pp311-pypy311_pp73")
        for platform in (*platforms, "manylinux_2_38_{0}.manylinux_2_17_{0}")
        for machine in machines
    ]
    ours = {
        name: [tag for tag in tags if refusal(f"demo-1.0-{tag}.whl", *name.split("-", 1), workflow=Workflow.PIP)]
        for name in known_target_names()
    }
    assert {name: set(refused) for name, refused in ours.items()} == {
        name: set(refused) for name, refused in ask_sam(dict.fromkeys(known_target_names(), tags)).items()
    }
