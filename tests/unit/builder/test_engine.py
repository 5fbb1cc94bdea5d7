from pathlib import Path

import pytest

from ca_vendor.builder.engine import ContainerEngine, ContainerEngineError, explain_engine_failure
from ca_vendor.errors import ExitCode
from ca_vendor.target import Target, find_target

ARM = find_target("python3.12-arm64")
X86 = find_target("python3.9-x86_64")


def test_default_image_is_the_one_sam_builds_in() -> None:
    assert ContainerEngine().image_of(ARM) == "public.ecr.aws/sam/build-python3.12:latest-arm64"
    assert ContainerEngine().image_of(X86) == "public.ecr.aws/sam/build-python3.9:latest-x86_64"


def test_image_may_be_one_of_ones_own() -> None:
    assert ContainerEngine(image="acme/build:1").image_of(ARM) == "acme/build:1"
    assert ContainerEngine(image="acme/{architecture}/{runtime}").image_of(ARM) == "acme/arm64/python3.12"


@pytest.mark.parametrize(("target", "platform"), [(ARM, "linux/arm64"), (X86, "linux/amd64")])
def test_container_has_no_network_no_rights_and_no_mount(target: Target, platform: str) -> None:
    argv = ContainerEngine(command="finch").argv(target)
    assert argv[:2] == ["finch", "run"]
    assert argv[argv.index("--network") + 1] == "none"
    assert argv[argv.index("--platform") + 1] == platform
    assert argv[argv.index("--cap-drop") + 1] == "ALL"
    assert not [argument for argument in argv if argument in ("-v", "--volume", "--mount", "--env", "--privileged")]


def test_first_engine_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ContainerEngine().argv(ARM)[0] == "docker"
    (tmp_path / "podman").touch(0o755)
    assert ContainerEngine().argv(ARM)[0] == "podman"


def test_engine_gets_what_finds_it_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///somewhere")
    for name in ("AWS_SECRET_ACCESS_KEY", "CODEARTIFACT_AUTH_TOKEN", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, "canary")
    environment = ContainerEngine().environment()
    assert environment["DOCKER_HOST"] == "unix:///somewhere"
    assert "canary" not in environment.values()


@pytest.mark.parametrize(
    ("output", "problem", "hint"),
    [
        ("exec /bin/sh: exec format error", "this machine does not run", "binfmt"),
        (
            "was found but does not match the specified platform: wanted linux/arm64",
            "this machine does not run",
            "binfmt",
        ),
        (
            "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
            "does not answer",
            "start it",
        ),
        ("Unable to find image 'x:latest' locally\nmanifest unknown", "there is no image", "pull it"),
        ("sh: 1: exec: python3: not found", "has no Python", "another"),
        ("something else", "did not run", "has a Python"),
    ],
)
def test_failure_is_told_with_the_way_out(output: str, problem: str, hint: str) -> None:
    told = explain_engine_failure(ContainerEngine(), ARM, output)
    assert problem in told[0]
    assert hint in told[1]
    error = ContainerEngineError("foo==1.0", told[0], output, hint=told[1])
    assert error.exit_code == ExitCode.BUILD
    assert error.details == tuple(output.splitlines())
