"""One template with every build method on this machine, and a user whose every setting points at a decoy index.

Built with the network as it is: nothing but the settings of `ca-vendor build` keeps pip and uv from the decoy.
"""

import shutil
from pathlib import Path

import pytest

from tests.distributions import build_wheel
from tests.integration.sam_build.conftest import RUNTIME, require_sam
from tests.integration.sam_build.decoy import TOKEN, Decoy
from tests.sam_matrix.arrangements import MAKEFILE, Bench
from tests.sam_matrix.workshop import build_packages, elf, open_workshop

pytestmark = pytest.mark.slow

WEB = "  Web:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: src/web, Runtime: nodejs22.x}\n"


@pytest.fixture
def bench(tmp_path: Path, decoy: Decoy) -> Bench:
    """The project, vendored."""
    require_sam(RUNTIME)
    packages = build_packages(tmp_path / "packages")
    for tag in ("cp39-abi3-manylinux_2_24_aarch64", "cp312-cp312-manylinux_2_34_aarch64"):
        name = "acme-stable" if "abi3" in tag else "acme-new"
        build_wheel(packages, name, "1.0", tag=tag, files={f"{name.replace('-', '_')}/native.so": elf("aarch64")})
    bench = Bench(workshop=open_workshop(tmp_path / "work"), packages=packages, runtime=RUNTIME)
    bench.workshop.cut = False
    bench.template(
        bench.function("Orders", "src/orders", "arm64")
        + bench.function("Reports", "src/reports", "x86_64")
        + bench.function("Tools", "src/tools", "arm64", "    Metadata: {BuildMethod: python-uv}\n")
        + bench.function("Made", "src/made", "arm64", "    Metadata: {BuildMethod: makefile}\n")
        + (WEB if shutil.which("npm") else "")
    )
    bench.workshop.write("src/orders/requirements.in", "acme-core\nacme-stable\nacme-new\n")
    bench.workshop.write("src/made/Makefile", MAKEFILE.format(python=RUNTIME).replace("Orders", "Made"))
    bench.workshop.write("src/web/app.js", "exports.handler = async () => 200;\n")
    if npm := shutil.which("npm"):
        for program in (npm, shutil.which("node") or npm):
            (bench.workshop.home / "bin" / Path(program).name).symlink_to(program)
    bench.vendor()
    decoy.tempt(bench.workshop)
    return bench


def test_nothing_but_the_wheelhouse_is_asked(bench: Bench, decoy: Decoy) -> None:
    built = bench.build("--parallel", "--beta-features")
    assert decoy.requests == []
    for name in ("Orders", "Reports", "Tools", "Made"):
        bench.expect(name, name.lower(), f"src/{name.lower()}")
    if shutil.which("npm"):
        assert (bench.workshop.artifact("Web") / "app.js").is_file()
    # No token is in what was built, and the project is as it was.
    files = [path for path in bench.workshop.root.rglob("*") if path.is_file()]
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []
    assert TOKEN not in built.out + built.err
    assert not list(bench.workshop.root.glob("src/*/.cache"))
    bench.workshop.ca_vendor("check").succeeded()
    # A pip with the user's own settings would have asked.
    bench.workshop.run([RUNTIME, "-m", "pip", "download", "--quiet", "acme-unknown"])
    assert decoy.requests
