"""WebSocket frames (RFC 6455) made once and written to many, and a deflate window (RFC 7692) that many share."""

from __future__ import annotations

import struct
import zlib

TEXT, BINARY, PING = 0x1, 0x2, 0x9
_FIN, _COMPRESSED = 0x80, 0x40

WINDOW_BITS = 12
WINDOW = 1 << WINDOW_BITS


def frame(payload: bytes, opcode: int = TEXT, compressed: bool = False) -> bytes:
    """One whole message as the server sends it."""
    first = _FIN | opcode | (_COMPRESSED if compressed else 0)
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", first, 126, size) + payload
    return struct.pack("!BBQ", first, 127, size) + payload


class SharedWindow:
    """One deflate stream for all who listen to the same messages, whenever they came.

    With context takeover each message may refer to the last 4 KiB before it, which somebody who joins late has not
    got. So they are first sent a primer, a message that holds just these 4 KiB; from then on their window equals
    everybody's, and one compressed frame fits all. A message that is sent uncompressed to one of them alone does not
    enter the window. None may ever be left out for a listener.
    """

    def __init__(self) -> None:
        self._deflate = _compressor()
        self._tail = b""
        self._primer: bytes | None = None

    def pack(self, text: bytes) -> bytes:
        """The frame of a text message, for everybody who had all messages so far or a primer."""
        self._tail = (self._tail + text)[-WINDOW:]
        self._primer = None
        return frame(_flush(self._deflate, text), TEXT, compressed=True)

    def primer(self) -> bytes:
        """The frame that lets somebody listen from here on: a binary message, which means nothing. Empty at first."""
        if not self._tail:
            return b""
        if self._primer is None:
            self._primer = frame(_flush(_compressor(), self._tail), BINARY, compressed=True)
        return self._primer


def _compressor() -> zlib._Compress:
    return zlib.compressobj(6, zlib.DEFLATED, -WINDOW_BITS, 8)


def _flush(deflate: zlib._Compress, data: bytes) -> bytes:
    # RFC 7692, 7.2.1: the four bytes that a flush ends with are left out.
    return (deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))[:-4]
