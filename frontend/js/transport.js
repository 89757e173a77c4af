// Two ways to hear from the server, with one face: {send, ping, close}. The second is for
// networks that let no WebSocket through; there nothing but a ping can be asked.

const OPEN = 1;
const MOST_UNSENT = 65_536;

export function openSocket(url, { frame, closed }) {
  // Packed: many readers share one compressed stream. Who joins it is first sent a primer, in binary, which means nothing.
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}&packed=1`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => typeof data === "string" && frame(JSON.parse(data));
  socket.onclose = ({ code }) => closed(code);
  const send = (message) => {
    if (socket.readyState === OPEN && socket.bufferedAmount < MOST_UNSENT) socket.send(JSON.stringify(message));
  };
  return {
    send,
    ping: () => send({ type: "ping" }),
    close() {
      socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}

export function openStream(url, { frame, closed }) {
  const stream = new EventSource(url);
  stream.onmessage = ({ data }) => frame(JSON.parse(data));
  stream.onerror = () => {
    stream.close();
    closed(0);
  };
  return {
    send() {},
    ping: async () => (await reachable()) && frame({ type: "pong" }),
    close: () => stream.close(),
  };
}

/** True when the server answers at all. */
export async function reachable() {
  try {
    return (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}
