"""What SAM builds in containers is what was locked, and nothing but the wheelhouse is asked."""

from pathlib import Path

import pytest

from tests.integration.containers.conftest import RUNTIMES, OpenContainerBench
from tests.integration.sam_build.decoy import Decoy
from tests.sam_matrix.arrangements import ARRANGEMENTS, Arrangement, Bench
from tests.sam_matrix.engine import Engine

IN_CONTAINER = [each for each in ARRANGEMENTS if each.in_container]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("arrangement", IN_CONTAINER, ids=lambda each: each.build.__name__)
def test_artifact_is_what_was_locked(arrangement: Arrangement, runtime: str, open_bench: OpenContainerBench) -> None:
    arrangement.build(open_bench(runtime))


@pytest.fixture
def tempted(engine: Engine, decoy: Decoy, tmp_path: Path) -> str:
    """A build image whose pip is configured to ask the decoy."""
    context = tmp_path / "image"
    context.mkdir()
    (context / "pip.conf").write_text(f"[global]\nindex-url = {decoy.url}\nextra-index-url = {decoy.url}\n")
    (context / "Dockerfile").write_text(f"FROM {engine.images['3.14']}\nCOPY pip.conf /etc/pip.conf\n")
    done = engine.docker("build", "--network", "none", "--tag", "ca-vendor-tempted", f"{context}")
    assert done.returncode == 0, done.stderr
    return "ca-vendor-tempted"


def test_nothing_but_the_wheelhouse_is_asked(
    open_bench: OpenContainerBench, engine: Engine, tempted: str, decoy: Decoy
) -> None:
    bench = open_bench("python3.14")
    resources = bench.function("Orders", "src/orders", "arm64") + bench.function("Reports", "src/reports", "x86_64")
    bench.template(resources)
    bench.vendor()
    decoy.tempt(bench.workshop)
    bench.build(*in_image(bench, tempted), "--parallel")
    bench.expect("Orders", "orders", "src/orders")
    bench.expect("Reports", "reports", "src/reports")
    assert decoy.requests == []
    # A pip in that image with its own settings asks, and reaches.
    engine.docker("run", "--rm", "--network", "host", tempted, "python3", "-m", "pip", "download", "acme-unknown")
    assert decoy.requests


def in_image(bench: Bench, image: str) -> tuple[str, ...]:
    """Return arguments that build in an image which reaches this machine's loopback."""
    bench.in_container()
    return ("--use-container", "--build-image", image, "--skip-pull-image", "--docker-network", "host")
