"""Resolvers, unmodified, as subprocesses: they see a view of the index and nothing else."""

from ca_vendor.resolver.model import Resolution, ResolverFailedError, ResolverName, Seeds
from ca_vendor.resolver.pip_compile import run_pip_compile
from ca_vendor.resolver.uv import run_uv

__all__ = ["Resolution", "ResolverFailedError", "ResolverName", "Seeds", "resolve", "run_pip_compile", "run_uv"]

_RUNNERS = {ResolverName.PIP_COMPILE: run_pip_compile, ResolverName.UV: run_uv}


def resolve(name: ResolverName, task: Resolution) -> dict[str, str]:
    """Run the resolver of that name; see :func:`run_pip_compile`."""
    return _RUNNERS[name](task)
