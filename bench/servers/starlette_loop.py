"""A room as Starlette's documentation leads one to write it: `send_text` for each socket in a loop."""

from cards import HELLO, next_text
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

viewers: set[WebSocket] = set()


async def room(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(HELLO)
    viewers.add(socket)
    try:
        while True:
            await socket.receive_text()
            text = next_text()
            for viewer in list(viewers):
                await viewer.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        viewers.discard(socket)


app = Starlette(routes=[WebSocketRoute("/ws", room)])
