"""What would make `sam build` fail is told in our words, before SAM starts."""

import shutil
from pathlib import Path

import pytest

from ca_vendor.errors import ExitCode
from tests.integration.sam_build.conftest import RUNTIME
from tests.sam_matrix.workshop import Outcome, Workshop

SAM_STARTED = "sam was started\n"


@pytest.fixture
def workshop(fetched: Workshop) -> Workshop:
    """The project, and a `sam` that only says that it was started."""
    (fetched.home / "bin" / "sam").write_text(f"#!/bin/sh\nprintf '{SAM_STARTED}'\n")
    (fetched.home / "bin" / "sam").chmod(0o755)
    _interpreter(fetched, RUNTIME)
    return fetched


def _interpreter(workshop: Workshop, runtime: str, *, pip: bool = True) -> None:
    """Let the user have an interpreter, or what passes for one."""
    words = runtime.removeprefix("python").replace(".", " ")
    script = workshop.home / "bin" / runtime
    script.write_text(f"#!/bin/sh\necho {words} {pip}\n")
    script.chmod(0o755)


def wheel(workshop: Workshop) -> Path:
    [found] = workshop.root.glob("vendor/wheelhouse/*/acme_native-*.whl")
    return found


def refused(outcome: Outcome, code: ExitCode) -> str:
    """Return what was told, where SAM was not started."""
    assert outcome.code == code, outcome.err
    assert SAM_STARTED not in outcome.out
    assert "hint: " in outcome.err
    return outcome.err


def test_what_agrees_is_built(workshop: Workshop) -> None:
    assert workshop.ca_vendor("build").succeeded().out == SAM_STARTED


def test_missing_wheel(workshop: Workshop) -> None:
    wheel(workshop).unlink()
    told = refused(workshop.ca_vendor("build"), ExitCode.STALE)
    assert f"orders: there is no `vendor/wheelhouse/{RUNTIME}-arm64/{wheel_name(told)}`" in told
    assert "run `ca-vendor fetch`" in told


def wheel_name(text: str) -> str:
    return next(word for word in text.replace("`", "/").split("/") if word.endswith(".whl"))


def test_tampered_wheel(workshop: Workshop) -> None:
    path = wheel(workshop)
    content = path.read_bytes()
    path.unlink()  # the store has it too
    path.write_bytes(content + b"\0")
    assert "has sha256" in refused(workshop.ca_vendor("build"), ExitCode.STALE)


def test_stale_lock(workshop: Workshop) -> None:
    workshop.write("src/orders/requirements.in", "acme-core\nacme-http\n")
    told = refused(workshop.ca_vendor("build"), ExitCode.STALE)
    assert "`src/orders/requirements.in` has changed since it was locked" in told
    assert "run `ca-vendor lock`" in told


def test_missing_transitive_requirement(workshop: Workshop) -> None:
    lock = workshop.root / "vendor" / "pylock.orders.toml"
    head, *packages = lock.read_text().split("[[packages]]\n")
    kept = [package for package in packages if 'name = "acme-native"\nversion' not in package]
    tool = packages[-1].partition("\n[tool.ca-vendor]\n")[2]
    lock.write_text("[[packages]]\n".join([head, *kept]) + f"\n[tool.ca-vendor]\n{tool}")
    told = refused(workshop.ca_vendor("build"), ExitCode.STALE)
    assert "`acme-core==1.1.0` requires `acme-native>=2`, which is not pinned" in told


def test_requirements_that_no_lock_describes(workshop: Workshop) -> None:
    function = "  Old:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: src/old}\n"
    workshop.write("template.yaml", (workshop.root / "template.yaml").read_text() + function)
    workshop.write("src/old/requirements.txt", "# none\n")
    workshop.ca_vendor("build").succeeded()
    workshop.write("src/old/requirements.txt", "requests\n")
    told = refused(workshop.ca_vendor("build"), ExitCode.STALE)
    assert "Old: no lock describes `src/old/requirements.txt`" in told
    assert "rename `src/old/requirements.txt` to requirements.in" in told
    assert workshop.ca_vendor("build", "Orders").succeeded().out == SAM_STARTED
    assert workshop.ca_vendor("build", "--exclude", "Old").succeeded().out == SAM_STARTED


def test_runtime_without_interpreter(workshop: Workshop) -> None:
    (workshop.home / "bin" / RUNTIME).unlink()
    told = refused(workshop.ca_vendor("build"), ExitCode.FAILED)
    assert f"{RUNTIME} is not on the PATH, and Orders run on it" in told
    assert "`--use-container`" in told
    _interpreter(workshop, RUNTIME, pip=False)
    assert "has no pip" in refused(workshop.ca_vendor("build"), ExitCode.FAILED)


def test_no_container_engine(workshop: Workshop) -> None:
    socket = f"unix://{workshop.home}/no.sock"
    told = refused(workshop.ca_vendor("build", "-u", extra={"DOCKER_HOST": socket}), ExitCode.FAILED)
    assert f"no container engine answers: `{socket}` (no such file or directory)" in told
    assert "start Docker or Finch" in told


