"""HTTP and WebSocket: pages, the command door, the JSON API, live sockets. Decides nothing about incidents."""
