"""The index that pip on this machine is configured to use, and how fast a resolver is behind a view of it."""

import resource
import time
from dataclasses import dataclass
from pathlib import Path

from pip._internal.commands import create_command

from ca_vendor.index import HttpClient, IndexClient, find_index_credential
from ca_vendor.requirement import evaluate_inputs, read_inputs
from ca_vendor.resolver import Resolution, Seeds
from ca_vendor.resolver.pip_compile import run_pip_compile
from ca_vendor.store import Store
from ca_vendor.target import Target
from ca_vendor.view import TargetView, serve_view
from ca_vendor.workflows.sources import StoredIndex
from tests.truth.plain_index import Source

_TRIES = 3


def configured_index(directory: Path) -> StoredIndex:
    """Return the index of pip's configuration: each page read once, so that all who ask see the same.

    Args:
        directory: where METADATA is kept from run to run.
    """
    options, _ = create_command("download").parse_args([])
    url: str = options.index_url
    client = IndexClient(url=url, credentials=find_index_credential(url), http=HttpClient())
    return StoredIndex(client, Store(directory))


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast pip-compile is behind a warm view.

    Attributes:
        pins: how many it makes.
        seconds: it takes.
        processor_seconds: it computes, however many others want the processor meanwhile.
    """

    pins: int
    seconds: float
    processor_seconds: float


def time_behind_view(source: Source, requirements: Path, target: Target) -> Speed:
    """Return how fast pip-compile is behind a warm view: the best of three. Nothing else may run here meanwhile."""
    inputs = evaluate_inputs(read_inputs(requirements), target)
    with (
        TargetView(target=target, pages=source.page, metadata=lambda _, file: source.metadata(file)) as view,
        serve_view(view) as served,
    ):
        view.crawl((line.origin, line.requirement) for line in inputs.requirements)
        task = Resolution(
            index_url=served.url,
            requirements=tuple(str(line.requirement) for line in inputs.requirements),
            constraints=(),
            allow_prereleases=False,
            seeds=Seeds(),
            abort=lambda: False,
        )
        pins = run_pip_compile(task)
        seconds, processor_seconds = [], []
        for _ in range(_TRIES):
            started, computed = time.monotonic(), _computed_by_children()
            assert run_pip_compile(task) == pins
            seconds.append(time.monotonic() - started)
            processor_seconds.append(_computed_by_children() - computed)
    return Speed(pins=len(pins), seconds=min(seconds), processor_seconds=min(processor_seconds))


def _computed_by_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
