"""A lock as requirements.txt, for pip and `sam build`."""

import shlex
from collections import defaultdict
from collections.abc import Iterator

from ca_vendor.lock.model import Lock, Pin


def render_requirements(lock: Lock, *, find_links: str | None = None) -> str:
    """Render requirements.txt; the same lock gives the same text.

    Args:
        lock: what to render.
        find_links: the wheelhouse relative to requirements.txt, with forward slashes. With it, pip installs from that
            directory and from nowhere else. Where nothing is pinned there is nothing to install.
    """
    # A file of options alone is one that neither pip nor SAM takes for empty.
    options = _options(find_links) if lock.pins else ()
    return "\n".join((*_header(lock), *options, *_pins(lock))) + "\n"


def _header(lock: Lock) -> Iterator[str]:
    source = "pyproject.toml" if lock.requirements.endswith("/pyproject.toml") else "requirements.in"
    yield f"# Locked by ca-vendor for {lock.target.name}. Do not edit: change {source}, then run"
    yield "#   ca-vendor lock && ca-vendor fetch"


def _options(find_links: str | None) -> Iterator[str]:
    if find_links is not None:
        yield "--no-index"
        yield f"--find-links {shlex.quote(find_links)}"
        yield "--only-binary :all:"
        yield ""


def _pins(lock: Lock) -> Iterator[str]:
    parents: defaultdict[str, list[str]] = defaultdict(list)
    for pin in lock.pins:
        for dependency in pin.dependencies:
            parents[dependency].append(pin.name)
    for pin in lock.pins:
        yield f"{pin.name}=={pin.version} \\"
        yield f"    --hash=sha256:{pin.file.sha256}"
        yield from _via(pin, parents[pin.name])


def _via(pin: Pin, parents: list[str]) -> Iterator[str]:
    reasons = sorted((*pin.origins, *parents))
    if len(reasons) == 1:
        yield f"    # via {reasons[0]}"
    elif reasons:
        yield "    # via"
        yield from (f"    #   {reason}" for reason in reasons)
