"""Compression: one gzip stream made by several threads.

Blocks are deflated side by side, each ended on a byte (Z_SYNC_FLUSH), and joined into
one member: every reader takes the result for an ordinary gzip file (RFC 1952). It holds
no name and no time, so equal volumes give equal files.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
"""Deflate, no name, no time, fastest method, unknown system."""

LEVEL: Final = 1
"""zlib's fastest: scans are noise, and higher levels win some percent for several times
the time."""

LAST_BLOCK: Final = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
"""An empty deflate block that ends the stream."""


def gzipped(pieces: Iterable[Any]) -> Iterator[bytes]:
    """Yield a gzip file of `pieces` (bytes-like, of some megabytes each)."""
    workers = os.cpu_count() or 1
    checksum, size = 0, 0
    yield GZIP_HEAD
    pool = ThreadPoolExecutor(workers)
    try:
        waiting: deque[Future[bytes]] = deque()
        for piece in pieces:
            waiting.append(pool.submit(_deflated, piece))
            checksum = zlib.crc32(piece, checksum)
            size += memoryview(piece).nbytes
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
    yield LAST_BLOCK + struct.pack("<II", checksum, size & 0xFFFFFFFF)


def _deflated(piece: Any) -> bytes:
    deflater = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(piece) + deflater.flush(zlib.Z_SYNC_FLUSH)
