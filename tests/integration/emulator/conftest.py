"""An emulator with private packages, a second one that plays the public index, and clients with a clean environment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import urllib3
from botocore.config import Config

from ca_vendor.emulator import Emulator, ManualClock, Upstream
from tests.distributions import build_sdist, build_wheel

if TYPE_CHECKING:
    from mypy_boto3_codeartifact import CodeArtifactClient

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, kw_only=True)
class Web:
    """A client that adds nothing to what a test says: no retries, no redirects, no content decoding."""

    emulator: Emulator
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=10))

    def get(
        self, path: str, *, accept: str | None = JSON, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> urllib3.BaseHTTPResponse:
        """Ask for a path below the simple index, authorised unless ``headers`` say otherwise."""
        sent = {"Authorization": self.emulator.authorization()} if headers is None else dict(headers)
        if accept is not None:
            sent["Accept"] = accept
        url = path if path.startswith("http") else f"{self.emulator.index_url}{path}"
        return self.pool.request(method, url, headers=sent, redirect=False, decode_content=False)

    def page(self, project: str) -> dict[str, Any]:
        """Return a project's JSON page."""
        response = self.get(f"{project}/")
        assert response.status == 200, response.data
        page: dict[str, Any] = response.json()
        return page

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call the admin interface; return its result."""
        content = json.dumps(body) if body is not None else None
        response = self.pool.request(method, f"{self.emulator.admin_url}{path}", body=content)
        assert response.status == 200, response.data
        return response.json()["result"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    directory = tmp_path / "packages"
    build_wheel(directory, "Acme.Core", "1.0", requires_python=">=3.8")
    build_wheel(directory / "nested", "acme-core", "1.1", requires_python=">=3.8,<4")
    build_sdist(directory, "acme-tools", "2.0", requires=["acme-core"])
    return directory


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Emulator]:
    """The index behind the external connection."""
    directory = tmp_path / "public"
    build_wheel(directory, "MarkupSafe", "3.0", requires_python=">=3.9")
    build_sdist(directory, "MarkupSafe", "3.0")
    build_wheel(directory, "markupsafe", "2.1")
    build_wheel(directory, "acme-core", "9.9")
    with Emulator(packages=directory, domain="world", repository="public", upstream=None) as emulator:
        yield emulator


@pytest.fixture
def upstream(public: Emulator) -> Upstream:
    return Upstream(url=public.authenticated_index_url())


@pytest.fixture
def emulator(packages: Path, upstream: Upstream, clock: ManualClock) -> Iterator[Emulator]:
    with Emulator(packages=packages, upstream=upstream, clock=clock) as emulator:
        yield emulator


@pytest.fixture
def web(emulator: Emulator) -> Web:
    return Web(emulator=emulator)


@pytest.fixture
def client(emulator: Emulator) -> "CodeArtifactClient":
    return make_client(emulator)


def make_client(emulator: Emulator) -> "CodeArtifactClient":
    return boto3.client(
        "codeartifact",
        endpoint_url=emulator.endpoint_url,
        region_name=emulator.region,
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    """Variables for a client's process, with nothing of this machine's configuration."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
        "UV_NO_CONFIG": "1",
        "UV_CACHE_DIR": str(tmp_path / "uv-cache"),
        "AWS_EC2_METADATA_DISABLED": "true",
        **emulator.environment(),
    }


@pytest.fixture
def run(environment: Mapping[str, str], tmp_path: Path) -> Run:
    """Run a client of this environment; a failure shows its output."""

    def run(*argv: str | Path, check: bool = True, **variables: str) -> "subprocess.CompletedProcess[str]":
        finished = subprocess.run(
            [str(part) for part in argv],
            env={**environment, **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not check or finished.returncode == 0, finished.stdout + finished.stderr
        return finished

    return run
