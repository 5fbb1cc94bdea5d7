"""Makes packaging, and pip's own copy of it, believe that this machine is another.

It stands alone: a copy of it is put into a virtual environment, where a ``.pth`` file starts it with the interpreter.
``sys.platform`` and ``os.name`` stay what they are, as the standard library could not work without them.
"""

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

MACHINES = {
    "macOS": {
        "os_name": "posix",
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "platform_machine": "arm64",
        "platform_release": "25.0.0",
        "platform_version": "Darwin Kernel Version 25.0.0",
    },
    "Windows": {
        "os_name": "nt",
        "sys_platform": "win32",
        "platform_system": "Windows",
        "platform_machine": "AMD64",
        "platform_release": "11",
        "platform_version": "10.0.22631",
    },
}

_COPIES = ("packaging", "pip._vendor.packaging")


def install(machine: str) -> None:
    """Disguise this process.

    Args:
        machine: ``macOS`` or ``Windows``.
    """
    sys.meta_path.insert(0, _Finder(machine))


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, machine: str) -> None:
        self._machine = machine

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        parent, _, name = fullname.rpartition(".")
        if parent not in _COPIES or name not in {"markers", "tags"}:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._machine)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, genuine: importlib.abc.Loader, machine: str) -> None:
        self._genuine = genuine
        self._machine = machine

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._genuine.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._genuine.exec_module(module)
        if module.__name__.endswith(".markers"):
            _disguise_markers(module, self._machine)
        else:
            _disguise_tags(module, self._machine)


def _disguise_markers(module: Any, machine: str) -> None:
    genuine = module.default_environment
    module.default_environment = lambda: {**genuine(), **MACHINES[machine]}


def _disguise_tags(module: Any, machine: str) -> None:
    platforms = list(module.mac_platforms((15, 0), "arm64")) if machine == "macOS" else ["win_amd64"]
    module.platform_tags = lambda: iter(platforms)
