// Keeps the page in step with the room: one connection, resumed from the cursor. A lost line
// is noticed within 10 s, said, and tried again; nothing is skipped and nothing comes twice.

import { wait } from "./backoff.js";
import { openSocket, openStream, reachable } from "./transport.js";

const PING_EVERY = 4_000;
const SLOW_AFTER = 2_000;
const LOST_AFTER = 5_000; // with PING_EVERY and LOOK_EVERY: a dead line is known after 9.5 s at most
const LOOK_EVERY = 250;
const OFFLINE_AFTER = 10_000;
const CONNECT_WITHIN = 8_000;
const POLL_EVERY = 15_000;
const TRIES = 3;
const LONGEST_QUEUE = 1_000;
const TOO_FAST_WAIT = 10_000;

const ENDED = { 4401: "signed-out", 4403: "no-access" };
const RESYNC = 4409;
const TOO_FAST = 4429;

const browser = { openSocket, openStream, reachable, now: () => performance.now(), random: Math.random };

/**
 * address: of the live connection. cursor: where the page stands. handle(frame): takes one frame.
 * refresh(): draws the page anew, gives its cursor; or "signed-out", "no-access" in `ended`.
 * show({state, delay}): connecting, live, slow, reconnecting, offline, signed-out or no-access.
 */
export function createLive({ address, cursor, handle, refresh, show, world = browser }) {
  let line = null;
  let greeted = false;
  let busy = false;
  let failures = 0;
  let refused = 0; // failed tries in a row while the server could be reached
  let ended = false;
  let stale = false;
  let queue = [];
  let draining = 0;
  let retry = 0;
  let opened = 0;
  let pinged = 0; // when the unanswered ping left; 0 when none is out
  let lastPing = 0;
  let heard = 0;
  let lost = 0;
  let delay = 0;
  let shown = "";

  const say = (state, more = {}) => {
    const key = state + (state === "live" || state === "slow" ? Math.round(delay / 100) : "");
    if (key === shown) return;
    shown = key;
    show({ state, delay, ...more });
  };

  async function connect() {
    clearTimeout(retry);
    if (line || ended || busy) return;
    busy = true;
    const kind = await chooseKind();
    busy = false;
    if (!kind || ended) return;
    opened = world.now();
    greeted = false;
    pinged = 0;
    const join = address.includes("?") ? "&" : "?";
    const open = kind === "socket" ? world.openSocket : world.openStream;
    line = open(`${address}${join}after=${encodeURIComponent(cursor)}`, { frame, closed });
  }

  // A socket that fails while the server answers is blocked on its way: then a stream, and last the page itself.
  async function chooseKind() {
    if (failures > 1) {
      if (!(await world.reachable())) {
        refused = 0;
        return void failed();
      }
      refused += 1;
    }
    if (refused > 2 * TRIES) return void (await poll());
    if (stale && !(await redraw())) return undefined;
    return refused < TRIES ? "socket" : "stream";
  }

  function frame(message) {
    heard = world.now();
    if (message.type === "hello") greet(message);
    if (message.type === "pong") delay = pinged ? heard - pinged : delay;
    const roundTrip = message.type === "pong" && pinged ? heard - pinged : 0;
    if (message.type === "pong") pinged = 0;
    if (greeted) say(delay > SLOW_AFTER ? "slow" : "live");
    // A stream cannot be closed with a code, so it says the code last.
    if (message.type === "close") return closed(message.code);
    if (message.type === "resync" || queue.length > LONGEST_QUEUE) return void renew();
    queue.push({ ...message, roundTrip });
    if (!stale) draining ||= setTimeout(drain, 0);
  }

  // The line stays; what comes over it meanwhile waits until the page is drawn.
  async function renew() {
    queue = queue.filter(({ type }) => type !== "change");
    if (stale) return;
    stale = true;
    if (await redraw()) drain();
  }

  function greet(message) {
    greeted = true;
    failures = refused = lost = 0;
    delay = heard - opened;
    lastPing = heard;
    if (message.cursor && !message.missed) cursor = message.cursor;
  }

  // The cursor moves only when the frame is on the page: a reload or a lost line then asks for the rest.
  function drain() {
    draining = 0;
    if (stale) return;
    const frames = queue;
    queue = [];
    handle(frames);
    for (const one of frames) if (one.type === "change" && one.cursor) cursor = one.cursor;
  }

  function closed(code) {
    drop();
    if (ENDED[code]) return end(ENDED[code]);
    if (code === RESYNC) stale = true;
    failures += 1;
    lose(code === RESYNC && failures === 1 ? 0 : Math.max(wait(failures - 1, world.random), code === TOO_FAST ? TOO_FAST_WAIT : 0));
  }

  function drop() {
    line?.close();
    line = null;
    queue = [];
  }

  function lose(after) {
    lost ||= world.now();
    say(world.now() - lost > OFFLINE_AFTER ? "offline" : "reconnecting", { heard });
    clearTimeout(retry);
    retry = setTimeout(connect, after);
  }

  function end(state) {
    ended = true;
    drop();
    clearTimeout(retry);
    say(state);
  }

  /** Draws the page anew. False when that failed: it is then tried again later. */
  async function redraw() {
    const answer = await refresh().catch(() => null);
    if (ended) return false;
    if (answer?.ended) end(answer.ended);
    else if (!answer) failed();
    else {
      cursor = answer.cursor;
      stale = false;
      return true;
    }
    return false;
  }

  function failed() {
    drop();
    failures += 1;
    lose(wait(failures - 1, world.random));
  }

  // Neither a socket nor a stream gets through, but pages do: draw the page every 15 s, and try a socket now and then.
  async function poll() {
    if (!(await redraw())) return;
    lost = 0;
    heard = world.now();
    say("slow", { every: POLL_EVERY });
    if (refused > 3 * TRIES) refused = 1;
    failures = 2;
    retry = setTimeout(connect, POLL_EVERY);
  }

  function tick() {
    if (ended) return;
    const time = world.now();
    if (!line) {
      if (lost && time - lost > OFFLINE_AFTER) say("offline", { heard });
    } else if (!greeted) {
      if (time - opened > CONNECT_WITHIN) closed(0);
      else if (lost && time - lost > OFFLINE_AFTER) say("offline", { heard });
    } else if (pinged && time - Math.max(pinged, heard) > LOST_AFTER) closed(0);
    else if (pinged && time - pinged > SLOW_AFTER) {
      delay = time - pinged;
      say("slow");
    } else if (!pinged && time - lastPing >= PING_EVERY) ask();
  }

  function ask() {
    pinged = lastPing = world.now();
    line.ping();
  }

  /** Something suggests that the line is back or gone: look at once. */
  function check() {
    if (ended) return;
    if (line && !greeted && world.now() - opened > SLOW_AFTER) drop();
    if (!line) connect();
    else if (greeted && !pinged) ask();
  }

  return {
    start() {
      say("connecting");
      setInterval(tick, LOOK_EVERY);
      connect();
    },
    check,
    send: (message) => line?.send(message),
    close: drop,
    get cursor() {
      return cursor;
    },
  };
}
