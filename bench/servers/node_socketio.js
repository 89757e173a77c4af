// Node's socket.io with io.emit. usage: node node_socketio.js PORT
const fs = require("fs");
const http = require("http");
const { Server } = require("socket.io");

const frames = fs.readFileSync(process.env.FRAMES, "utf8").trim().split("\n");
let turn = 0;

const server = http.createServer();
const io = new Server(server, { perMessageDeflate: false, pingInterval: 60000 });
io.on("connection", (socket) => socket.on("go", () => io.emit("change", frames[turn++ % frames.length])));
server.listen({ port: +process.argv[2], host: "127.0.0.1", backlog: 4096 });
