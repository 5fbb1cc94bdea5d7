"""Which wheels `sam build` takes: less than Lambda loads, where a target is described or uv installs.

Read in aws-lambda-builders 1.68. Its step for pip judges file names by the runtime; its step for uv names a platform.
"""

import re

from ca_vendor.sam.resources import Workflow
from ca_vendor.target import Architecture, Glibc
from ca_vendor.target.tags import LEGACY_MANYLINUX, OLDEST_GLIBC

_OLD_RUNTIMES = frozenset({"python3.8", "python3.9", "python3.10", "python3.11"})
_RUNTIMES = _OLD_RUNTIMES | {"python3.12", "python3.13", "python3.14"}
_MANYLINUX = re.compile(r"manylinux_(\d+)_(\d+)_(.+)")
_LEGACY = {name: glibc for glibc, name in LEGACY_MANYLINUX.items()}

UV_GLIBC = Glibc(2, 28)
"""What uv takes `x86_64-unknown-linux-gnu`, which is what SAM tells it, to mean."""


def refusal(filename: str, runtime: str, architecture: str, *, workflow: Workflow) -> str:
    """Say why `sam build` would not install a wheel; empty where it would.

    Args:
        filename: the wheel's name.
        runtime: such as ``python3.12``.
        architecture: of the function, under Lambda's name for it.
        workflow: how its requirements are installed; a makefile does as it pleases.
    """
    if workflow is Workflow.MAKEFILE:
        return ""
    if workflow is Workflow.PIP and runtime not in _RUNTIMES:
        return f"`sam build` does not know {runtime}"
    glibc = UV_GLIBC if workflow is Workflow.UV else _glibc(runtime)
    interpreters, abis, platforms = filename.removesuffix(".whl").split("-")[-3:]
    if not any(_fits(platform, Architecture(architecture), glibc) for platform in platforms.split(".")):
        installer = "with `python-uv`" if workflow is Workflow.UV else f"for {runtime}"
        return f"`sam build` takes wheels for {architecture} up to glibc {glibc} {installer}"
    own = "cp" + runtime.removeprefix("python").replace(".", "")
    if not any(abi in {"none", "abi3", own} for abi in abis.split(".")):
        return f"`sam build` takes no ABI `{abis}` of {interpreters} for {runtime}"
    return ""


def _glibc(runtime: str) -> Glibc:
    return Glibc(2, 26) if runtime in _OLD_RUNTIMES else Glibc(2, 34)


def _fits(platform: str, architecture: Architecture, glibc: Glibc) -> bool:
    machine = architecture.machine
    if platform in {"any", f"linux_{machine}"}:
        return True
    legacy, _, rest = platform.partition("_")
    if legacy in _LEGACY:
        return rest == machine and OLDEST_GLIBC[architecture] <= _LEGACY[legacy] <= glibc
    match = _MANYLINUX.fullmatch(platform)
    return match is not None and match[3] == machine and Glibc(int(match[1]), int(match[2])) <= glibc
