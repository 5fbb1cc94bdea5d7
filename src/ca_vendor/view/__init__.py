"""A target's view of an index: one in which the target is the only machine there is."""

from ca_vendor.view.crawl import TooManyVersionsError
from ca_vendor.view.server import ServedView, serve_view
from ca_vendor.view.view import TargetView

__all__ = ["ServedView", "TargetView", "TooManyVersionsError", "serve_view"]
