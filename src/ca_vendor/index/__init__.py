"""A simple-API index as a client sees it: pages, files, credentials, retries."""

from ca_vendor.index.client import IndexClient
from ca_vendor.index.credentials import UNBOUND_VARIABLES, credential_hint, find_index_credential
from ca_vendor.index.errors import (
    IndexAnswerError,
    IndexNetworkError,
    NotAnIndexError,
    RefusedError,
    UnsafeRedirectError,
)
from ca_vendor.index.http import HttpClient
from ca_vendor.index.origin import shown_url
from ca_vendor.index.patience import Patience

__all__ = [
    "UNBOUND_VARIABLES",
    "HttpClient",
    "IndexAnswerError",
    "IndexClient",
    "IndexNetworkError",
    "NotAnIndexError",
    "Patience",
    "RefusedError",
    "UnsafeRedirectError",
    "credential_hint",
    "find_index_credential",
    "shown_url",
]
