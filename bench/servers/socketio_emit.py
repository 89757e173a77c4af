"""python-socketio as an ASGI application, with its `emit`."""

import socketio
from cards import next_text

server = socketio.AsyncServer(async_mode="asgi", ping_interval=60, cors_allowed_origins="*")


@server.on("go")
async def go(sid: str, *rest: object) -> None:
    await server.emit("change", next_text())


app = socketio.ASGIApp(server)
