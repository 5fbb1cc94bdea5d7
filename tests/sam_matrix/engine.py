"""A real container engine for tests, and build images with the Pythons that Debian has.

``python -m tests.sam_matrix.engine DIRECTORY [PYTHON...]`` prepares it: it needs root, and apt-get where ``dockerd`` or
``debootstrap`` are missing. No image is pulled: each is made from the packages of the mirror that apt on this machine
is configured to use. The engine has a data root and a socket of its own, no bridge, and no rule in any firewall.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

SUITES = {"3.11": "bookworm", "3.13": "trixie", "3.14": "forky"}
"""The Debian suites whose ``python3`` is that version."""

_PACKAGES = ("debootstrap", "docker.io")
_INCLUDED = "python3,python3-pip,python3-dev,gcc,g++,make,ca-certificates"
_SCRIPTS = Path("/usr/share/debootstrap/scripts")
_TURN_SECONDS = 900.0
"""How long another run that uses the same directory may take."""

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_BUILDER = "#!/usr/bin/python3\nfrom aws_lambda_builders.__main__ import main\nmain()\n"


class EngineUnavailableError(Exception):
    """This machine cannot run a container engine of ours; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A running engine.

    Attributes:
        host: for DOCKER_HOST.
        images: the build image of each Python version.
    """

    host: str
    images: Mapping[str, str]

    def docker(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the engine's own client."""
        return _run(["docker", "--host", self.host, *arguments])


@contextmanager
def running_engine(directory: Path, versions: Sequence[str] = tuple(SUITES)) -> Iterator[Engine]:
    """Start the engine, make the images that are missing, and end it.

    Args:
        directory: of root file systems, the data root and the socket; kept, so that a second run is quick.
        versions: the Pythons to have images of.

    Raises:
        EngineUnavailableError: this machine cannot.
    """
    _require_programs()
    directory.mkdir(parents=True, exist_ok=True)
    with FileLock(directory / "engine.lock", timeout=_TURN_SECONDS):
        yield from _running(directory, versions)


def _running(directory: Path, versions: Sequence[str]) -> Iterator[Engine]:
    socket = directory / "engine.sock"
    # Ended with this process, however that ends.
    bound = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    argv = [*bound, "dockerd", "--iptables=false", "--bridge=none", "--data-root", f"{directory / 'data'}"]
    argv += ["--exec-root", f"{directory / 'exec'}", "--pidfile", f"{directory / 'engine.pid'}"]
    with (directory / "engine.log").open("wb") as log:
        process = subprocess.Popen([*argv, "--host", f"unix://{socket}"], stdout=log, stderr=log)
    try:
        _wait_for(process, f"unix://{socket}", directory / "engine.log")
        images = {version: _image(directory, f"unix://{socket}", version) for version in versions}
        yield Engine(host=f"unix://{socket}", images=images)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _require_programs() -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        raise EngineUnavailableError("needs root on Linux")
    if all(shutil.which(program) for program in ("dockerd", "docker", "debootstrap")):
        return
    if shutil.which("apt-get") is None:
        raise EngineUnavailableError(f"needs {' and '.join(_PACKAGES)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for argv in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *_PACKAGES]):
        if (done := _run(argv, environment=environment)).returncode != 0:
            raise EngineUnavailableError(f"`{' '.join(argv)}` failed: {done.stderr.strip()[-400:]}")


def _wait_for(process: "subprocess.Popen[bytes]", host: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while _run(["docker", "--host", host, "info"]).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise EngineUnavailableError(f"dockerd did not start: {log.read_text(errors='replace')[-400:]}")
        time.sleep(0.3)


def _image(directory: Path, host: str, version: str) -> str:
    """Return the name of the build image for a Python version; made where the engine does not have it."""
    name = f"ca-vendor-build-python{version}"
    if _run(["docker", "--host", host, "image", "inspect", name]).returncode == 0:
        return name
    root = _root_file_system(directory, version)
    path = "ENV PATH=/usr/local/bin:/usr/bin:/bin"
    archive = ["tar", "-C", f"{root}", "--one-file-system", "-c", "."]
    with subprocess.Popen(archive, stdout=subprocess.PIPE) as tar:
        done = subprocess.run(
            ["docker", "--host", host, "import", "-c", path, "-", name],
            stdin=tar.stdout,
            capture_output=True,
            text=True,
            check=False,
        )
    if tar.returncode != 0 or done.returncode != 0:
        raise EngineUnavailableError(f"the image of Python {version} could not be imported: {done.stderr.strip()}")
    return name


def _root_file_system(directory: Path, version: str) -> Path:
    root = directory / f"root-python{version}"
    if (root / ".ready").is_file():
        return root
    shutil.rmtree(root, ignore_errors=True)
    suite = SUITES[version]
    script = _SCRIPTS / suite
    argv = ["debootstrap", "--variant=minbase", f"--include={_INCLUDED}", suite, f"{root}", _mirror()]
    done = _run([*argv, f"{script if script.exists() else _SCRIPTS / 'sid'}"])
    if done.returncode != 0:
        raise EngineUnavailableError(f"debootstrap of {suite} failed: {done.stdout.strip()[-400:]}")
    _install_builders(root)
    (root / ".ready").touch()
    return root


def _install_builders(root: Path) -> None:
    """Put what a build image has besides Python into a root file system, with this machine's pip."""
    site = root / "usr/local/lib/ca-vendor-tests"
    argv = [sys.executable, "-m", "pip", "install", "--quiet", "--target", f"{site}", "aws-lambda-builders", "uv"]
    if (done := _run(argv)).returncode != 0:
        raise EngineUnavailableError(f"pip failed: {done.stderr.strip()[-400:]}")
    [packages] = (root / "usr/lib/python3").glob("dist-packages")
    (packages / "ca-vendor-tests.pth").write_text("/usr/local/lib/ca-vendor-tests\n")
    builder = root / "usr/local/bin/lambda-builders"
    builder.write_text(_BUILDER)
    builder.chmod(0o755)
    shutil.copy2(site / "bin" / "uv", root / "usr/local/bin/uv")
    # As in the images that AWS publishes, pip may install into the system's Python.
    for marker in (root / "usr/lib").glob("python3*/EXTERNALLY-MANAGED"):
        marker.unlink()


def _mirror() -> str:
    """Return the mirror that apt is configured to use."""
    done = _run(["apt-get", "indextargets", "--format", "$(COMPONENT) $(REPO_URI)", "Created-By: Packages"])
    for line in done.stdout.splitlines():
        component, _, uri = line.partition(" ")
        if component == "main" and uri.startswith(("http://", "https://")) and "security" not in uri:
            return uri
    raise EngineUnavailableError("apt is configured to use no mirror")


def _run(argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


def main() -> None:
    """Prepare the engine and its images, so that tests find them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("directory", type=Path, help="where to keep them")
    parser.add_argument("versions", nargs="*", metavar="PYTHON", help="such as 3.11; all that Debian has when left out")
    options = parser.parse_args()
    try:
        with running_engine(options.directory.absolute(), options.versions or tuple(SUITES)) as engine:
            print("\n".join(engine.images.values()))  # noqa: T201 - what the command is for
    except EngineUnavailableError as error:
        sys.exit(f"no container engine: {error}")


if __name__ == "__main__":
    main()
