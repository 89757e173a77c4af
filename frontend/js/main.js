// Everything a page does beyond plain HTML starts here.

import { $, parse } from "./dom.js";
import { tell } from "./announce.js";
import { emit, on } from "./bus.js";
import { startClocks } from "./clocks.js";
import { showCondition, showConnection } from "./connection.js";
import { startDeriving } from "./derive.js";
import { flash } from "./flash.js";
import { startFollowing } from "./follow.js";
import { watchHands } from "./hold.js";
import { loadToolsWhenNeeded } from "./lazy.js";
import { createLive } from "./live.js";
import { isOwn } from "./own.js";
import { may, page } from "./page.js";
import { personBy, startPresence, takePresence } from "./presence.js";
import { takeProof } from "./proof.js";
import { refresh } from "./refresh.js";
import { applyRegions } from "./swap.js";
import { setNow } from "./time.js";

function start() {
  setNow(page().now);
  startClocks();
  const live = page().live && !("replay" in page()) ? goLive() : null;
  const send = (message) => live?.send(message);
  if (page().incident) hideForbidden();
  watchHands();
  startFollowing();
  startDeriving();
  if (live) startPresence(send);
  loadToolsWhenNeeded(send);
  live?.start();
}

function goLive() {
  const live = createLive({ address: new URL(page().live, location.href).href, cursor: page().cursor ?? "", handle: takeFrames, refresh, show: showConnection });
  on("signed-out", () => showConnection({ state: "signed-out" }));
  addEventListener("online", live.check);
  addEventListener("offline", live.check);
  addEventListener("pageshow", ({ persisted }) => persisted && live.check());
  addEventListener("pagehide", live.close);
  document.addEventListener("visibilitychange", () => document.hidden || live.check());
  return live;
}

const TAKE = {
  condition: showCondition,
  hello: ({ now }) => setNow(now),
  pong: ({ now, roundTrip }) => setNow(now, roundTrip),
  presence: takePresence,
  proof: takeProof,
};

function takeFrames(frames) {
  const results = [];
  emit("taking");
  for (const frame of frames) {
    if (frame.type === "change") results.push(...takeChange(frame));
    else TAKE[frame.type]?.(frame);
  }
  if (results.length) show(results);
  emit("taken");
}

function takeChange({ html, keys, by }) {
  const elements = parse(html);
  const entries = elements.filter(({ dataset }) => dataset.event);
  emit("entries", entries.length);
  const cause = { own: isOwn(keys), who: nameIn(entries[0]) };
  const agency = entries[0]?.dataset.agency ?? personBy(by?.[0])?.agency;
  return applyRegions(elements, cause).map((result) => ({ ...result, own: cause.own, agency }));
}

// The name stands as bare text between the agency and the room.
const nameIn = (entry) => [...(entry?.querySelector(".entry-who")?.childNodes ?? [])].find(({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim())?.data.trim();

function show(results) {
  emit("arrived", results.filter(({ kind }) => kind === "new").map(({ node }) => node));
  emit("changed", { ids: new Set(results.map(({ node }) => node.id)) });
  emit("drawn", results.map(({ node }) => node));
  const others = results.filter(({ own, kind, node }) => !own && kind !== "gone" && node.id !== "header");
  flash(others.map(({ node }) => node).filter((node) => node.isConnected));
  for (const { node, agency } of others) if (!node.dataset.event) tell({ agency, mine: isMine(node) ? node.dataset.number : "" });
  countUnseen(others.length);
}

const isMine = ({ dataset }) => dataset.task && dataset.assignee === page().me;

// The tab says how much changed while nobody looked.
let unseen = 0;
function countUnseen(more) {
  unseen = document.hidden ? unseen + more : 0;
  document.title = (unseen ? `(${unseen}) ` : "") + document.title.replace(/^\(\d+\) /, "");
}
document.addEventListener("visibilitychange", () => countUnseen(0));

/** Shared fragments carry every control; those this reader may not use are out of sight and out of reach. */
function hideForbidden() {
  const allowed = (page().may ?? "").split(" ").filter(may).map((command) => `[action$="/commands/${command}"]`);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`form[action*="/commands/"]${allowed.length ? `:not(${allowed})` : ""}{display:none!important}`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

start();
