"""The whole job on real parts: a local CodeArtifact, lock, fetch, check, and `ca-vendor build` with the network cut.

Run it with `make demo`. It works in a scratch copy, needs no AWS account, and leaves the checkout as it was.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ca_vendor.emulator import Emulator, Upstream

ROOT = Path(__file__).resolve().parent.parent
WRITTEN_FOR = "python3.11"
EVENT = {"body": json.dumps({"articles": [{"name": "tea", "pieces": 3, "price": "4.20"}]})}
CALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
import app
print(json.dumps(app.handler(json.loads(sys.argv[2]), None)))
"""


@dataclass
class Demo:
    """One run: where it works, what it sets, and what took how long."""

    project: Path
    environment: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)

    def step(self, name: str, argv: list[str], *, quiet: bool = False) -> str:
        """Show a command, run it in the project, and stop the demo if it fails."""
        print(f"\n\033[1m$ {name}\033[0m" if sys.stdout.isatty() else f"\n$ {name}", flush=True)
        started = time.monotonic()
        output = subprocess.PIPE if quiet else None
        done = subprocess.run(
            argv,
            cwd=self.project,
            env=self.environment,
            stdout=output,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            check=False,
        )
        self.seconds[name] = time.monotonic() - started
        if done.returncode != 0:
            sys.exit(f"{done.stdout or ''}\n`{name}` failed with exit code {done.returncode}")
        return done.stdout or ""


def main() -> None:
    """Run the demo."""
    sam = os.environ.get("SAM") or shutil.which("sam")
    if sam is None:
        sys.exit("SAM CLI was not found; `make demo` installs it")
    runtime = f"python{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.TemporaryDirectory(prefix="ca-vendor-demo-") as name:
        scratch = Path(name)
        project = copy_project(scratch / "project", runtime)
        print(
            "A local CodeArtifact starts: acme-core and acme-billing are private, the rest is public.\n"
            f"The example is copied to a scratch directory, for {runtime}."
        )
        packages = project / "vendor" / "wheelhouse" / f"{WRITTEN_FOR}-arm64"
        with Emulator(packages=packages, domain="acme", repository="python", upstream=Upstream.from_pip()) as emulator:
            demo = Demo(project, environment(scratch, sam, emulator.environment()))
            vendor(demo)
        # From here on there is no index, no credential and no network.
        demo.environment = environment(scratch, sam, {})
        build(demo)
        show_table(demo)


def copy_project(project: Path, runtime: str) -> Path:
    """Copy the example and this repository's vendor directory, for the Python that runs the demo."""
    shutil.copytree(
        ROOT / "examples" / "orders", project / "examples" / "orders", ignore=shutil.ignore_patterns(".aws-sam")
    )
    for generated in ("orders", "reports", "layer"):
        (project / "examples" / "orders" / generated / "requirements.txt").unlink(missing_ok=True)
    (project / "vendor").mkdir()
    shutil.copy(ROOT / "pyproject.toml", project)
    shutil.copy(ROOT / "vendor" / "pylock.receipts.toml", project / "vendor")
    wheels = ROOT / "vendor" / "wheelhouse" / f"{WRITTEN_FOR}-arm64"
    shutil.copytree(
        wheels,
        project / "vendor" / "wheelhouse" / wheels.name,
        ignore=lambda _, names: [name for name in names if not name.startswith("acme_")],
    )
    template = project / "examples" / "orders" / "template.yaml"
    template.write_text(template.read_text().replace(WRITTEN_FOR, runtime))
    return project


def environment(scratch: Path, sam: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with our programs first on PATH and a home of its own; no pip settings of this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PIP_", "CODEARTIFACT_"))}
    path = os.pathsep.join((str(Path(sys.executable).parent), str(Path(sam).parent), os.environ.get("PATH", "")))
    own = {
        "PATH": path,
        "HOME": str(scratch),
        "CA_VENDOR_CACHE_DIR": str(scratch / "cache"),
        "PIP_CONFIG_FILE": os.devnull,
    }
    return kept | own | dict(extra)


def vendor(demo: Demo) -> None:
    """Lock, fetch and check, with the index at hand."""
    program = [sys.executable, "-m", "ca_vendor"]
    demo.step("ca-vendor lock", [*program, "lock"])
    demo.step("ca-vendor fetch", [*program, "fetch"])
    demo.step("ca-vendor check", [*program, "check"])


def build(demo: Demo) -> None:
    """Build everything with the network cut, then call the function this machine can run."""
    cut = ["unshare", "--user", "--map-root-user", "--net"]
    can_cut = (
        shutil.which("unshare") is not None
        and subprocess.run([*cut, "true"], capture_output=True, check=False).returncode == 0
    )
    argv = [*(cut if can_cut else []), sys.executable, "-m", "ca_vendor", "build"]
    name = (
        "ca-vendor build, in a network namespace without a network"
        if can_cut
        else "ca-vendor build (this system cannot cut the network: not proven offline)"
    )
    demo.step(name, argv, quiet=True)
    artifact = demo.project / ".aws-sam" / "build" / "Orders"
    prove_no_wheelhouse(artifact.parent)
    answer = demo.step(
        "call the handler of Orders",
        [sys.executable, "-I", "-S", "-c", CALL, str(artifact), json.dumps(EVENT)],
        quiet=True,
    )
    print(answer.strip())
    if json.loads(answer) != {"statusCode": 200, "body": '{"total":"12.60 EUR"}'}:
        sys.exit("the handler gave a wrong answer")


def prove_no_wheelhouse(artifacts: Path) -> None:
    """See that no wheel was shipped with a function."""
    shipped = [path.name for path in artifacts.rglob("*.whl")]
    if shipped:
        sys.exit(f"wheels were shipped in the artifact: {shipped}")


def show_table(demo: Demo) -> None:
    """Show pins, files and bytes of each bundle, and the seconds of each step."""
    print(f"\n{'bundle':<12}{'target':<20}{'pins':>6}{'MB':>8}")
    for lock in sorted((demo.project / "vendor").glob("pylock.*.toml")):
        text = lock.read_text()
        target = found(r'^target = "(.+)"$', text)
        sizes = [int(size) for size in re.findall(r"^size = (\d+)$", text, re.MULTILINE)]
        print(f"{lock.name.split('.')[1]:<12}{target:<20}{text.count('[[packages]]'):>6}{sum(sizes) / 1e6:>8.1f}")
    wheels = list((demo.project / "vendor" / "wheelhouse").rglob("*.whl"))
    print(f"{len(wheels)} files, {sum(wheel.stat().st_size for wheel in wheels) / 1e6:.1f} MB in the wheelhouses\n")
    for name, seconds in demo.seconds.items():
        print(f"{seconds:>7.1f} s  {name}")


def found(pattern: str, text: str) -> str:
    """Return the first group of the first match."""
    match = re.search(pattern, text, re.MULTILINE)
    return match[1] if match else "?"


if __name__ == "__main__":
    main()
