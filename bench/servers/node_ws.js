// Node's ws with the loop of its documentation. usage: node node_ws.js PORT [deflate]
const fs = require("fs");
const { WebSocketServer, WebSocket } = require("ws");

const frames = fs.readFileSync(process.env.FRAMES, "utf8").trim().split("\n");
let turn = 0;

const server = new WebSocketServer({
  port: +process.argv[2], host: "127.0.0.1", backlog: 4096, perMessageDeflate: process.argv[3] === "deflate",
});
server.on("connection", (socket) => {
  socket.send("hello");
  socket.on("message", () => {
    const data = Buffer.from(frames[turn++ % frames.length]);
    for (const viewer of server.clients) {
      if (viewer.readyState === WebSocket.OPEN) viewer.send(data, { binary: false });
    }
  });
});
