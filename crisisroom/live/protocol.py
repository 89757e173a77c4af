"""uvicorn's WebSocket protocol as the live layer wants it: the application writes bytes that were framed once to any
number of sockets, and its task ends after the handshake, which halves what a socket costs in memory.

uvicorn takes a class for `--ws`. What is used of uvicorn's and websockets' insides stands in
`tests/live/test_protocol.py`; under another ASGI server `extensions` lacks the line, and a queue is used instead.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame

from crisisroom.live.framing import PING, WINDOW_BITS, frame
from crisisroom.live.lines import TOO_SLOW

EXTENSION = "crisisroom.line"
# A page asks for packed frames by name: it knows what a primer is.
PACKED = "packed=1"
MAX_BACKLOG = 256 * 1024
CLOSE_SECONDS = 5.0
SILENT_SECONDS = 45.0
_PING = frame(b"", PING)
_GONE = 1006


class Viewer(Protocol):
    """Whom a line that was handed over belongs to."""

    def hear(self, text: str | None) -> None:
        """A message came; None for one that is no text."""
        ...

    def gone(self) -> None:
        """The line is broken or closed."""
        ...


class LineProtocol(WebSocketsSansIOProtocol):
    """A socket that is also a `Line`."""

    direct = True
    packed = False
    close_code: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer: Viewer | None = None
        self._heard = self.loop.time()

    # The handshake

    def handle_connect(self, event: Any) -> None:
        if PACKED in event.path.partition("?")[2].split("&"):
            self.conn.available_extensions = [_DEFLATE]
        super().handle_connect(event)
        if hasattr(self, "scope"):
            for extension in self.conn.extensions:
                self.packed = True
                # What is for this viewer alone goes out plain, so that it does not enter the shared window.
                extension.encoder = None  # type: ignore[attr-defined]
                extension.encode = _as_it_is  # type: ignore[method-assign]
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]

    def hand_over(self, viewer: Viewer) -> None:
        """From here on the line belongs to the viewer: the application's task may end, the socket stays open."""
        self._viewer = viewer

    async def run_asgi(self) -> None:
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application\n")
            self.send_500_response()
        if self._viewer is None or not self.handshake_complete:
            if not self.handshake_complete:
                self.send_500_response()
            if self.close_timer is None:
                self.transport.close()
            return
        self.scope = self.request = self.response = None  # type: ignore[assignment]
        self.queue = _NOTHING
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    # What comes in

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        super().data_received(data)

    def send_receive_event_to_app(self) -> None:
        if self._viewer is None:
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        if not self.close_sent:
            self._viewer.hear(_text(data) if self.curr_msg_data_type == "text" else None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.close_code is None:
            self.close_code = _GONE
        super().connection_lost(exc)
        viewer, self._viewer = self._viewer, None
        if viewer is not None:
            viewer.gone()

    # What goes out

    def tell(self, text: str) -> None:
        self.write(frame(text.encode()))

    def write(self, data: bytes) -> None:
        if self.close_code is not None:
            return
        if not self.writable.is_set() and self.transport.get_write_buffer_size() > MAX_BACKLOG:
            self.close(TOO_SLOW)
        else:
            self.transport.write(data)

    async def drained(self) -> None:
        await self.writable.wait()

    def beat(self, now: float) -> None:
        if now - self._heard > SILENT_SECONDS:
            self.close_code = self.close_code or _GONE
            self.transport.abort()
        else:
            self.write(_PING)

    def close(self, code: int) -> None:
        if self.close_code is not None:
            return
        self.close_code = code
        if self.close_sent or self.transport.is_closing():
            return
        try:
            self.conn.send_close(code)
        except InvalidState:
            self.transport.close()
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        # Whoever does not answer, or has not even taken what was sent before, is not waited for.
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)


class _Nothing(asyncio.Queue[Any]):
    """Where uvicorn puts events for an application that has ended."""

    def put_nowait(self, item: Any) -> None:
        pass


_NOTHING = _Nothing()
_DEFLATE = ServerPerMessageDeflateFactory(
    server_no_context_takeover=False,
    client_no_context_takeover=True,
    server_max_window_bits=WINDOW_BITS,
    client_max_window_bits=WINDOW_BITS,
    compress_settings={"memLevel": 1},
)


def _as_it_is(frame: Frame) -> Frame:
    return frame


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
