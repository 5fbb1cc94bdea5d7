"""What SAM builds is what was locked, with no network, on any host."""

import pytest

from tests.integration.sam_build.conftest import OpenBench, require_cut, require_sam
from tests.sam_matrix import arrangements
from tests.sam_matrix.arrangements import Bench


@pytest.mark.parametrize(
    ("arrange", "runtime"),
    [
        (arrangements.plain, "python3.11"),
        (arrangements.both_architectures, "python3.13"),
        (arrangements.cached, "python3.12"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_artifact_is_what_was_locked(arrange: "object", runtime: str, open_bench: OpenBench) -> None:
    require_sam(runtime)
    require_cut()
    assert callable(arrange)
    bench: Bench = open_bench(runtime)
    arrange(bench)
