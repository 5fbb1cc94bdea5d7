"""One build in a process of its own: a JSON object in, a JSON object out.

- ``source``: the archive or tree to build.
- ``index``: the URL of the index for build requirements; without it, there is an empty one.
- ``wheels``: the directory to build a wheel into; without it, METADATA is made alone.
- ``target``: that the wheel is for.
- ``hidden``, ``confine``: as in the settings.
- ``key``: the name of a key to have in the kernel's keyring of the session.
"""

import ctypes
import json
import platform
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ca_vendor.builder import BuildSettings, HostBuilder, Source
from ca_vendor.target import find_target
from ca_vendor.view import serve_host_view
from tests.integration.builder.conftest import no_file, no_page

ADD_KEY, KEYCTL = {"aarch64": (217, 219)}.get(platform.machine(), (248, 250))
"""The numbers of the system calls."""


def plant_key(name: str) -> None:
    libc = ctypes.CDLL(None)
    libc.syscall(KEYCTL, 1, None)  # a keyring of this session's own
    assert libc.syscall(ADD_KEY, b"user", name.encode(), b"secret", 6, -3) > 0


def build(task: dict[str, Any]) -> dict[str, object]:
    if "key" in task and Path("/proc/keys").exists():
        plant_key(task["key"])
    with ExitStack() as stack:
        index = task.get("index")
        if index is None:
            index = stack.enter_context(serve_host_view(pages=no_page, ensure_file=no_file)).url
        hidden = tuple(Path(path) for path in task.get("hidden", ()))
        builder = HostBuilder(BuildSettings(index_url=index, hidden=hidden, confine=task.get("confine", True)))
        source = Source(path=Path(task["source"]), shown="foo==1.0")
        if "wheels" not in task:
            return {"confined": builder.confined, "metadata": builder.prepare_metadata(source).decode()}
        built = builder.build_wheel(source, Path(task["wheels"]), target=find_target(task["target"]))
        return {"confined": built.confined, "path": str(built.path), "sha256": built.sha256}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(build(json.loads(sys.argv[1]))))
