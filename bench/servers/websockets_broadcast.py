"""The websockets library's own server with its `broadcast`. usage: websockets_broadcast.py PORT [deflate]"""

import asyncio
import sys

import uvloop
from cards import HELLO, next_text
from websockets.asyncio.server import ServerConnection, broadcast, serve

viewers: set[ServerConnection] = set()


async def room(socket: ServerConnection) -> None:
    await socket.send(HELLO)
    viewers.add(socket)
    try:
        async for _ in socket:
            broadcast(viewers, next_text())
    finally:
        viewers.discard(socket)


async def main() -> None:
    compression = "deflate" if "deflate" in sys.argv else None
    async with serve(room, "127.0.0.1", int(sys.argv[1]), compression=compression, backlog=4096):
        await asyncio.Future()


uvloop.run(main())
