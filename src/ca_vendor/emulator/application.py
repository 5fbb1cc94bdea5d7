"""Sends each request to the plane that answers it."""

import re
from dataclasses import dataclass

from ca_vendor.emulator.control import ControlPlane
from ca_vendor.emulator.data import DataPlane
from ca_vendor.emulator.effects import Exchange
from ca_vendor.emulator.faults import FaultQueue
from ca_vendor.emulator.messages import Request, Response, not_found
from ca_vendor.emulator.server import answer
from ca_vendor.emulator.state import State
from ca_vendor.emulator.tokens import Tokens
from ca_vendor.emulator.uploads import Uploads

_LABEL = r"(?P<label>[a-z][a-z0-9-]*-\d{12})"
# The path of a VPC endpoint, and the host names of the service, both forms.
_PATH_FORM = re.compile(rf"/pypi/d/{_LABEL}/(?P<repository>[^/]+)/(?P<path>.*)")
_HOST = re.compile(rf"{_LABEL}\.(d\.codeartifact|codeartifact)\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|on\.aws)(:\d+)?")
_HOST_FORM = re.compile(r"/pypi/(?P<repository>[^/]+)/(?P<path>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The whole service: control plane and data plane on one port."""

    control: ControlPlane
    data: DataPlane
    uploads: Uploads
    state: State

    def __call__(self, request: Request) -> Response:
        """Answer a request."""
        if request.path.startswith("/v1/"):
            return self.control.answer(request)
        label, repository, path = _locate(request)
        refusal = self.data.refusal(request, label)
        if refusal is not None:
            return refusal
        found = self.state.repository(label, repository)
        if request.method in {"GET", "HEAD"}:
            return self.data.read(request, found, path)
        if request.method == "POST" and not path:
            return self.uploads.receive(request, found)
        raise not_found("path", request.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyApplication:
    """The service, with faults on demand."""

    application: Application
    faults: FaultQueue
    tokens: Tokens

    def __call__(self, request: Request) -> Response:
        """Answer a request, or let it meet the fault that is due."""
        effect = self.faults.take(request)
        if effect is None:
            return self.application(request)
        exchange = Exchange(request=request, proceed=lambda: answer(self.application, request), tokens=self.tokens)
        return effect.apply(exchange)


def _locate(request: Request) -> tuple[str, str, str]:
    """Return the domain's label, the repository and the path below its endpoint."""
    match = _PATH_FORM.fullmatch(request.path)
    if match is not None:
        return match["label"], match["repository"], match["path"]
    host = _HOST.fullmatch(request.headers.get("Host", "").lower())
    match = _HOST_FORM.fullmatch(request.path)
    if host is None or match is None:
        raise not_found("path", request.path)
    return host["label"], match["repository"], match["path"]