def test_wheelhouse_that_would_be_shipped(workshop: Workshop) -> None:
    template = (workshop.root / "template.yaml").read_text()
    workshop.write("template.yaml", template.replace("CodeUri: src/orders", "CodeUri: ."))
    for path in ("requirements.in", "requirements.txt", "app.py"):
        shutil.copy(workshop.root / "src" / "orders" / path, workshop.root / path)
    told = refused(workshop.ca_vendor("build"), ExitCode.STALE)
    assert "Orders: `vendor/wheelhouse` is in its code directory and would be shipped with it" in told
    assert 'set `wheelhouse = ".cache/wheelhouse"`' in told


def test_uv_in_a_container(workshop: Workshop) -> None:
    workshop.write(
        "template.yaml", (workshop.root / "template.yaml").read_text() + "    Metadata: {BuildMethod: python-uv}\n"
    )
    told = refused(workshop.ca_vendor("build", "--use-container"), ExitCode.TEMPLATE)
    assert "Orders: SAM CLI does not build `python-uv` in a container" in told


def test_many_missing_wheels_are_counted(workshop: Workshop) -> None:
    lock = workshop.root / "vendor" / "pylock.orders.toml"
    head, second, *_ = lock.read_text().split("[[packages]]\n")
    tool = lock.read_text().partition("\n[tool.ca-vendor]\n")[2]
    copies = "".join(f"[[packages]]\n{second.replace('acme', f'a{number}')}" for number in range(7))
    lock.write_text(f"{head}{copies}\n[tool.ca-vendor]\n{tool}")
    told = refused(workshop.ca_vendor("build"), ExitCode.STALE)
    assert told.count("there is no `vendor/wheelhouse/") == 3
    assert "orders: and 4 more of the kind" in told


def test_resource_that_the_template_has_not(workshop: Workshop) -> None:
    told = refused(workshop.ca_vendor("build", "Nope"), ExitCode.INPUT)
    assert "the template has no function or layer `Nope`" in told
    assert "name one of Orders" in told


def test_no_template(workshop: Workshop) -> None:
    (workshop.root / "template.yaml").unlink()
    told = refused(workshop.ca_vendor("build"), ExitCode.TEMPLATE)
    assert "there is no template.yaml" in told
    assert workshop.ca_vendor("build", "--hook-name", "terraform").succeeded().out == SAM_STARTED


def test_no_makefile(workshop: Workshop) -> None:
    template = workshop.root / "template.yaml"
    template.write_text(template.read_text() + "    Metadata: {BuildMethod: makefile}\n")
    told = refused(workshop.ca_vendor("build"), ExitCode.TEMPLATE)
    assert "Orders: there is no `src/orders/Makefile`" in told


def test_no_dockerfile(workshop: Workshop) -> None:
    image = "  Image:\n    Type: AWS::Serverless::Function\n    Properties: {PackageType: Image}\n"
    image += "    Metadata: {Dockerfile: Dockerfile.arm, DockerContext: image}\n"
    template = workshop.root / "template.yaml"
    template.write_text(template.read_text() + image)
    told = refused(workshop.ca_vendor("build", "Image"), ExitCode.TEMPLATE)
    assert "Image: there is no `image/Dockerfile.arm`" in told


@pytest.mark.parametrize("program", ["uv", "make"])
def test_build_method_without_its_program(workshop: Workshop, program: str) -> None:
    method = {"uv": "python-uv", "make": "makefile"}[program]
    workshop.write(
        "template.yaml", (workshop.root / "template.yaml").read_text() + f"    Metadata: {{BuildMethod: {method}}}\n"
    )
    workshop.write("src/orders/Makefile", "")
    (workshop.home / "bin" / program).unlink()
    told = refused(workshop.ca_vendor("build"), ExitCode.FAILED)
    assert f"`{program}` is not on the PATH, and Orders build with it" in told


def test_no_sam_cli(workshop: Workshop) -> None:
    (workshop.home / "bin" / "sam").unlink()
    outcome = workshop.ca_vendor("build")
    assert outcome.code == ExitCode.FAILED
    assert "the program `sam` was not found" in outcome.err


def test_wheel_that_uv_rejects(workshop: Workshop) -> None:
    lock = workshop.root / "vendor" / "pylock.orders.toml"
    lock.write_text(lock.read_text().replace("manylinux_2_17_aarch64", "manylinux_2_34_aarch64"))
    workshop.write(
        "template.yaml", (workshop.root / "template.yaml").read_text() + "    Metadata: {BuildMethod: python-uv}\n"
    )
    told = refused(workshop.ca_vendor("build"), ExitCode.STALE)
    assert "`sam build` takes wheels for arm64 up to glibc 2.28 with `python-uv`" in told
    assert "pin a version of `acme-native` that has an older wheel" in told


def test_what_uv_would_install_all_the_same(workshop: Workshop) -> None:
    lock = workshop.root / "vendor" / "pylock.orders.toml"
    missing = 'missing = [{ required-by = "acme-core==1.0", requirement = "boto3>=1.40" }]'
    lock.write_text(lock.read_text().replace("\n[tool.ca-vendor]\n", f"\n[tool.ca-vendor]\n{missing}\n"))
    workshop.ca_vendor("build").succeeded()
    workshop.write(
        "template.yaml", (workshop.root / "template.yaml").read_text() + "    Metadata: {BuildMethod: python-uv}\n"
    )
    told = refused(workshop.ca_vendor("build"), ExitCode.TEMPLATE)
    assert "Orders: `boto3>=1.40` is left out of it, and `python-uv` installs what is required" in told
    assert f"build it with `BuildMethod: {RUNTIME}`" in told
