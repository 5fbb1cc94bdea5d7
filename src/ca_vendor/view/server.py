"""The view on loopback, for any resolver that speaks the simple API."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import quote, unquote

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from ca_vendor.requirement import render_metadata_for_target
from ca_vendor.selection import Selection
from ca_vendor.view.loopback import BINARY, JSON, NOT_FOUND, Answer, ServedView, serving
from ca_vendor.view.view import TargetView
from ca_vendor.wheel import build_stub_wheel


@contextmanager
def serve_view(view: TargetView) -> Iterator[ServedView]:
    """Serve a view on a loopback port of the system's choice, under a path that cannot be guessed."""
    served = ServedView()
    with serving(served, _Answers(view).to):
        yield served


class _Answers:
    """What the server says to a path."""

    def __init__(self, view: TargetView) -> None:
        self._view = view

    def to(self, parts: list[str]) -> Answer:
        """Return the answer to a path below the index's URL."""
        match parts:
            case [name, ""]:
                return self._page(canonicalize_name(unquote(name)))
            case [name, version, filename] if filename.endswith(".metadata"):
                return Answer(HTTPStatus.OK, self._metadata(canonicalize_name(name), version), BINARY)
            case [name, version, _]:
                return self._stub(canonicalize_name(name), version)
            case _:
                return NOT_FOUND

    def _page(self, name: NormalizedName) -> Answer:
        selection = self._view.selection(name)
        page = {"meta": {"api-version": "1.0"}, "name": name, "files": _entries(name, selection)}
        return Answer(HTTPStatus.OK, json.dumps(page).encode(), JSON)

    def _metadata(self, name: NormalizedName, version: str) -> bytes:
        metadata = self._view.ask_metadata(name, Version(unquote(version)))
        return render_metadata_for_target(metadata, self._view.target)

    def _stub(self, name: NormalizedName, version: str) -> Answer:
        body = build_stub_wheel(self._metadata(name, version), name=name, version=unquote(version))
        return Answer(HTTPStatus.OK, body, BINARY)


def _entries(name: NormalizedName, selection: Selection) -> list[dict[str, object]]:
    """One entry a version. No hash is given: the resolver would hold the stub against the real file's."""
    stem = name.replace("-", "_")
    return [
        {
            "filename": f"{stem}-{version}-py3-none-any.whl",
            "url": f"{quote(str(version))}/{quote(f'{stem}-{version}-py3-none-any.whl')}",
            "hashes": {},
            "core-metadata": True,
            "yanked": use.file.yanked or use.file.yanked is not None,
        }
        for version, use in selection.items()
    ]
