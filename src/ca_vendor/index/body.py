"""Reading the body of an answer: bounded, and with an eye on the clock."""

import time
from collections.abc import Callable, Iterator

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from ca_vendor.index.errors import IndexNetworkError, NotAnIndexError
from ca_vendor.index.origin import shown_url
from ca_vendor.index.patience import Attempts, Patience

CHUNK_BYTES = 1 << 16
_CRAWL_BYTES = 1 << 16
_FILE_TRIES = 6


class TruncatedBodyError(Exception):
    """A body ended before its announced length; carries no message for the user, as it is retried."""


def read_chunks(response: BaseHTTPResponse, patience: Patience, *, decode: bool) -> Iterator[bytes]:
    """Yield a body as it arrives, then release the connection.

    Raises:
        TruncatedBodyError: it broke off.
        IndexNetworkError: it trickles: fewer than 64 KiB within ``patience.total`` seconds.
    """
    url = shown_url(response.url or "")
    checkpoint, arrived = time.monotonic(), 0
    try:
        # read1 returns what one receive brought: read would wait for a whole chunk, however slowly it trickles.
        while chunk := response.read1(CHUNK_BYTES, decode_content=decode):
            yield chunk
            arrived += len(chunk)
            now = time.monotonic()
            if now - checkpoint > patience.total:
                _refuse_trickle(arrived, patience, url)
                checkpoint, arrived = now, 0
    except (HTTPError, OSError) as error:
        response.close()
        raise TruncatedBodyError from error
    except BaseException:
        response.close()
        raise
    response.release_conn()


def _refuse_trickle(arrived: int, patience: Patience, url: str) -> None:
    if arrived < _CRAWL_BYTES:
        raise IndexNetworkError(url, f"only {arrived} bytes came in {patience.total:.0f} s")


def bounded_chunks(response: BaseHTTPResponse, patience: Patience, *, limit: int) -> Iterator[bytes]:
    """Yield a body as it arrives, decompressed.

    Raises:
        NotAnIndexError: it is longer than ``limit`` bytes.
        TruncatedBodyError: it broke off.
        IndexNetworkError: it trickles.
    """
    size = 0
    ends = time.monotonic() + patience.total
    for chunk in read_chunks(response, patience, decode=True):
        size += len(chunk)
        if size > limit:
            response.close()
            raise NotAnIndexError(shown_url(response.url or ""), f"it is longer than {limit} bytes")
        if time.monotonic() > ends:
            response.close()
            raise IndexNetworkError(shown_url(response.url or ""), f"it did not end in {patience.total:.0f} s")
        yield chunk


def read_whole(response: BaseHTTPResponse, patience: Patience, *, limit: int) -> bytes:
    """Return a whole body, decompressed.

    Raises:
        NotAnIndexError: it is longer than ``limit`` bytes.
        TruncatedBodyError: it broke off.
        IndexNetworkError: it trickles.
    """
    return b"".join(bounded_chunks(response, patience, limit=limit))


def resumed_chunks(
    open_at: Callable[[int], BaseHTTPResponse], begin: Callable[[], Attempts], patience: Patience, *, url: str
) -> Iterator[bytes]:
    """Yield a file's bytes, in order and once, however often its body breaks off.

    After a break the rest is asked for with Range. Where that is not honoured the body starts anew, and what is
    known already is skipped; the caller's hash covers the seam.

    Args:
        open_at: asks for the file from a byte offset on.
        begin: begins a count of tries; what brought the file on by 64 KiB begins it anew.
        patience: how long to try.
        url: fit for a message.

    Raises:
        IndexNetworkError: it broke off too often, or trickles.
    """
    attempts = begin()
    received = known = 0
    while True:
        attempts.made += 1
        response = open_at(received)
        skip = received if response.status == 200 else 0
        try:
            for chunk in read_chunks(response, patience, decode=False):
                fresh = chunk[skip:]
                skip -= min(skip, len(chunk))
                if fresh:
                    received += len(fresh)
                    yield fresh
        except TruncatedBodyError as error:
            if received - known >= _CRAWL_BYTES:
                attempts, known = begin(), received
                attempts.made = 1
            if attempts.made < _FILE_TRIES and attempts.pause():
                continue
            raise IndexNetworkError(url, f"the file broke off after {received} bytes, again and again") from error
        return
