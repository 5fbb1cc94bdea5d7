"""`ca-vendor build --online --use-container`: no container, no process and no file has the token."""

import threading
from pathlib import Path

from ca_vendor.emulator import Emulator
from tests.canary import Watch, files_holding, forms_of
from tests.integration.containers.conftest import OpenContainerBench
from tests.sam_matrix.arrangements import Bench
from tests.sam_matrix.engine import Engine


class ContainerWatch:
    """Keeps what the engine was told of each container, its environment among it."""

    def __init__(self, engine: Engine) -> None:
        self.seen: set[str] = set()
        self._directory = Path(engine.host.removeprefix("unix://")).parent / "data" / "containers"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "ContainerWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            for path in self._directory.glob("*/config.v2.json"):
                try:
                    self.seen.add(path.read_text())
                except OSError:
                    continue  # it has been removed


def unlocked(bench: Bench) -> str:
    """Write a function that no lock describes, and return its lines of the template."""
    lines = bench.function("Old", "src/old", "x86_64")
    (bench.workshop.root / "src/old/requirements.in").unlink()
    bench.workshop.write("src/old/requirements.txt", "acme-core>=1\n")
    return lines


def test_token_is_nowhere(open_bench: OpenContainerBench, engine: Engine, tmp_path: Path) -> None:
    bench = open_bench("python3.14")
    bench.template(
        bench.function("Orders", "src/orders", "arm64")
        + bench.function("Reports", "src/reports", "x86_64")
        + unlocked(bench)
    )
    bench.workshop.write("ca-vendor.toml", 'domain = "acme"\nrepository = "python"\nresolver = "uv"\n')
    bench.workshop.cut = False
    with Emulator(packages=bench.packages) as emulator:
        bench.workshop.ca_vendor("lock", extra=emulator.environment()).succeeded()
    with Emulator(packages=bench.packages) as emulator, Watch(everywhere=True) as watch, ContainerWatch(engine) as told:
        outcome = bench.workshop.ca_vendor(
            "build", "--online", *bench.in_container(), "--parallel", extra=emulator.environment()
        ).succeeded()
    bench.expect("Orders", "orders", "src/orders", is_vendored=False)
    bench.expect("Reports", "reports", "src/reports", is_vendored=False)
    assert len(list(bench.workshop.artifact("Old").glob("acme_native/_speed.*-x86_64-linux-gnu.so"))) == 1
    assert not list(bench.workshop.root.glob("**/.cache"))
    assert not list((tmp_path / "tmp").glob("ca-vendor-*"))
    assert any("PIP_NO_INDEX" in text for text in told.seen), "no container was seen, so nothing would be shown"
    assert watch.running(b"lambda-builders"), "the build in a container was not seen"
    [token] = [token.value for token in emulator.tokens.issued]
    assert not [seen for seen in watch.seen if seen.holds(token)]
    assert not [text for text in told.seen for form in forms_of(token) if form in text]
    assert not files_holding(token, tmp_path)
    assert token not in outcome.out + outcome.err
