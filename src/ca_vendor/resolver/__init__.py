"""Resolvers, unmodified, as subprocesses: they see a view of the index and nothing else."""

from ca_vendor.resolver.model import Resolution, ResolverFailedError, ResolverName, Seeds

__all__ = ["Resolution", "ResolverFailedError", "ResolverName", "Seeds", "resolve"]


def resolve(name: ResolverName, task: Resolution) -> dict[str, str]:
    """Run the resolver of that name; see :func:`ca_vendor.resolver.workspace.run_in_workspace`."""
    match name:
        case ResolverName.PIP_COMPILE:
            from ca_vendor.resolver.pip_compile import run_pip_compile

            return run_pip_compile(task)
        case ResolverName.UV:
            from ca_vendor.resolver.uv import run_uv

            return run_uv(task)
