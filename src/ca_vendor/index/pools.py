"""Pools of connections: direct ones, and through the proxies that the environment names; with its certificates."""

import os
import ssl
import urllib.request
from functools import cached_property
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from ca_vendor.index.errors import IndexNetworkError
from ca_vendor.index.origin import shown_url
from ca_vendor.index.wires import Wires

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "PIP_CERT")


class Pools:
    """Keeps connections alive.

    Args:
        wires: learns of every connection.
        size: how many connections to one host are kept.
    """

    def __init__(self, wires: Wires, size: int) -> None:
        self._wires = wires
        self._size = size
        self._proxies: dict[str, urllib3.PoolManager] = {}

    def pool_for(self, url: str) -> urllib3.PoolManager:
        """Return the connections to take for a URL.

        Raises:
            IndexNetworkError: a proxy variable holds no URL.
        """
        proxy = _proxy_for(url)
        if proxy is None:
            return self._direct
        if proxy not in self._proxies:
            self._proxies[proxy] = self._through(proxy)
        return self._proxies[proxy]

    def prepare(self) -> None:
        """Load certificates ahead of the first request."""
        _ = self._direct

    @cached_property
    def _direct(self) -> urllib3.PoolManager:
        manager = urllib3.PoolManager(num_pools=8, maxsize=self._size, ssl_context=self._tls)
        return self._wires.equip(manager)

    def _through(self, proxy: str) -> urllib3.PoolManager:
        try:
            manager = urllib3.ProxyManager(proxy, maxsize=self._size, ssl_context=self._tls)
        except (HTTPError, ValueError) as error:
            raise IndexNetworkError(shown_url(proxy), "the proxy variable holds no usable URL") from error
        return self._wires.equip(manager)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        bundles = {os.path.realpath(os.environ.get(variable, "")) for variable in _CA_VARIABLES}
        # Several often name one file, which takes some 20 ms to load.
        for bundle in sorted(bundles - {os.path.realpath(os.environ.get("SSL_CERT_FILE", ""))}):
            if os.path.isfile(bundle):  # noqa: PTH113 - a user's own text
                context.load_verify_locations(bundle)
        return context


def _proxy_for(url: str) -> str | None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _LOOPBACK or host.startswith("127.") or urllib.request.proxy_bypass(host):
        return None
    proxy = urllib.request.getproxies().get(parts.scheme)
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
