"""Views of an index: a target's, in which it is the only machine there is, and the one of a host that builds."""

from ca_vendor.view.crawl import Hints, TooManyVersionsError
from ca_vendor.view.host import ServedFile, ServedHostView, serve_host_view
from ca_vendor.view.loopback import ServedView
from ca_vendor.view.server import serve_view
from ca_vendor.view.view import Policy, TargetView

__all__ = [
    "Hints",
    "Policy",
    "ServedFile",
    "ServedHostView",
    "ServedView",
    "TargetView",
    "TooManyVersionsError",
    "serve_host_view",
    "serve_view",
]
