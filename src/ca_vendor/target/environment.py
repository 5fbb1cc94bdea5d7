"""The environment in which a target evaluates dependency markers."""

from collections.abc import Mapping
from functools import cache

from ca_vendor.target.model import Target

_KERNEL = "5.10.255-262.1063.amzn2"


@cache
def marker_environment(target: Target) -> Mapping[str, str]:
    """Return all eleven variables of the specification as they are on the target.

    ``platform_release`` is the kernel line that the user agents of functions on every runtime name; AWS changes
    kernels at will, so no package can depend on more than its shape.

    Source: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
    """
    major, minor = target.python_version
    return {
        "implementation_name": "cpython",
        "implementation_version": target.python_full_version,
        "os_name": "posix",
        "platform_machine": target.architecture.machine,
        "platform_python_implementation": "CPython",
        "platform_release": f"{_KERNEL}.{target.architecture.machine}",
        "platform_system": "Linux",
        "platform_version": "#1 SMP",
        "python_full_version": target.python_full_version,
        "python_version": f"{major}.{minor}",
        "sys_platform": "linux",
    }
