"""Whether `sam build` will find a container engine, looked for where it looks."""

import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

_SECONDS = 5.0


def container_engine_problem(environment: Mapping[str, str]) -> str:
    """Say where no container engine answers; empty where one does, and where that cannot be told from here.

    Args:
        environment: what `sam build` will run in.
    """
    host = environment.get("DOCKER_HOST")
    if host:
        return _problem(host)
    if sys.platform == "win32":
        return ""  # a named pipe, which only the engine's own client can ask
    problems = [_problem(candidate) for candidate in _DEFAULTS.get(sys.platform, _DEFAULTS["linux"])]
    return "" if "" in problems else "; ".join(problems)


_DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "linux": ("unix:///var/run/docker.sock", "unix:///var/run/finch.sock"),
    "darwin": ("unix:///var/run/docker.sock", "unix:///Applications/Finch/lima/data/finch/sock/finch.sock"),
}


def _problem(host: str) -> str:
    parts = urlsplit(host)
    try:
        if parts.scheme == "unix":
            return _ask_socket(f"{parts.netloc}{parts.path}")
        if parts.scheme in {"tcp", "http", "https"}:
            socket.create_connection((parts.hostname or "", parts.port or 2375), timeout=_SECONDS).close()
    except (OSError, ValueError) as error:
        return f"`{host}` ({(getattr(error, 'strerror', None) or str(error)).lower()})"
    return ""


def _ask_socket(path: str) -> str:
    if sys.platform == "win32" or not hasattr(socket, "AF_UNIX"):
        return ""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(_SECONDS)
        client.connect(f"{Path(path)}")
    return ""
