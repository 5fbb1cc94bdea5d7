import socket
import sys
from pathlib import Path

import pytest

from ca_vendor.sam import container_engine_problem

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs Unix sockets")


def test_engine_that_listens_on_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    host = {"DOCKER_HOST": f"unix://{path}"}
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{path}")
        assert "connection refused" in container_engine_problem(host)
        server.listen()
        assert container_engine_problem(host) == ""
    path.unlink()
    assert "no such file" in container_engine_problem(host)


def test_engine_that_listens_on_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = {"DOCKER_HOST": f"tcp://127.0.0.1:{server.getsockname()[1]}"}
        assert container_engine_problem(host) == ""
    assert "connection refused" in container_engine_problem(host)


def test_what_cannot_be_told_is_no_problem() -> None:
    assert container_engine_problem({"DOCKER_HOST": "ssh://somewhere"}) == ""


def test_address_that_is_none() -> None:
    assert "tcp://host:port" in container_engine_problem({"DOCKER_HOST": "tcp://host:port"})
