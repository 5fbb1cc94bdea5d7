"""Files of the upstream index, on their way through the emulator."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from ca_vendor.emulator import Bandwidth, Emulator, Fault, Route, Status, Truncate, Upstream
from tests.distributions import build_wheel
from tests.integration.emulator.conftest import Web
from tests.unit.view.index import eventually

PATH = "large/1/large-1-py3-none-any.whl"
SIZE = 600_000


@pytest.fixture
def wheel(public: Emulator, tmp_path: Path) -> Path:
    content = random.Random(1).randbytes(SIZE)
    wheel = build_wheel(tmp_path / "large", "large", "1", files={"blob.bin": content})
    public.add_packages(wheel)
    return wheel


@pytest.fixture
def over(upstream: Upstream, tmp_path: Path) -> Iterator[Web]:
    with Emulator(upstream=upstream, state=tmp_path / "state") as emulator:
        yield Web(emulator=emulator)


def test_one_download_serves_everyone_from_its_first_bytes(public: Emulator, over: Web, wheel: Path) -> None:
    public.faults.add(Fault(effect=Bandwidth(bytes_per_second=1_000_000), route=Route.ASSET))
    clients = [Web(emulator=over.emulator) for _ in range(4)]

    def read(client: Web) -> tuple[bytes, float]:
        headers = {"Authorization": client.emulator.authorization()}
        response = client.pool.request(
            "GET", f"{client.emulator.index_url}{PATH}", headers=headers, preload_content=False
        )
        first = response.read(1000)
        begun_at = time.monotonic()
        return first + response.read(), time.monotonic() - begun_at

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(read, clients))
    assert all(content == wheel.read_bytes() for content, _ in answers)
    assert max(rest for _, rest in answers) > 0.1, "the rest was still on its way"
    assert [record.path.rpartition("/")[2] for record in public.requests].count(wheel.name) == 1


@pytest.mark.parametrize("effect", [Truncate(after_bytes=300_000), Status(status=404)])
def test_failed_download_is_tried_again(
    public: Emulator, over: Web, wheel: Path, tmp_path: Path, effect: Truncate | Status
) -> None:
    public.faults.add(Fault(effect=effect, route=Route.ASSET))
    try:
        assert over.get(PATH).status == 502
    except urllib3.exceptions.ProtocolError:
        assert isinstance(effect, Truncate), "begun, then cut"
    assert not list((tmp_path / "state").rglob(wheel.name))
    assert over.get(PATH).data == wheel.read_bytes()
    assert eventually(lambda: not list((tmp_path / "state").rglob(".part-*"))), "tidied once the answer is out"


def test_busy_upstream_is_asked_again(public: Emulator, over: Web, wheel: Path) -> None:
    public.faults.add(Fault(effect=Status(status=503), times=2))
    assert over.page("large")["files"][0]["filename"] == wheel.name


def test_credentials_stay_with_the_index(upstream: Upstream) -> None:
    assert "@" in upstream.url
    assert upstream.url not in repr(upstream)
